"""A hosted model: tokens are counted as its client counts them, and time is the service's own affair."""

from __future__ import annotations

from metier.approaches.estimating import ASKED, WARMUPS, Bench, Estimate
from metier.approaches.prompting.asking import demonstrations
from metier.approaches.prompting.searching import trials_and_rows
from metier.approaches.prompting.sensitivity import OTHER_WORDINGS, ROWS
from metier.approaches.settings import ApproachSettings
from metier.core.tasks import form_of
from metier.models import HostedModel
from metier.prompts import PromptSettings, compose


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """Prompts as they will be sent, answers as long as they may become; the seconds are not known."""
    assert settings.hosted is not None, "checked before"
    known, asked = bench.known, settings.prompt or PromptSettings()
    model = HostedModel(settings.model or bench.resources.model, settings.hosted)
    prompt = compose(
        known.task,
        instruction=asked.instruction,
        list_labels=True if asked.list_labels is None else asked.list_labels,
        label_words=asked.label_words,
        trained=False,
        question=asked.question,
    )
    rows = list(known.validation or known.train)[:ASKED]
    drawn = asked.model_copy(update={"choose": "random"})
    shown = demonstrations(drawn, known.train, rows, bench.resources)
    lengths = [model.count(prompt.messages(row, few)) for row, few in zip(rows, shown, strict=True)]
    wanted = ROWS[form_of(known.task.kind).chooses] if asked.sensitivity is None else asked.sensitivity
    building = (1 + OTHER_WORDINGS) * min(wanted, len(known.validation))
    if asked.search:
        building += sum(trials_and_rows(asked.search, len(known.train), len(known.validation)))
    return Estimate(
        memory={"process": bench.floor},
        build={},
        answer={},
        tokens={
            "a_query": round(sum(lengths) / max(1, len(lengths))),
            "an_answer": asked.max_new_tokens,
            "queries_building": building,
            "queries_answering": known.test + known.latency_queries + WARMUPS,
        },
        notes=(
            "A token is taken as three bytes, and an answer as long as prompt.max_new_tokens lets it be: at most.",
            *(["Thoughts are not counted."] if asked.reason else []),
            *(["Passages, and what choosing and oracle runs ask, are not counted."] if settings.retrieval else []),
        ),
    )
