"""What each approach will take on this machine, and whether it fits: before anything is built."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metier import approaches
from metier.approaches import ApproachSettings, Resources
from metier.approaches.estimating import ESTIMATES, Bench, Estimate, Known
from metier.comparison.planning.hosted_questions import Asked
from metier.comparison.recipe import Recipe
from metier.comparison.scoring.pricing import answering_cost, price_of
from metier.comparison.settings.prices import cost_of_device
from metier.comparison.working.worker import HEAVY
from metier.core import MetierError, Reporter, step
from metier.models.loading import quiet
from metier.models.slicing.sizing import memory_at_hand, resident_bytes
from metier.models.slicing.slices import TooLargeToTryError

MOST_SECONDS = 60.0
"""Once estimates have taken so long, no further approach is estimated: a check is not a run."""
SHARE = 0.95
"""Of the free memory, what an approach may need and still be said to fit."""
_LATE = f"Not estimated: those before took {MOST_SECONDS:.0f} s to measure. Check a recipe with this one alone."
_REMEDIES = {
    "micro-batch": "lower weights.max_length",
    "states": "lower weights.max_rows",
    "weights": "choose a smaller model, or keep its weights in few bits (method: qlora)",
    "file being read": "choose a smaller model",
    "optimiser": "train fewer weights (method: lora)",
    "compiled products": "choose a smaller model",
    "gradients": "train fewer weights (method: lora)",
    "best weights": "train fewer weights (method: lora)",
    "answers": "use a shorter prompt (fewer demonstrations or passages)",
    "regression": "leave the floor aside: it is one row of the table",
    "process": "run it on a machine with more memory",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an approach is expected to take. None where it is not known.

    Attributes:
        memory_mb: at the peak, in MB (10^6 bytes); on a GPU the GPU's.
        memory: the same by what holds it, in MB.
        build_seconds: of building.
        answer_seconds: of measuring latency and answering the test set.
        seconds: both by part.
        cost: of both, in the currency of the prices.
        fits: whether the memory that is free now holds it.
        remedy: what to do where it does not.
        tokens_per_micro_batch: bound of a micro-batch, where something is trained.
        trained_parameters: numbers that are trained.
        tokens: what was counted.
        notes: what is uncertain, or why nothing is known.
    """

    memory_mb: float | None = None
    memory: Mapping[str, float]
    build_seconds: float | None = None
    answer_seconds: float | None = None
    seconds: Mapping[str, float]
    cost: float | None = None
    fits: bool = True
    remedy: str = ""
    tokens_per_micro_batch: int | None = None
    trained_parameters: int = 0
    tokens: Mapping[str, int]
    notes: tuple[str, ...] = ()


def expect(
    named: Mapping[str, ApproachSettings], known: Known, recipe: Recipe, resources: Resources, reporter: Reporter
) -> dict[str, Expected]:
    """What each approach that applies is expected to take, by name.

    Takes a few seconds an approach: slices of its model are measured with rows of the user's. Where that takes longer
    than :data:`MOST_SECONDS` in all, the last ones stay unknown, and say so.
    """
    quiet()  # before packages are loaded that say what they lack
    for module in HEAVY:
        importlib.import_module(module)
    room = memory_at_hand(resources.compute.device)
    on_gpu = resources.compute.device.startswith("cuda")
    bench = Bench(resources=resources, known=known, floor=0.0 if on_gpu else resident_bytes(), room=room)
    applying = {
        name: settings
        for name, settings in named.items()
        if not approaches.applies(name, settings, known.task, resources)
    }
    found: dict[str, Expected] = {}
    started = time.monotonic()
    with step(reporter, "estimate", len(applying), unit="approaches") as bar, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(transformers|peft|torch)(\..*)?")  # their authors' affairs
        for name, settings in applying.items():
            late = time.monotonic() - started > MOST_SECONDS
            found[name] = _unknown(_LATE) if late else _expected(name, settings, bench, recipe)
            bar.advance()
    return found


def _expected(name: str, settings: ApproachSettings, bench: Bench, recipe: Recipe) -> Expected:
    kind = approaches.kind_of(name, settings, bench.resources, bench.known.task.kind)
    if kind not in ESTIMATES.names():
        return _unknown(f"There is no estimate for approaches of the kind {kind!r}.")
    if why := approaches.unestimated(settings.weights):
        return _unknown(why)
    try:
        found = ESTIMATES.get(kind)(settings, bench)
    except TooLargeToTryError as error:
        return _unknown(f"Too large to try: {error}.", fits=False, remedy=_REMEDIES["weights"])
    except MetierError as error:
        return _unknown(str(error))
    except Exception as error:  # whatever an unknown architecture raises, a check must go on: the run itself may work
        return _unknown(f"Not estimated ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}).")
    return _priced(found, name, bench, recipe) if kind == "hosted" else _measured(found, bench, recipe)


def _unknown(why: str, *, fits: bool = True, remedy: str = "") -> Expected:
    return Expected(memory={}, seconds={}, tokens={}, notes=(why,), fits=fits, remedy=remedy)


def _measured(found: Estimate, bench: Bench, recipe: Recipe) -> Expected:
    needed, build, answer = (sum(part.values()) for part in (found.memory, found.build, found.answer))
    fits = needed - bench.floor <= SHARE * bench.room
    cost = cost_of_device(recipe.prices, build_seconds=build + answer, seconds_per_answer=0.0).build
    seconds = {part: value for part, value in found.build.items() if value}
    return Expected(
        memory_mb=needed / 1e6,
        memory={part: value / 1e6 for part, value in found.memory.items() if value},
        build_seconds=build,
        answer_seconds=answer,
        seconds=seconds | {f"answering: {part}": value for part, value in found.answer.items() if value},
        cost=cost,
        fits=fits,
        remedy="" if fits else _remedy(found.memory),
        tokens_per_micro_batch=found.tokens_per_micro_batch,
        trained_parameters=found.trained,
        tokens=found.tokens,
        notes=found.notes,
    )


def _priced(found: Estimate, name: str, bench: Bench, recipe: Recipe) -> Expected:
    """A hosted model costs tokens."""
    tokens, price = found.tokens, price_of(recipe, name)
    a_query = {"tokens_in_per_query": tokens["a_query"], "tokens_out_per_query": tokens["an_answer"]}
    thousand = answering_cost(price, a_query)
    queries = tokens["queries_building"] + tokens["queries_answering"]
    return Expected(
        memory_mb=sum(found.memory.values()) / 1e6,
        memory={part: value / 1e6 for part, value in found.memory.items()},
        seconds={},
        cost=None if thousand is None else thousand * queries / 1000,
        tokens=tokens,
        notes=found.notes,
    )


def _remedy(memory: Mapping[str, float]) -> str:
    return _REMEDIES.get(max(memory, key=lambda part: memory[part]), _REMEDIES["process"])


def table(found: Mapping[str, Expected], reasons: Mapping[str, str], *, currency: str) -> list[str]:
    """One line an approach, as a person reads it.

    Args:
        found: of those that apply.
        reasons: why the others would not run, by name; empty for those that would.
        currency: of the prices.
    """
    priced = any(one.cost is not None for one in found.values())
    width = max([18, *(len(name) + 2 for name in reasons)])
    head = f"  {'':<{width}}{'memory':>9}{'building':>11}{'answering':>11}" + (f"{'cost':>12}" if priced else "")
    lines = [head]
    for name, why in reasons.items():
        if why:
            lines.append(f"  {name:<{width}}not: {why}")
            continue
        one = found[name]
        money = "" if not priced else f"{_money(one.cost, currency):>12}"
        lines.append(
            f"  {name:<{width}}{_gigabytes(one.memory_mb):>9}{_duration(one.build_seconds):>11}"
            f"{_duration(one.answer_seconds):>11}{money}{_remark(one)}"
        )
    return lines


def details(found: Mapping[str, Expected]) -> list[str]:
    """What is uncertain, said once for all that it is said of."""
    by_note: dict[str, list[str]] = {}
    for name, one in found.items():
        for note in one.notes:
            by_note.setdefault(note, []).append(name)
    return [f"  {', '.join(names)}: {note}" for note, names in by_note.items()]


def _remark(one: Expected) -> str:
    if not one.fits:
        return f"  does not fit: {one.remedy}"
    return f"  micro-batches of {one.tokens_per_micro_batch:,} tokens" if one.tokens_per_micro_batch else ""


def _gigabytes(megabytes: float | None) -> str:
    return "?" if megabytes is None else f"{megabytes / 1000:.1f} GB"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    if seconds < 1:
        return "< 1 s"
    return (
        f"{seconds:.0f} s"
        if seconds < 100
        else f"{seconds / 60:.0f} min"
        if seconds < 6000
        else f"{seconds / 3600:.1f} h"
    )


def _money(cost: float | None, currency: str) -> str:
    return "?" if cost is None else f"{cost:.3g} {currency}".strip()


def totals_of(found: Mapping[str, Expected], asked: Sequence[Asked]) -> dict[str, Any]:
    """The sums over all approaches: they run one after another; and of money, what hosted models are asked."""
    known: Sequence[Expected] = list(found.values())
    costs = [one.cost for one in (*(each for each in known if each.seconds), *asked) if one.cost is not None]
    return {
        "memory_mb": max((one.memory_mb or 0.0 for one in known), default=0.0),
        "seconds": sum((one.build_seconds or 0.0) + (one.answer_seconds or 0.0) for one in known),
        "cost": sum(costs) if any(costs) else None,
    }
