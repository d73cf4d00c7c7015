"""A hosted model: tokens are counted as its client counts them, and time is the service's own affair."""

from __future__ import annotations

from metier.approaches.estimating import Bench, Estimate
from metier.approaches.estimating_hosted import own_questions
from metier.approaches.settings import ApproachSettings


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """Prompts as they will be sent, answers and thoughts as long as they may become; the seconds are not known."""
    own = own_questions(settings, bench.known, bench.resources)
    return Estimate(
        memory={"process": bench.floor},
        build={},
        answer={},
        tokens={
            "a_query": round(own.each.tokens_in),
            "an_answer": round(own.each.tokens_out),
            "queries_building": own.building,
            "queries_answering": own.answering,
        },
        notes=(
            "A token is taken as three bytes, and an answer as long as prompt.max_new_tokens lets it be: at most.",
            *(["Passages are counted at their longest."] if settings.retrieval else []),
        ),
    )
