"""The leaderboard on a terminal: figures are whole or not there, however long the names and narrow the window."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from metier.cli.tables import _leaderboard

LONG = "encoder-" + "with-a-very-long-name-" * 3


def row(name: str) -> dict[str, Any]:
    score = {"value": 0.897, "low": 0.829, "high": 0.952}
    return {
        "name": name,
        "status": "done",
        "metrics": {"macro_f1": score, "accuracy": score, "cost": score},
        "vs_best": {"difference": -0.2, "p": 0.01},
        "train_seconds": 640.0,
        "cost_per_1000": 8.49e-06,
        "latency_p50_ms": 1234.0,
        "peak_memory_mb": 15300.0,
        "disk_mb": 123.4,
    }


def printed(width: int, *names: str) -> str:
    board = {"run": "desk", "test_size": 117, "confidence": 0.95, "primary_metric": "macro_f1", "floors": ["b"]}
    board |= {"recommended": names[0], "approaches": [row(name) for name in names]}
    console = Console(file=StringIO(), width=width)
    console.print(_leaderboard(board, width=width))
    file: Any = console.file
    return file.getvalue()


@pytest.mark.parametrize("width", range(62, 220, 6))
@pytest.mark.parametrize("names", [("a", "b"), ("lora", LONG)])
def test_no_figure_is_cut_off(width: int, names: tuple[str, ...]) -> None:
    lines = printed(width, *names).splitlines()
    assert len(lines) == 2 + len(names)
    assert all(len(line) <= width for line in lines)
    for line in lines[2:]:
        assert line.count("…") == (LONG[:10] in line)
        assert "0.897" in line
        assert "0.829 – 0.952" in line
    assert "macro_f1" in lines[1]


def test_a_wide_terminal_shows_everything_and_a_narrow_one_drops_the_least_first() -> None:
    wide, narrow = printed(160, "a", "b"), printed(90, "a", "b")
    assert all(name in wide for name in ("accuracy", "cost", "per 1,000", "p50", "train", "memory", "disk"))
    assert "accuracy" in narrow
    assert "disk" not in narrow
