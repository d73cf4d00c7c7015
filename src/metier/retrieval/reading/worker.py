"""The process that parses: one file a request, JSON lines in and out, memory and time limited by the system.

``python -m metier.retrieval.reading.worker`` reads requests from standard input. It never answers with anything but
JSON, so a file that takes the process over still cannot hand objects to its parent.
"""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from typing import Any

from metier.retrieval.reading.parsed import LOADERS, RefusedError


def main() -> None:
    """Answer requests until standard input ends."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        _limit(memory_mb=request["memory_mb"], seconds=request["seconds"])
        output.write(json.dumps(_answer(request)) + "\n")
        output.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        found = LOADERS.get(request["loader"])(base64.b64decode(request["content"]), readers_key=request["readers_key"])
        if sum(len(parsed.text) for parsed in found) > request["characters"]:
            raise RefusedError(f"its text is longer than {request['characters']:,} characters")
        return {"documents": [[p.text, p.title, p.part, p.readers] for p in found]}
    except RefusedError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": f"parsing it needs more than {request['memory_mb']:,} MB of memory"}
    except RecursionError:
        return {"refused": "it is nested too deeply"}
    except Exception as error:  # hostile bytes find every bug of a parser: one file is lost, and told
        return {"refused": f"it cannot be parsed ({type(error).__name__}: {error!s:.160})"}


def _limit(*, memory_mb: int, seconds: float) -> None:
    """Bound what the next file may use: address space, processor time, no files written."""
    try:
        import resource
    except ImportError:  # not on Windows: the parent's clock is the limit there
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime + seconds) + 1
    for what, most in (
        (resource.RLIMIT_AS, memory_mb << 20),
        (resource.RLIMIT_CPU, allowed),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (soft, hard))
        except (OSError, ValueError):  # macOS refuses some: the others hold
            continue


if __name__ == "__main__":
    sys.stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
    main()
