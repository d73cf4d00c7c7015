"""What the invented runs of the report's tests are about: the labels, the approaches and how each one did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TICKET_LABELS = (
    "cancel order, change address, charged twice, damaged item, delivery late, gift card, invoice copy, login problem, "
    "missing part, order status, product question, refund status, return item, warranty claim"
)
VERBS = "ask about, cancel, change, dispute, verify, report, top up"
THINGS = (
    "card, transfer, cash withdrawal, direct debit, exchange rate, identity, pending payment, fee, country, PIN, "
    "virtual card"
)
CONFUSED = dict(
    pair.split(" > ")
    for pair in (
        "delivery late > order status",
        "refund status > charged twice",
        "return item > damaged item",
        "missing part > damaged item",
        "warranty claim > damaged item",
    )
)
OPENERS = ("Hello, ", "Hi there, ", "Good morning. ", "", "", "Dear team, ", "Sorry to bother you again: ")
BODIES = (
    "I have been waiting for order {n} since last week and nobody answers. Can you tell me about {label}?",
    "this is about {label}, number {n}. What do I have to do now",
    "We ordered three chairs ({n}) for our office; one of them is a case of {label}, as my colleague wrote.",
    "{label}!! order {n}, please hurry",
    "My question is on {label}. The page says one thing and the letter that came on Monday with order {n} another.",
)
LONG = (
    " I am attaching the whole story, because it has become a long one. I first wrote on the second of the month, was "
    "told that somebody would call me back, waited for nine days, and then called myself. The gentleman was friendly "
    "but could not find the order; he asked me to write again, which I did, with a photograph. Since then I have heard "
    "nothing, and the amount has already been taken from my account. I would be glad if this could be solved this week."
)
# Name; share of right answers; latency in ms; seconds of training and of building; memory and disk in MB; trained and
# all parameters; rows in prompts; epochs; what was done.
CPU_WAYS = """
majority    0.020   0.002     0     0.01   210    0.001         0          0     0  0  Always the most frequent label.
tfidf       0.807   0.41      1.6   1.9    268    1.9       96000          0     0  0  Logistic regression on TF-IDF.
nearest     0.731   0.62      0     0.4    262    3.1           0          0  2156  0  The label of the nearest row.
zero-shot   0.585   148       0     11     812    269           0  134515008     0  0  Scores labels; learns nothing.
few-shot    0.769   512       0     14     985    272           0  134515008  2156  0  Scores labels after 8 examples.
lora        0.921   71     1486   1512    1630    9.8     4884480  134515008     0  3  LoRA, rank 16, on linear layers.
encoder     0.931   8.4     214    226     642    91     22718222   22718222     0  6  Full fine-tuning of the encoder.
"""
REPLY_WAYS = """
copy        0.12    0.001     0     0.01   205    0.001         0          0     0  0  Answers with the question.
nearest     0.41    0.7       0     0.5    260    4.1           0          0   900  0  The answer to the nearest one.
zero-shot   0.39    2150      0     6      830    269           0  134515008     0  0  Writes after the instruction.
few-shot    0.52    2890      0     6      990    269           0  134515008   900  0  Writes after 4 examples.
lora        0.54    2240   1810   1830    1690    9.8     4884480  134515008     0  3  LoRA, rank 16, three epochs.
"""


@dataclass(frozen=True)
class Way:
    """An approach: its share of right answers and what it takes; ``status`` and ``why`` where it did not finish."""

    name: str
    accuracy: float = 0.0
    latency: float = 0.0
    train: float = 0.0
    build: float = 0.0
    memory: float = 0.0
    disk: float = 0.0
    trained: float = 0
    total: float = 0
    prompts: float = 0
    epochs: int = 0
    summary: str = ""
    status: str = "done"
    why: str = ""


@dataclass(frozen=True)
class Scene:
    """What a run folder is about."""

    name: str
    kind: str
    labels: tuple[str, ...]
    rows: int
    ways: tuple[Way, ...]
    recommended: str | None
    reason: str
    ties: tuple[str, ...] = ()
    instruction: str = "Decide what the customer wants."
    limits: dict[str, Any] = field(default_factory=lambda: {"latency_ms": 500, "memory_gb": 16})


def parsed(table: str) -> tuple[Way, ...]:
    """Approaches out of a table."""
    rows = [line.split(maxsplit=11) for line in table.strip().splitlines()]
    return tuple(Way(row[0], *map(float, row[1:10]), int(row[10]), row[11]) for row in rows)


WHY_FAILED = "Training stopped after step 12: it needs 3.4 GB of memory and the limit of the recipe is 2 GB."
WHY_NOT = "The recipe names no documents, so there is nothing to retrieve from. Add data.documents to try it."
UNFINISHED = (
    Way("full", summary="Full fine-tuning.", epochs=1, status="failed", why=WHY_FAILED),
    Way("rag", status="not_applicable", why=WHY_NOT),
)
TICKETS = Scene(
    name="support-tickets",
    kind="classify",
    labels=tuple(TICKET_LABELS.split(", ")),
    rows=616,
    ways=parsed(CPU_WAYS) + UNFINISHED,
    recommended="encoder",
    reason="The test set cannot tell encoder (macro_f1 0.931, interval 0.911 to 0.951) from lora; "
    "it is the cheapest of them to run (8 ms a query).",
    ties=("encoder", "lora"),
)
BANKING = Scene(
    name="banking-77",
    kind="classify",
    labels=tuple(f"{verb} {thing}" for verb in VERBS.split(", ") for thing in THINGS.split(", ")),
    rows=3080,
    ways=parsed(CPU_WAYS) + UNFINISHED,
    recommended="encoder",
    reason="encoder is significantly better than everything else (macro_f1 0.931, interval 0.922 to 0.940).",
    instruction="Decide what the bank’s customer wants.",
)
REPLIES = Scene(
    name="clinic-replies",
    kind="generate",
    labels=(),
    rows=240,
    ways=parsed(REPLY_WAYS),
    recommended="few-shot",
    reason="Do not fine-tune. The test set cannot tell few-shot (token_f1 0.520, interval 0.457 to 0.583) from lora; "
    "lora scores 0.540. It is among the cheapest to run (2890 ms a query) and puts the least data into weights.",
    ties=("lora", "few-shot"),
    instruction="Answer the patient’s question in two sentences.",
)
