"""Medians, ratios to the best peer and tables of what ``peers.py`` has measured."""

import statistics
from typing import Any, NamedTuple

OURS = "metier"
NEAR = 0.005  # largest relative difference of losses in a check: about ten times what bfloat16 showed


class Line(NamedTuple):
    """A contender at one setting on one shape: medians over its runs.

    Attributes:
        contender, setting: which.
        seconds, spread: wall time from first to last step; largest less smallest, as a share of the median.
        cpu_seconds: of the whole process in that time.
        memory: peak resident memory until the last step, MB.
        startup: seconds from the start of the process to its first step.
        first_loss: of the first optimiser step, nats a token.
        trained_tokens, steps: counted inside.
        runs: how many.
    """

    contender: str
    setting: str
    seconds: float
    spread: float
    cpu_seconds: float
    memory: float
    startup: float
    first_loss: float
    trained_tokens: int
    steps: int
    runs: int


def lines(found: dict[str, Any], shape: str, *, onednn: bool) -> list[Line]:
    """The settings of a shape, fastest first."""
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in found["runs"]:
        if run["shape"] == shape and run["onednn"] == onednn and "error" not in run:
            runs.setdefault((run["contender"], run["setting"]), []).append(run)

    def line(way: tuple[str, str], some: list[dict[str, Any]]) -> Line:
        def middle(name: str) -> float:
            return statistics.median(run[name] for run in some)

        seconds = [run["seconds"] for run in some]
        return Line(
            *way,
            middle("seconds"),
            (max(seconds) - min(seconds)) / middle("seconds"),
            middle("cpu_seconds"),
            middle("peak_rss_mb"),
            middle("startup_seconds"),
            middle("first_loss"),
            some[0]["trained_tokens"],
            some[0]["steps"],
            len(some),
        )

    return sorted((line(way, some) for way, some in runs.items()), key=lambda each: each.seconds)


def best_of_each(of: list[Line]) -> list[Line]:
    """The fastest setting of every contender."""
    seen: set[str] = set()
    return [line for line in of if not (line.contender in seen or seen.add(line.contender))]


def disagreements(found: dict[str, Any]) -> list[str]:
    """Contenders that failed a check, or trained other tokens or to another loss than most, in a sentence each."""
    said: list[str] = []
    for shape in found["shapes"]:
        checks = [check for check in found["checks"] if check["shape"] == shape]
        whole = [check for check in checks if "error" not in check]
        if not whole:
            continue
        tokens = statistics.mode(check["trained_tokens"] for check in whole)
        loss = statistics.median(check["mean_loss"] for check in whole)
        for check in checks:
            name = f"{shape}: {check['contender']} {check['setting']}"
            if "error" in check:
                said.append(f"{name} failed: {check['error'].splitlines()[-1]}")
            elif check["trained_tokens"] != tokens:
                said.append(f"{name} trains {check['trained_tokens']} tokens, most train {tokens}")
            elif abs(check["mean_loss"] - loss) > NEAR * loss:
                said.append(f"{name} has a loss of {check['mean_loss']:.5f}, the median is {loss:.5f}")
    return said


def markdown(found: dict[str, Any]) -> str:
    """A table for each shape, without and with the oneDNN flag, and a summary of the ratios."""
    parts = [_heading(found)]
    summary = ["", "| shape | flag | Metier | best peer | wall | CPU | memory |", "|---|---|---|---|---|---|---|"]
    for shape, facts in found["shapes"].items():
        shared = 1 - facts["tokens_if_shared"] / facts["tokens"]
        parts.append(
            f"\n**{shape}**: {facts['rows']} rows, {facts['tokens']} tokens (longest row {facts['longest']}), "
            f"{facts['trained_tokens']} with loss, {shared:.0%} of the tokens repeat a start, "
            f"{facts['flops'] / 1e12:.3f} TFLOP"
        )
        for onednn in (False, True):
            some = lines(found, shape, onednn=onednn)
            if not some:
                continue
            parts += ["", *_table(some, found, facts, onednn=onednn)]
            if row := _summary(some, shape, onednn=onednn):
                summary.append(row)
    failed = sorted({f"{run['shape']}: {run['contender']} {run['setting']}" for run in found["runs"] if "error" in run})
    parts += [f"\nFailed: {', '.join(failed)}."] if failed else []
    problems = disagreements(found)
    parts += ["\nNot the same work: " + "; ".join(problems) + "."] if problems else []
    return "\n".join([*parts, *summary])


def _heading(found: dict[str, Any]) -> str:
    machine, peaks = found["machine"], found["peaks"]
    text = f"{machine['cpu']}, {machine['threads']} threads, Python {machine['python']}."
    if peaks:
        each = "; ".join(f"{name} {' / '.join(f'{peak[name]:.0f}' for peak in peaks)}" for name in peaks[0])
        text += f" Matrix peak in GFLOP/s (at the start / at the end): {each}."
    return text


def _table(some: list[Line], found: dict[str, Any], facts: dict[str, Any], *, onednn: bool) -> list[str]:
    peers = [line for line in some if line.contender != OURS]
    best = min((line.seconds for line in peers), default=None)
    peak = max((value for each in found["peaks"] for value in each.values()), default=None)
    title = "with the oneDNN flag" if onednn else "as they come"
    rows = [
        f"| {title} | wall s | spread | CPU-s | examples/s | best peer / this | peak MB | MFU | start-up s "
        "| first loss | trained | steps | runs |",
        "|---|" + "---:|" * 12,
    ]
    for line in some:
        ratio = f"{best / line.seconds:.2f}" if best else ""
        use = f"{facts['flops'] / line.seconds / peak / 1e9:.0%}" if peak else ""
        rows.append(
            f"| {line.contender} {line.setting} | {line.seconds:.2f} | {line.spread:.0%} | {line.cpu_seconds:.2f} "
            f"| {facts['rows'] / line.seconds:.2f} | {ratio} | {line.memory:.0f} | {use} | {line.startup:.1f} "
            f"| {line.first_loss:.4f} | {line.trained_tokens} | {line.steps} | {line.runs} |"
        )
    return rows


def _summary(some: list[Line], shape: str, *, onednn: bool) -> str:
    each = best_of_each(some)
    ours = next((line for line in each if line.contender == OURS), None)
    peers = [line for line in each if line.contender != OURS]
    if not ours or not peers:
        return ""
    best = peers[0]
    lightest = min(peers, key=lambda line: line.memory)
    return (
        f"| {shape} | {'oneDNN' if onednn else 'none'} | {ours.setting}, {ours.seconds:.2f} s "
        f"| {best.contender} {best.setting}, {best.seconds:.2f} s | {best.seconds / ours.seconds:.2f} x "
        f"| {min(line.cpu_seconds for line in peers) / ours.cpu_seconds:.2f} x "
        f"| {ours.memory:.0f} MB, fastest peer {best.memory:.0f}, lightest peer {lightest.memory:.0f} "
        f"({lightest.contender}) |"
    )
