"""``metier data questions``: question-answer pairs from a recipe's documents, for domains that have no labels yet.

A model reads a passage and writes a question with its answer; pairs whose answer does not stand in the passage, or that
the same model answers otherwise when it is asked, are thrown away and counted (round-trip filtering; Alberti et al.
2019, arXiv 1906.05416). Pairs of a passage carry the names of those who may read its document.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from metier.comparison.planning.problems import check
from metier.comparison.recipe import Loaded, load_recipe
from metier.comparison.resources import resources_for
from metier.core import Message, Problem, RecipeError, Reporter, Silent, UserError, derive
from metier.core.artifacts import write_text
from metier.data.values import normalise
from metier.models import CausalModel, Grammar, HostedModel
from metier.retrieval import Chunk, chunk, collect

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "minLength": 8, "maxLength": 300},
        "answer": {"type": "string", "minLength": 1, "maxLength": 400},
    },
    "required": ["question", "answer"],
    "additionalProperties": False,
}
ASK = (
    "Read the passage. Write one question that somebody might ask and that the passage answers, and the answer in the "
    "words of the passage. The question must be clear to a person who does not see the passage. Answer with JSON: "
    '{"question": "...", "answer": "..."}'
)
ANSWER = "Answer the question from the passage in as few words as possible. If it is not there, answer: not there."
_LONGEST_ANSWER, _LONGEST_PASSAGE, _SHORTEST_PASSAGE = 256, 300, 80
_GROUNDED, _SAME = 0.8, 0.5
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+")

Write = Callable[[Sequence[Sequence[Message]], bool], Sequence[str]]
"""Answers to conversations; True: as JSON of :data:`SCHEMA`."""


class Pair(NamedTuple):
    """A question about a passage and its answer."""

    context: str
    question: str
    answer: str
    document: str
    readers: tuple[str, ...] | None


class Asked(NamedTuple):
    """What came of the documents.

    Attributes:
        pairs: kept, in a drawn order of passages.
        passages: that were read.
        thrown: reason to number.
        out: the file.
    """

    pairs: list[Pair]
    passages: int
    thrown: dict[str, int]
    out: Path


def questions(
    recipe: Path,
    *,
    out: Path,
    count: int = 100,
    overrides: Sequence[str] = (),
    reporter: Reporter | None = None,
) -> Asked:
    """Write pairs made of the recipe's documents with the recipe's model.

    Args:
        recipe: the YAML file; ``data.documents``, ``model`` (causal or hosted) and ``hosted`` count.
        out: a ``.jsonl`` with ``context``, ``question``, ``answer``, ``document`` and, where a document names some,
            ``readers``.
        count: passages that are read, drawn by the seed; each gives at most one pair.
        overrides: ``a.b=value`` entries that replace settings of the recipe.
        reporter: told of the progress.

    Raises:
        RecipeError: the recipe is wrong, or names no documents or no model that writes.
        UserError: no passage is long enough.
    """
    loaded = load_recipe(recipe, overrides)
    check(loaded, where=str(recipe))
    reporter = reporter or Silent()
    write, length = _writer(loaded, reporter, where=str(recipe))
    passages = _passages(loaded, length, count, reporter)
    thrown: Counter[str] = Counter()
    drafts = write([_conversation(ASK, chunk.searched) for chunk, _, _ in passages], True)
    pairs: list[Pair] = []
    seen: set[str] = set()
    for (found, document, readers), text in zip(passages, drafts, strict=True):
        draft = _parsed(text)
        why = _trouble(draft, found.searched, seen)
        if draft is None or why:
            thrown[why] += 1
            continue
        seen.add(normalise(draft[0]))
        pairs.append(Pair(found.searched, *draft, document, readers))
    again = write([_conversation(ANSWER, f"{one.context}\n\n{one.question}") for one in pairs], False) if pairs else []
    kept = [pair for pair, answer in zip(pairs, again, strict=True) if _overlap(pair.answer, answer) >= _SAME]
    if len(kept) < len(pairs):
        thrown["answered otherwise when asked"] = len(pairs) - len(kept)
    write_text(out, "".join(json.dumps(_row(pair), ensure_ascii=False) + "\n" for pair in kept))
    return Asked(kept, len(passages), dict(thrown), out)


def _writer(loaded: Loaded, reporter: Reporter, *, where: str) -> tuple[Write, Callable[[str], int]]:
    """What writes, and how it counts tokens.

    Raises:
        RecipeError: no documents, or a model that writes nothing.
    """
    recipe, resources = loaded.recipe, resources_for(loaded, reporter)
    source = resources.source(None)
    problems: list[Problem] = []
    if recipe.data.documents is None:
        remedy = "add data.documents: FOLDER"
        problems.append(Problem(where=where, path="data.documents", expected="documents", got="none", remedy=remedy))
    if source.profile.family not in ("causal", "hosted") or (source.profile.family == "hosted" and not recipe.hosted):
        got = f"{recipe.model!r}, which is {source.profile.family}" + ("" if recipe.hosted else " without an address")
        remedy = "name a causal model, or a hosted one with hosted: {address: ...}"
        problems.append(Problem(where=where, path="model", expected="a model that writes", got=got, remedy=remedy))
    if problems:
        raise RecipeError(problems)
    if source.profile.family == "hosted":
        assert recipe.hosted is not None
        return _hosted(HostedModel(recipe.model, recipe.hosted), reporter), lambda text: len(text.encode()) // 3
    model = CausalModel(source, resources.compute)
    return _local(model, reporter), lambda text: len(model.encode(text))


def _local(model: CausalModel, reporter: Reporter) -> Write:
    def write(conversations: Sequence[Sequence[Message]], as_json: bool) -> list[str]:
        room = model.max_tokens - _LONGEST_ANSWER
        prompts = [model.prompt(messages) for messages in conversations]
        fit = [place for place, ids in enumerate(prompts) if len(ids) <= room]
        written = model.generate(
            [prompts[place] for place in fit],
            max_new_tokens=_LONGEST_ANSWER,
            reporter=reporter,
            label="write questions" if as_json else "answer them",
            grammar=Grammar.json_schema(SCHEMA) if as_json else None,
        )
        found = [""] * len(prompts)
        for place, answer in zip(fit, written, strict=True):
            found[place] = answer.text
        return found

    return write


def _hosted(model: HostedModel, reporter: Reporter) -> Write:
    shape = {"type": "json_schema", "json_schema": {"name": "pair", "schema": SCHEMA, "strict": True}}

    def write(conversations: Sequence[Sequence[Message]], as_json: bool) -> list[str]:
        replies = model.complete(
            conversations,
            max_new_tokens=_LONGEST_ANSWER,
            reporter=reporter,
            label="write questions" if as_json else "answer them",
            response_format=shape if as_json else None,
        )
        return [reply.text for reply in replies]

    return write


def _passages(
    loaded: Loaded, length: Callable[[str], int], count: int, reporter: Reporter
) -> list[tuple[Chunk, str, tuple[str, ...] | None]]:
    """Passages with their document and its readers; documents that are nobody's are left out.

    Raises:
        UserError: there is none.
    """
    recipe = loaded.recipe
    assert recipe.data.documents is not None
    path = loaded.folder / Path(recipe.data.documents).expanduser()
    collected = collect(path, readers_key=recipe.data.readers, reporter=reporter)
    found = [
        (piece, document.id, document.readers)
        for document in collected.documents
        if document.readers != ()
        for piece in chunk(document, limit=_LONGEST_PASSAGE, overlap=0, count=length)
        if len(piece.text) >= _SHORTEST_PASSAGE
    ]
    if not found:
        expected, remedy = f"passages of {_SHORTEST_PASSAGE} characters or more", "name the folder with the documents"
        got = f"{len(collected.documents):,} documents without any"
        raise UserError([Problem(where=str(path), expected=expected, got=got, remedy=remedy)])
    chance = Random(derive(recipe.seed, "questions"))
    return chance.sample(found, min(count, len(found)))


def _conversation(instruction: str, text: str) -> list[Message]:
    return [Message(role="system", content=instruction), Message(role="user", content=text)]


def _parsed(text: str) -> tuple[str, str] | None:
    """Question and answer out of JSON, alone or inside a text; None where there are none."""
    start, end = text.find("{"), text.rfind("}")
    try:
        value: Any = json.loads(text[start : end + 1])
        question, answer = value["question"], value["answer"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(question, str) or not isinstance(answer, str):
        return None
    return " ".join(question.split()), " ".join(answer.split())


def _trouble(draft: tuple[str, str] | None, passage: str, seen: set[str]) -> str:
    """Why a pair is not used; empty where it is."""
    if draft is None:
        return "not written as asked"
    question, answer = draft
    words, said = _words(answer), set(_words(passage))
    if len(_words(question)) < 3 or not words:
        return "empty"
    if sum(word in said for word in words) < _GROUNDED * len(words):
        return "with an answer that does not stand in the passage"
    if normalise(answer) in normalise(question):
        return "with the answer in the question"
    return "asked already" if normalise(question) in seen else ""


def _overlap(answer: str, other: str) -> float:
    """F1 of the words of two answers."""
    one, two = Counter(_words(answer)), Counter(_words(other))
    both = sum((one & two).values())
    return 2 * both / max(1, sum(one.values()) + sum(two.values()))


def _words(text: str) -> list[str]:
    return _WORD.findall(normalise(text))


def _row(pair: Pair) -> dict[str, Any]:
    row: dict[str, Any] = {
        "context": pair.context,
        "question": pair.question,
        "answer": pair.answer,
        "document": pair.document,
    }
    return row if pair.readers is None else {**row, "readers": ", ".join(pair.readers)}


__all__ = ["Asked", "Pair", "questions"]
