"""More training rows for an approach: made by edits and by a model, kept in a file with the source of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.core import Example, Message, ModelError, Problem, Task, say
from metier.core.artifacts import write_text
from metier.core.names import suggestion
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.data.augmenting import EDITS, AugmentSettings, Unfit, make_rows
from metier.models import CausalModel

FILE = "augmented.jsonl"
INSTRUCTION = (
    "Write the text in other words. Keep its meaning, its language, and every name and number. "
    "Answer with the new text and nothing else."
)
_LONGEST = 256


def check_augment(settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
    """An edit that does not exist, rows for an approach that learns nothing, a model that cannot write."""
    augment = settings.augment
    if augment is None:
        return []
    problems: list[Problem] = []

    def add(path: str, expected: str, got: str, remedy: str) -> None:
        problems.append(Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy))

    if settings.weights is None:
        add("augment", "weights to train, beside augment", "none", "add weights, or leave augment out")
    if task is not None and form_of(task.kind).structured:
        expected = "a task whose answer stays right when the text is edited"
        add("augment", expected, f"one that is answered with {form_of(task.kind).title}", "leave augment out")
    for name in augment.edits:
        if name not in EDITS.names():
            add("augment.edits", "names of edits", repr(name), suggestion(name, EDITS.names()))
    if not augment.paraphrase:
        return problems
    try:
        family = resources.source(augment.model).profile.family
    except ModelError as error:
        return problems + [replace(problem, path="augment.model") for problem in error.problems]
    if family != "causal":
        name = augment.model or resources.model
        add("augment.model", "a causal model that runs here", f"{name!r}, which is {family}", "name another model")
    return problems


def with_made_rows(
    examples: Sequence[Example], augment: AugmentSettings | None, dataset: Dataset, resources: Resources, folder: Path
) -> tuple[list[Example], list[str]]:
    """The examples with those that were made of them, and sentences for the record.

    Args:
        examples: training rows of the approach.
        augment: None: nothing is made.
        dataset: gives the validation rows, which are not repeated, and the task.
        resources: models, embedder, seed.
        folder: the approach's; gets ``augmented.jsonl``.
    """
    if augment is None:
        return list(examples), []
    made = make_rows(
        examples,
        augment,
        labels=form_of(dataset.task.kind).chooses,
        taken=[example.input for example in dataset.validation],
        seed=resources.seed,
        rewrite=(lambda texts: _reworded(texts, augment, resources)) if augment.paraphrase else None,
        unfit=_judge(examples, dataset.task, augment, resources) if augment.paraphrase else None,
    )
    lines = [
        {
            "id": row.example.id,
            "made_from": row.source,
            "made_by": row.how,
            "input": row.example.input,
            "target": row.example.target,
        }
        for row in made.rows
    ]
    write_text(folder / FILE, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    say(resources.reporter, f"  {made}")
    return [*examples, *(row.example for row in made.rows)], [f"{made} Each with its source in {FILE}."]


def _reworded(texts: Sequence[str], augment: AugmentSettings, resources: Resources) -> list[str]:
    """What the model makes of each text; empty where it did not come to an end."""
    model = CausalModel(resources.source(augment.model), resources.compute)
    room = model.max_tokens - _LONGEST
    prompts = [
        model.prompt([Message(role="system", content=INSTRUCTION), Message(role="user", content=text)])
        for text in texts
    ]
    fit = [place for place, ids in enumerate(prompts) if len(ids) <= room]
    written = model.generate(
        [prompts[place] for place in fit], max_new_tokens=_LONGEST, reporter=resources.reporter, label="paraphrase"
    )
    found = [""] * len(texts)
    for place, answer in zip(fit, written, strict=True):
        found[place] = "" if answer.unfinished else answer.text.strip()
    return found


def _judge(rows: Sequence[Example], task: Task, augment: AugmentSettings, resources: Resources) -> Unfit:
    """Paraphrases must lie in the band of likeness, and a model fitted on the rows must read the same label in them."""

    def unfit(sources: Sequence[Example], texts: Sequence[str]) -> list[str]:
        low, high = augment.likeness
        likeness = (resources.embed([one.input for one in sources]) * resources.embed(list(texts))).sum(axis=1)
        labels = _read_labels(rows, texts) if form_of(task.kind).chooses else [source.target for source in sources]
        reasons: list[str] = []
        for source, text, like, label in zip(sources, texts, np.asarray(likeness).tolist(), labels, strict=True):
            far, near = like < low, like > high
            reasons.append(
                ""
                if not text
                else "unlike"
                if far
                else "too like"
                if near
                else "of another label" * (label != source.target)
            )
        return reasons

    return unfit


def _read_labels(rows: Sequence[Example], texts: Sequence[str]) -> list[str]:
    """The labels that TF-IDF with logistic regression, fitted on ``rows``, reads in ``texts``."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    targets = [row.target for row in rows]
    if len(set(targets)) < 2:
        return [str(targets[0])] * len(texts)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\w+")
    model = LogisticRegression(C=10, max_iter=1000).fit(vectorizer.fit_transform([row.input for row in rows]), targets)
    return [str(label) for label in model.predict(vectorizer.transform(texts))]
