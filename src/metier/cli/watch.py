"""``metier watch``: how far a run is, from another terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Group

    from metier.comparison import Progress

_SIGNS = {"done": "[green]✓[/]", "failed": "[red]✗[/]"}


def watch(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, finished or not.")],
    once: Annotated[bool, typer.Option("--once", help="Tell how far it is now, and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON, once.")] = False,
) -> None:
    """Watch a run from another terminal: what is done, what is running, the leaderboard so far.

    Only reads. Ends with the run, or with Ctrl-C, which does not touch the run.
    """
    import time

    from rich.console import Console
    from rich.live import Live

    from metier.cli.tables import print_json
    from metier.comparison import Watcher

    watcher = Watcher(folder)
    progress = watcher.look()
    console = Console(highlight=False)
    if json:
        print_json(progress)
    elif once or not console.is_terminal:
        console.print(_picture(progress))
    else:
        with Live(_picture(progress), console=console, refresh_per_second=2) as live:
            while progress.state == "running":
                time.sleep(1)
                progress = watcher.look()
                live.update(_picture(progress))


def _picture(progress: Progress) -> Group:
    """What is done, what is running, what waits, and the scores so far."""
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    from metier.core import duration

    state = {"running": "bold", "finished": "bold green", "stopped": "bold yellow"}[progress.state]
    lines = [f"[{state}]{escape(progress.name)}: {progress.state}[/], {duration(progress.seconds)}"]
    for item in progress.ended:
        status = "" if item.status == "done" else f" {item.status.replace('_', ' ')}"
        sign = _SIGNS.get(item.status, "[yellow]–[/]")
        lines.append(f"  {sign} {escape(item.name)}{status}  [dim]{duration(item.seconds)}[/]")
    if progress.current:
        lines.append(f"  [cyan]▸[/] [bold]{escape(progress.current)}[/]")
    for step in progress.steps:
        left = f", {duration(step.seconds_left)} left" if step.seconds_left is not None else ""
        note = f"  [dim]{escape(step.note)}[/]" if step.note else ""
        lines.append(f"      {escape(step.label)}  {step.done}/{step.total}{left}{note}")
    lines += [f"  [dim]· {escape(name)}[/]" for name in progress.waiting]
    lines += [f"  [yellow]![/] {escape(text)}" for text in progress.warnings[-3:]]
    parts: list[Text | Table] = [Text.from_markup(line) for line in lines]
    if progress.scores:
        table = Table(title="Leaderboard so far", title_justify="left", box=None, padding=(0, 2))
        table.add_column("approach", no_wrap=True)
        table.add_column(progress.metric, justify="right")
        table.add_column("interval", justify="right")
        for name, score in progress.scores:
            table.add_row(escape(name), f"{score.value:.3f}", f"{score.low:.3f} – {score.high:.3f}")
        parts += [Text(), table]
    if progress.state == "finished":
        parts += [Text(), Text("The comparison of all and the advice stand in report.html.")]
    if progress.state == "stopped":
        parts += [Text(), Text("No process works on it. The same `metier run` goes on where it stopped.")]
    return Group(*parts)
