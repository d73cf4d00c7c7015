"""CPU time of starting up, against an empty Python: ``python benchmarks/startup.py``.

Rows: ``python -c pass`` (the floor), ``import metier``, ``metier --help``. User plus system time of the process, median
of nine, in turns. Bound by Python's own start and by reading the modules of pydantic, typer and rich.
"""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROWS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import metier": [sys.executable, "-c", "import metier"],
    "metier --help": [str(Path(sys.executable).parent / "metier"), "--help"],
}
ROUNDS = 9


def cpu_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in ROWS}
    for _ in range(ROUNDS):
        for name, command in ROWS.items():
            times[name].append(cpu_seconds(command))
    floor = statistics.median(times["python -c pass"])
    print(f"{'':<16} {'CPU s':>7} {'over pass':>10}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:<16} {median:7.3f} {median - floor:+10.3f}")


if __name__ == "__main__":
    main()
