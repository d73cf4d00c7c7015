"""``metier``: the commands put together, and errors told as a person wants to read them."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from metier.cli import check, data, demo, documents, init, predict, report, run, watch


class _Commands(TyperGroup):
    """Tells errors of all commands in our words; typer alone would end without a word on Ctrl-C or a closed pipe."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command; an error becomes its message and its exit code."""
        from metier.core import MetierError, Stopped

        try:
            super().invoke(ctx)
            sys.stdout.flush()  # a full disk shows here, and not when Python ends
        except MetierError as error:
            _end(str(error), error.exit_code)
        except Stopped as stop:
            _end(str(stop), 0)
        except KeyboardInterrupt:
            _end("stopped. The same command goes on where it stopped.", 130)
        except BrokenPipeError:
            _forget_output()
            sys.exit(0)  # the reader of our pipe has seen enough
        except OSError as error:
            place = f" ({error.filename})" if error.filename else ""
            _forget_output()
            _end(f"{error.strerror or error}{place}. What was finished before is whole.", 1)


def _end(message: str, code: int) -> NoReturn:
    print(f"metier: {message}", file=sys.stderr)
    sys.exit(code)


def _forget_output() -> None:
    """What cannot be written goes nowhere, or Python would try again at its end and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    name="metier",
    cls=_Commands,
    help="Adapts a language model to a domain, and proves which way of adapting it is best.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (init, check, run, watch, report, predict, demo):
    name = command.__name__.rpartition(".")[2]
    app.command(name)(getattr(command, name))
app.add_typer(data.app, name="data")
app.add_typer(documents.app, name="documents")


def _version(wanted: bool) -> None:
    if wanted:
        from metier import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Adapts a language model to a domain, and proves which way of adapting it is best."""


def main() -> None:
    """Run the command line; exit 0 done, 1 failed while working, 2 the input is wrong, 130 stopped by the user."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks an arrow is no reason to fail
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # idle threads soon sleep: quick alone, and beside other processes
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # its profiler warns of what is harmless
    app()
