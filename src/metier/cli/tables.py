"""What commands print: the leaderboard, what a check found, what init saw."""

from __future__ import annotations

import json as json_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from metier.comparison import Checked, Compared, Drafted, Finished
    from metier.comparison.scoring.advice import Advice
    from metier.comparison.using.versus import Versus


def print_json(value: Any) -> None:
    """Plain JSON on standard output."""
    from metier.core.artifacts import plain

    print(json_module.dumps(plain(value), indent=2, ensure_ascii=False))


def print_finished(finished: Finished, *, json: bool) -> None:
    """The leaderboard, the advice and where the report is."""
    if json:
        print_json(finished.leaderboard)
        return
    from rich.console import Console
    from rich.markup import escape

    from metier.comparison.wording import resolves

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    board = finished.leaderboard
    console.print()
    console.print(_leaderboard(board, width=console.width))
    for row in board["approaches"]:
        if row["status"] != "done":
            console.print(f"  [yellow]{escape(row['name'])}[/] {row['status'].replace('_', ' ')}: {escape(row['why'])}")
    for line in (*_answer_lines(board), *_short_lines(board), *_document_lines(board), *_worth_lines(board)):
        console.print(f"  {escape(line)}")
    told = resolves(board["resolvable_gap"], board["unit"])
    groups = f" of {board['test_groups']} groups" if board["test_groups"] else ""
    console.print(f"\n  {board['test_size']} test rows{groups}; this set {told}.")
    if board["recommended"]:
        console.print(f"\n  [bold green]Use {escape(board['recommended'])}.[/] {escape(board['reason'])}")
    else:
        console.print(f"\n  [bold yellow]No recommendation.[/] {escape(board['reason'])}")
    for curve in board["more_labels"]:
        console.print(f"  {escape(curve['approach'])}: {escape(curve['verdict'])}")
    console.print(f"\n  Report   {escape(str(finished.report))}", soft_wrap=True)
    if board["recommended"]:
        console.print(f'  Try it   metier predict {escape(str(finished.folder))} --text "..."\n', soft_wrap=True)


_SHOWN = 10
"""Regressions that are printed with their texts."""
_STRAINS = {
    "cut_answers": "questions did not fit the window whole",
    "unfinished_answers": "answers were stopped by prompt.max_new_tokens",
    "unparseable_answers": "answers are not of the form that was asked for",
    "answers_with_less_shown": "questions had to do with fewer demonstrations: the rest did not fit the window",
}


def _answer_lines(board: dict[str, Any]) -> list[str]:
    """What a reader of the table should know of single approaches: dependence on wording, answers in trouble."""
    lines: list[str] = []
    for row in board["approaches"]:
        if spread := row["sensitivity"]:
            low, high = min(spread["wordings"].values()), max(spread["wordings"].values())
            lines.append(
                f"{row['name']} depends on its wording by {100 * spread['spread']:.1f} points (chance alone: about "
                f"{100 * spread['by_chance']:.1f}): {spread['metric']} {low:.3f} to {high:.3f} on {spread['rows']} "
                "validation rows"
            )
        if (parts := row.get("by_source")) and row["name"] in (board["recommended"], *board["ties"]):
            told = ", ".join(f"{name} {part['value']:.3f} ({part['rows']} rows)" for name, part in parts.items())
            lines.append(f"{row['name']} by source of the test rows: {told}")
        if lost := row.get("forgetting"):
            change = 100 * (lost["after"] / lost["before"] - 1) if lost["before"] else 0.0
            lines.append(
                f"{row['name']} takes {lost['after']:.3f} bits a byte for general text, where its base took "
                f"{lost['before']:.3f} ({change:+.1f}%: {'forgotten' if change > 0 else 'nothing lost'})"
            )
        for strain, words in _STRAINS.items():
            if count := row["answers"][strain]:
                lines.append(f"{row['name']}: {100 * count / board['test_size']:.1f}% of {words}")
    return lines


def _short_lines(board: dict[str, Any]) -> list[str]:
    """Whose training ended too early to say what it can do."""
    names = [row["name"] for row in board["approaches"] if row.get("still_learning")]
    told = "still learning when the training ended: more epochs (weights.epochs) may do better"
    return [f"{', '.join(names)}: {told}"] if names else []


def _document_lines(board: dict[str, Any]) -> list[str]:
    """Whose documents are not those that it was measured with."""
    from metier.comparison.document_changes import sentences

    return [said for row in board["approaches"] for said in sentences(row["name"], row["documents_changed"])]


def _worth_lines(board: dict[str, Any]) -> list[str]:
    """What a single setting is worth, where the same approach without it stands in the table too."""
    from metier.comparison import wording

    unit = board["unit"]
    points = " points" if unit == wording.SHARE else ""
    return [
        f"{one['part']} is worth {wording.change(one['difference'], unit)}{points} to {one['approach']}, beside "
        f"{one['without']} ({wording.change(one['low'], unit)} to {wording.change(one['high'], unit)}, "
        f"{wording.p_value(one['p'])})"
        for one in board["worth"]
    ]


def _leaderboard(board: dict[str, Any], *, width: int) -> Table:
    """The measured approaches, best first; narrow terminals get fewer columns rather than broken ones."""
    from rich.markup import escape
    from rich.table import Table

    columns, room = _columns(board, width)
    heads = _heads(board)
    table = Table(title=f"{board['run']}: {board['test_size']} sealed test rows", title_justify="left", box=None)
    table.add_column("approach", no_wrap=True)
    for name in columns:
        table.add_column(escape(heads.get(name, name)), justify="right", no_wrap=True)
    for row in board["approaches"]:
        if row["status"] != "done":
            continue
        first = row["name"] == board["recommended"]
        style = "bold green" if first else "dim" if row["name"] in board["floors"] else ""
        cells = _cells(row, board["primary_metric"])
        name = ("→ " if first else "  ") + escape(_short(row["name"], room))
        table.add_row(name, *(cells.get(column, "–") for column in columns), style=style)
    return table


SHORTEST_NAME, LONGEST_NAME = 14, 34
"""Characters of a name that the table shows, at least and at most."""
_DISPENSABLE = ("disk", "memory", "train", "p50", "per 1,000")
"""Columns that give way where the table is too wide, these first; then metrics that are not the first, then p."""


def _heads(board: dict[str, Any]) -> dict[str, str]:
    """Heads of columns that are not the column's own name."""
    cost = f"{board['currency']} per 1,000" if board.get("currency") else "per 1,000"
    return {"interval": f"{100 * board['confidence']:g}% interval", "per 1,000": cost}


def _columns(board: dict[str, Any], width: int) -> tuple[list[str], int]:
    """Those columns that fit whole, for a figure that is cut off says something else; and the room for names."""
    others, done = _other_metrics(board), [row for row in board["approaches"] if row["status"] == "done"]
    columns = [board["primary_metric"], "interval", *others, "vs best", "p"]
    if any(row["cost_per_1000"] is not None for row in done):
        columns.append("per 1,000")
    columns += ["p50", "train", "memory", "disk"]
    cells = [_cells(row, board["primary_metric"]) for row in done]
    heads = _heads(board)
    wide = {name: max([len(heads.get(name, name)), *(len(one.get(name, "–")) for one in cells)]) for name in columns}
    longest = max((len(row["name"]) for row in done), default=0)
    wanted = max(min(longest, LONGEST_NAME), len("approach"))

    def room() -> int:
        return width - 5 - sum(2 + wide[name] for name in columns)

    for name in (*_DISPENSABLE, *reversed(others), "p"):
        if room() >= wanted:
            break
        if name not in _DISPENSABLE:
            wanted = min(wanted, SHORTEST_NAME)
        columns = [column for column in columns if column != name] if room() < wanted else columns
    return columns, max(SHORTEST_NAME, min(room(), LONGEST_NAME))


def _cells(row: dict[str, Any], primary: str) -> dict[str, str]:
    score, gap = row["metrics"][primary], row["vs_best"]
    return {name: f"{metric['value']:.3f}" for name, metric in row["metrics"].items()} | {
        "interval": f"{score['low']:.3f} – {score['high']:.3f}",
        "vs best": f"{gap['difference']:+.3f}" if gap else "best",
        "p": _p_value(gap["p"]) if gap else "",
        "train": _seconds(row["train_seconds"]),
        "per 1,000": "–" if row["cost_per_1000"] is None else f"{row['cost_per_1000']:.3g}",
        "p50": _milliseconds(row["latency_p50_ms"]),
        "memory": f"{row['peak_memory_mb'] / 1000:.1f} GB",
        "disk": f"{row['disk_mb']:.1f} MB",
    }


def _other_metrics(board: dict[str, Any]) -> list[str]:
    done = next((row for row in board["approaches"] if row["metrics"]), None)
    return [name for name in (done["metrics"] if done else {}) if name != board["primary_metric"]][:2]


def _p_value(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _seconds(value: float | None) -> str:
    if not value:
        return "–"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s" if value < 120 else f"{value / 60:.1f} min"


def _milliseconds(value: float) -> str:
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def print_advice(advice: Advice, *, json: bool) -> None:
    """The steps that led to the advice, and the advice."""
    if json:
        from metier.core.said import with_messages

        print_json(with_messages(advice))
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    for number, step in enumerate(advice.trace, 1):
        console.print(f"  {number}. {escape(step.rule)}", soft_wrap=True)
        for dropped in step.dropped:
            why = dropped.why.removeprefix(f"{dropped.name} ")
            console.print(f"       [dim]without {escape(dropped.name)}: {escape(why)}[/]", soft_wrap=True)
        console.print(f"       left: {escape(', '.join(step.kept) or 'none')}", soft_wrap=True)
    if advice.recommended:
        console.print(f"\n  [bold green]Use {escape(advice.recommended)}.[/] {escape(advice.reason)}", soft_wrap=True)
    else:
        console.print(f"\n  [bold yellow]No recommendation.[/] {escape(advice.reason)}", soft_wrap=True)


def print_compared(compared: Compared, *, json: bool) -> None:
    """Runs side by side, and what the later ones broke."""
    if json:
        print_json({**compared._asdict(), "runs": [_plain_run(run) for run in compared.runs]})
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    table = Table(title=f"{compared.examples} test examples that all runs share", title_justify="left", box=None)
    table.add_column("run")
    for name in ("approach", compared.metric, "interval", "difference", "p", "fixed", "broken", "unchanged"):
        table.add_column(name, justify="left" if name == "approach" else "right", no_wrap=True)
    for run in compared.runs:
        gap = run.difference
        cells = ["–"] * 5
        if gap is not None:
            told = f"{gap.value:+.3f}" if run.significant else f"{gap.value:+.3f} (tie)"
            cells = [told, _p_value(run.p or 0.0), *map(str, (run.fixed, run.broken, run.unchanged))]
        score = run.score
        interval = f"{score.low:.3f} – {score.high:.3f}"
        table.add_row(escape(run.run), escape(run.approach), f"{score.value:.3f}", interval, *cells)
    console.print(table)
    for name, count in compared.left_out.items():
        if count:
            console.print(f"  {escape(name)} has {count} test examples that another run lacks; they are left out.")
    for run in compared.runs[1:]:
        _print_regressions(console, run)


def _print_regressions(console: Console, run: Versus) -> None:
    """What a run answers worse than the first one."""
    from rich.markup import escape

    if run.regressions:
        console.print(f"\n  Broken by {escape(run.run)}, the worst first:")
    for change in run.regressions[:_SHOWN]:
        line = f"{change.id}  {_short(change.input)}  right: {_short(change.target)}"
        console.print(f"    {escape(line)}", soft_wrap=True)
        answers = f"{_short(change.before)} → {_short(change.after)}"
        console.print(f"      [dim]{escape(answers)}[/]", soft_wrap=True)
    if (more := len(run.regressions) - _SHOWN) > 0:
        console.print(f"    … and {more} more: --json has them all, and those that it fixed.")


def _plain_run(run: Any) -> dict[str, Any]:
    changes = {"regressions": run.regressions, "improvements": run.improvements}
    return {**run._asdict(), **{name: [change._asdict() for change in some] for name, some in changes.items()}}


def _short(text: str, limit: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def print_checked(checked: Checked, *, json: bool) -> None:
    """What a run would do."""
    if json:
        print_json(checked._asdict())
        return
    for line in checked.lines:
        print(line)


def print_drafted(drafted: Drafted, *, json: bool) -> None:
    """What init saw and where the recipe is."""
    if json:
        print_json({"recipe": drafted.path, "inspections": drafted.inspections})
        return
    for line in drafted.lines:
        print(line)
    print(f"\nWrote {drafted.path}. Next:\n  metier check {drafted.path}\n  metier run {drafted.path}")
