"""The commands put together, and errors told as a person wants to read them."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from metier.cli import check, data, demo, documents, init, interrupts, predict, report, run, watch


class _Commands(TyperGroup):
    """Tells errors of all commands in our words; typer alone would end without a word on Ctrl-C or a closed pipe."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command; an error becomes its message and its exit code."""
        from metier.core import MetierError, Stopped

        interrupts.begin()
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
