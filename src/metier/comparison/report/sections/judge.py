"""What a model as judge said of the recommended approach and another one."""

from __future__ import annotations

from dataclasses import dataclass

from metier.comparison.report.language import tell
from metier.comparison.report.reading import Judged, Run
from metier.comparison.wording import percent, span


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The section: the judge's word in sentences, and the figures."""

    sentences: tuple[str, ...]
    judged: Judged


def view(run: Run) -> Word | None:
    """The judge's word; None where there was none."""
    found = run.judged
    if found is None:
        return None
    sentences = [
        tell(
            "%(model)s as judge prefers %(first)s to %(second)s in %(share)s of %(rows)s test rows, interval "
            "%(interval)s; ties count half.",
            model=found.model,
            first=found.first,
            second=found.second,
            share=percent(found.share.value),
            rows=f"{found.rows:,}",
            interval=span(found.share),
        ),
        tell(
            "Each pair was shown twice, the answers changing places. In %(share)s it changed its mind; such rows "
            "count as ties.",
            share=percent(found.unsteady / found.rows, 0),
        ),
    ]
    if found.not_understood:
        told = "To %(n)s rows it answered something else than was asked for."
        sentences.append(tell(told, n=f"{found.not_understood:,}"))
    if found.agreed is None:
        sentences.append(tell("How far it agrees with people is not known: it was not asked what people had compared."))
    else:
        told = "It agrees with people in %(share)s of %(n)s comparisons, interval %(interval)s."
        values = {"share": percent(found.agreed.value), "interval": span(found.agreed)}
        sentences.append(tell(told, n=f"{found.people:,}", **values))
    sentences.append(tell("Nothing was chosen by its word."))
    return Word(sentences=tuple(sentences), judged=found)
