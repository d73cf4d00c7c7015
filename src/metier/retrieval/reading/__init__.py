"""A user's documents: found below a folder, parsed in a process with limits, and every file accounted for."""

from metier.retrieval.reading.collecting import Collected, LeftOut, collect, find_files, fingerprint, read_file
from metier.retrieval.reading.keeping import KEPT, collect_once
from metier.retrieval.reading.limits import Limits
from metier.retrieval.reading.parsed import LOADERS, Parsed, RefusedError

__all__ = [
    "KEPT",
    "LOADERS",
    "Collected",
    "LeftOut",
    "Limits",
    "Parsed",
    "RefusedError",
    "collect",
    "collect_once",
    "find_files",
    "fingerprint",
    "read_file",
]
