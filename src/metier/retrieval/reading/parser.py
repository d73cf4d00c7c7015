"""Talks to the process that parses, ends it where it does not answer, and starts a new one."""

from __future__ import annotations

import base64
import json
import os
import selectors
import subprocess
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from metier.retrieval.reading.limits import Limits
from metier.retrieval.reading.parsed import Parsed, RefusedError

_BLOCK = 1 << 20
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG")


class Parser:
    """Parses files in a process of its own. A context manager: leaving it ends the process.

    Args:
        limits: for each file.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def parse(self, content: bytes, *, loader: str, readers_key: str) -> list[Parsed]:
        """The documents in a file's bytes.

        Raises:
            RefusedError: they cannot be used; the message says why.
        """
        request = {
            "loader": loader,
            "content": base64.b64encode(content).decode(),
            "readers_key": readers_key,
            "characters": int(self.limits.text_mb * 1e6),
            "memory_mb": self.limits.memory_mb,
            "seconds": self.limits.seconds,
        }
        answer = self._ask(json.dumps(request).encode() + b"\n")
        if "refused" in answer:
            if "memory" in answer["refused"]:
                self._end()  # what it still holds would be the next file's burden
            raise RefusedError(answer["refused"])
        return [
            Parsed(text=text, title=title, part=part, readers=None if readers is None else tuple(readers))
            for text, title, part, readers in answer["documents"]
        ]

    def _ask(self, request: bytes) -> dict[str, Any]:
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(request)
            process.stdin.flush()
            line = self._line(process.stdout.fileno())
            return json.loads(line)
        except (BrokenPipeError, EOFError, ValueError):
            code = self._end()
            raise RefusedError(self._why(code)) from None
        except TimeoutError:
            self._end()
            raise RefusedError(f"parsing it takes longer than {self.limits.seconds:g} seconds") from None

    def _why(self, code: int) -> str:
        import signal

        if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU:
            return f"parsing it takes longer than {self.limits.seconds:g} seconds"
        if code == -getattr(signal, "SIGKILL", 9):
            return f"parsing it needs more than {self.limits.memory_mb:,} MB of memory"
        return f"the process that parsed it ended with code {code}"

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        paths = [entry for entry in sys.path if entry]  # where this process found the package, the other must too
        self._process = subprocess.Popen(
            [sys.executable, "-m", "metier.retrieval.reading.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        return self._process

    def _line(self, descriptor: int) -> bytes:
        """One line of the answer, however long; within the time that a file may take on the clock."""
        deadline = time.monotonic() + 3 * self.limits.seconds + 30
        most = 8 * int(self.limits.text_mb * 1e6) + _BLOCK
        parts: list[bytes] = []
        size = 0
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while not parts or not parts[-1].endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                block = os.read(descriptor, _BLOCK)
                size += len(block)
                if not block or size > most:
                    raise EOFError
                parts.append(block)
        return b"".join(parts)

    def _end(self) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        # One that has ended by itself says why by its code; give it a moment, then end it.
        with suppress(subprocess.TimeoutExpired):
            return process.wait(0.5)
        process.kill()
        return process.wait()
