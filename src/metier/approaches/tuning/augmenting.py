"""More training rows for an approach: made by edits and by models, kept in a file with the sources of each."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from metier.approaches.journal import OnceJournal
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.agreeing import Agreement, Novelty, unlike
from metier.approaches.tuning.authors import Author, Spent
from metier.approaches.tuning.beforehand import beforehand
from metier.approaches.tuning.distilling import asked_model
from metier.approaches.tuning.writing import back_translator, instructor, paraphraser
from metier.core import Augmentation, DataError, Example, ModelError, Problem, Task, say
from metier.core.artifacts import hash_value, plain, write_text
from metier.core.names import suggestion
from metier.core.said import Said, joined
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.data.augmenting import (
    EDITS,
    FILL,
    SELF_INSTRUCT,
    AugmentSettings,
    Made,
    Writer,
    check_fill,
    filler,
    make_rows,
    unfilled,
)
from metier.models import check_hosted, is_hosted, locate
from metier.prompts import PromptSettings

FILE = "augmented.jsonl"


class WithMade(NamedTuple):
    """Rows to learn from, made ones among them.

    Attributes:
        examples: the approach's own, then those that were made.
        augmentation: what was made and what it took; None: nothing was asked for.
        notes: sentences for the record.
    """

    examples: Sequence[Example]
    augmentation: Augmentation | None = None
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> dict[str, float]:
        """For the record: that before a kill included."""
        return {"augment": self.augmentation.seconds} if self.augmentation else {}


def check_augment(settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
    """An edit that does not exist, rows for an approach that learns nothing, a model that cannot write."""
    augment = settings.augment
    if augment is None:
        return []
    problems: list[Problem] = []
    if settings.weights is None:
        problems.append(_problem("augment", "weights to train, beside augment", "none", "add weights, or leave it out"))
    for name in augment.edits:
        if name not in EDITS.names():
            known = suggestion(name, EDITS.names())
            problems.append(_problem("augment.edits", "names of edits", repr(name), known))
    if augment.self_instruct is not None and settings.weights is not None and settings.weights.preference is not None:
        expected = "no self_instruct beside preference: what a model writes has no rejected answer"
        problems.append(_problem("augment.self_instruct", expected, "both", "leave one out"))
    problems += _task_problems(augment, task) if task is not None else []
    return problems + _model_problems(augment, resources)


def _task_problems(augment: AugmentSettings, task: Task) -> list[Problem]:
    form = form_of(task.kind)
    problems = check_fill(augment.fill, task) if augment.fill is not None else []
    if form.placed and (augment.edits or augment.writers):
        expected, got = "a task whose answer stays right when the text is edited", f"one answered with {form.title}"
        return [*problems, _problem("augment", expected, got, "leave augment out, or use fill alone, with edits: []")]
    if augment.self_instruct is not None and form.numeric:
        expected, got = "a task that is answered with labels or a text", f"one answered with {form.title}"
        remedy = "leave it out; edits and paraphrases keep the number"
        problems.append(_problem("augment.self_instruct", expected, got, remedy))
    return problems


def _model_problems(augment: AugmentSettings, resources: Resources) -> list[Problem]:
    """Each setting that names a model is looked at once, as strictly as what it is used for."""
    wanted: dict[str, tuple[str, bool]] = {}
    for way, names in augment.writers.items():
        translates = way == "back_translate"
        for key, name in zip(("there", "back"), names, strict=False):
            own = translates and name != augment.model
            path = f"augment.back_translate.{key}" if own else "augment.model"
            wanted[path] = (name or resources.model, translates and wanted.get(path, ("", True))[1])
    if augment.teacher is not None:
        wanted["augment.teacher"] = (augment.teacher, False)
    return [
        problem
        for path, (name, translates) in wanted.items()
        for problem in _one_model(path, name, augment, resources, translates=translates)
    ]


def _one_model(
    path: str, name: str, augment: AugmentSettings, resources: Resources, *, translates: bool
) -> list[Problem]:
    """What is wrong with one model; encoder-decoder models translate, but follow no instruction."""
    if is_hosted(name):
        found = check_hosted(name, augment.hosted, os.environ)
        return [replace(one, path=f"augment.{one.path}" if one.path.startswith("hosted") else path) for one in found]
    try:
        family = resources.source(name).profile.family
    except ModelError as error:
        return [replace(problem, path=path) for problem in error.problems]
    if family == "causal" or (family == "seq2seq" and translates):
        return []
    expected = "a model that writes" if translates else "a causal or a hosted model"
    return [_problem(path, expected, f"{name!r}, which is {family}", "name another model")]


def inputs(augment: AugmentSettings | None, folder: Path, default: str) -> list[str]:
    """What the models are, for the key of the approach: another price or timeout of a hosted one changes no row."""
    if augment is None:
        return []
    names = {name or default for used in augment.writers.values() for name in used}
    names |= {augment.teacher} if augment.teacher else set()
    asked = augment.hosted and augment.hosted.asked()
    return [
        hash_value([name, asked]) if is_hosted(name) else locate(name, folder=folder).fingerprint
        for name in sorted(names)
    ]


def with_made_rows(
    examples: Sequence[Example], augment: AugmentSettings | None, dataset: Dataset, resources: Resources, folder: Path
) -> WithMade:
    """The examples with those that were made of them.

    Args:
        examples: training rows of the approach.
        augment: None: nothing is made.
        dataset: gives the validation rows, which are not repeated, and the task.
        resources: models, embedder, seed.
        folder: the approach's; gets ``augmented.jsonl``, and keeps what models wrote while it is being built.
    """
    if augment is None:
        return WithMade(examples)
    spent = Spent()
    made = make_rows(
        examples,
        augment,
        copies=form_of(dataset.task.kind).free_text,
        taken=[example.input for example in dataset.validation],
        seed=resources.seed,
        writers=_filler(examples, augment, dataset.task, resources)
        | (_writers(examples, augment, dataset, resources, folder, spent) if augment.writers else {}),
    )
    _write(folder / FILE, made, augment, resources)
    say(resources.reporter, f"  {made}")
    found = Augmentation(
        rows=len(made.rows),
        by=made.by,
        thrown=made.thrown,
        tokens_in=dict(spent.tokens_in),
        tokens_out=dict(spent.tokens_out),
        sent_to=tuple(sorted(spent.sent_to)),
        seconds=spent.seconds,
    )
    rows = [*examples, *(row.example for row in made.rows)]
    return WithMade(rows, found, _notes(made, found))


def _filler(
    examples: Sequence[Example], augment: AugmentSettings, task: Task, resources: Resources
) -> dict[str, Writer]:
    """What fills the recipe's templates; none where it has none.

    Raises:
        DataError: a slot that nothing fills.
    """
    if augment.fill is None:
        return {}
    if empty := unfilled(augment.fill, examples, task):
        columns = sorted({name for example in examples for name in example.fields})
        known = [*task.labels, *columns] if form_of(task.kind).placed else columns
        expected = "a list in augment.fill.slots, or a label or column of the training rows, for each slot"
        raise DataError([_problem("augment.fill", expected, f"{{{empty[0]}}}", suggestion(empty[0], known))])
    return {FILL: filler(augment.fill, examples, task, seed=resources.seed)}


def _writers(
    examples: Sequence[Example],
    augment: AugmentSettings,
    dataset: Dataset,
    resources: Resources,
    folder: Path,
    spent: Spent,
) -> dict[str, Writer]:
    """What writes, by the name of the way; nothing is loaded before it is asked."""
    about = [plain(examples), augment.model_dump(exclude={"hosted"}), resources.seed, plain(resources.compute)]
    journal = OnceJournal(beforehand(folder) / "augmented.jsonl", about)
    authors = {
        name: Author(name, augment.hosted, resources, journal, spent)
        for used in augment.writers.values()
        for name in (one or resources.model for one in used)
    }
    teacher, task = augment.teacher, dataset.task
    asked = asked_model(teacher, augment.hosted, PromptSettings(), task, resources) if teacher else None
    agreement = Agreement(examples, task, asked, name=teacher or "", journal=journal, spent=spent)
    if teacher and is_hosted(teacher):
        spent.sends_to(augment.hosted)

    def near(sources: Sequence[str], texts: Sequence[str]) -> list[str]:
        return unlike(sources, texts, augment.likeness, resources.embed)

    def writer(way: str, used: Sequence[Author]) -> Writer:
        tokens = augment.max_new_tokens
        if way == "back_translate" and augment.back_translate is not None:
            there, back = used
            return back_translator(there, back, augment.back_translate, near, agreement, tokens=tokens)
        if way != SELF_INSTRUCT or augment.self_instruct is None:
            return paraphraser(used[0], near, agreement, tokens=tokens)
        known = [row.input for row in (*examples, *dataset.validation)]
        novelty = Novelty(known, augment.self_instruct.likeness, resources.embed)
        wanted = augment.self_instruct
        return instructor(used[0], examples, task, wanted, novelty, agreement, seed=resources.seed, tokens=tokens)

    return {
        way: writer(way, [authors[name or resources.model] for name in names]) for way, names in augment.writers.items()
    }


def _write(path: Path, made: Made, augment: AugmentSettings, resources: Resources) -> None:
    """Each made row with its sources, and the models that wrote it."""
    models = {way: [name or resources.model for name in dict.fromkeys(used)] for way, used in augment.writers.items()}
    lines = [
        {
            "id": row.example.id,
            "made_from": row.sources,
            "made_by": row.how,
            "models": models.get(row.how, []),
            "input": row.example.input,
            "target": row.example.target,
        }
        for row in made.rows
    ]
    write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _notes(made: Made, found: Augmentation) -> tuple[str, ...]:
    notes = [joined([str(made), Said("Each with its sources in %(file)s.", file=FILE)])]
    for name, read in found.tokens_in.items():
        told = "For made rows %(model)s read %(read)s tokens and wrote %(wrote)s."
        notes.append(Said(told, model=name, read=f"{read:,}", wrote=f"{found.tokens_out[name]:,}"))
    if found.sent_to:
        hosts = ", ".join(found.sent_to)
        notes.append(Said("Training rows were sent to %(hosts)s to make others of them.", hosts=hosts))
    return tuple(notes)


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)
