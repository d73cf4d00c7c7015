"""``metier``: the way in. It loads nothing itself, so that Ctrl-C gets an answer from the first moment on."""

from __future__ import annotations

import os
import sys
import warnings
from io import TextIOWrapper

from metier.cli import interrupts


def main() -> None:
    """Run the command line; exit 0 done, 1 failed while working, 2 the input is wrong, 130 stopped by the user."""
    interrupts.wait()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks an arrow is no reason to fail
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # idle threads soon sleep: quick alone, and beside other processes
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # its profiler warns of what is harmless
    for library in ("torch", "transformers", "peft"):  # what they deprecate in each other is their authors' affair
        warnings.filterwarnings("ignore", category=FutureWarning, module=library)
    from metier.cli.app import app

    app()
