"""``metier``: the commands put together, and errors told as a person wants to read them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from metier.cli import check, demo, init, predict, report, run

app = typer.Typer(
    name="metier",
    help="Adapts a language model to a domain, and proves which way of adapting it is best.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (init, check, run, report, predict, demo):
    name = command.__name__.rpartition(".")[2]
    app.command(name)(getattr(command, name))


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
    from metier.core import MetierError

    try:
        app()
    except MetierError as error:
        print(f"metier: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("\nmetier: stopped. The same command goes on where it stopped.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)  # the reader of our pipe has seen enough
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        print(f"metier: {error.strerror or error}{place}. What was finished before is whole.", file=sys.stderr)
        sys.exit(1)
