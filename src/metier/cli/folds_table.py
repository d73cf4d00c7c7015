"""Folds side by side, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metier.comparison.using.folded import Folded


def print_folded(folded: Folded, *, json: bool) -> None:
    """Each approach in each fold, with mean and spread."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from metier.cli.tables import print_json

    if json:
        print_json({**folded._asdict(), "approaches": [one._asdict() for one in folded.approaches]})
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    title = f"{len(folded.folds)} of {folded.of} folds, the same {folded.test_size} test rows in all"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("approach")
    columns = (f"mean {folded.metric}", "spread", *(f"fold {fold}" for fold in folded.folds), "worse than best")
    for name in (*columns, "recommended"):
        table.add_column(name, justify="right", no_wrap=True)
    for place, one in enumerate(folded.approaches):
        behind = "best" if not place else f"{one.behind} of {len(folded.folds)}"
        figures = [_figure(one.mean), _figure(one.spread), *map(_figure, one.values)]
        table.add_row(escape(one.name), *figures, behind, str(one.recommended) if one.recommended else "–")
    console.print(table)
    for sentence in folded.sentences():
        console.print(f"  {escape(sentence)}", soft_wrap=True)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
