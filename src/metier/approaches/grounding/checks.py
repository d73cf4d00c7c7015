"""What is wrong with the ``retrieval`` section of an approach, found before any work."""

from __future__ import annotations

import os
from dataclasses import replace

from metier.approaches.grounding.more_questions import check_questions
from metier.approaches.resources import Resources
from metier.core import MissingPackageError, ModelError, Problem
from metier.core.names import suggestion
from metier.retrieval import STORES, RetrievalSettings
from metier.training import WeightsSettings

_NO_DOCUMENTS = Problem(
    where="recipe",
    path="retrieval",
    expected="documents to retrieve from, as data.documents",
    got="none",
    remedy="add data.documents: FOLDER (md, txt, html, pdf, docx or csv files)",
)


def check_retrieval(
    settings: RetrievalSettings | None, resources: Resources, weights: WeightsSettings | None = None
) -> list[Problem]:
    """There must be documents, and a store of the name that can be used here; paths start at ``retrieval``."""
    if settings is None:
        return []
    problems = [_NO_DOCUMENTS] if resources.documents is None else []
    problems += _check_reranker(settings, resources)
    problems += _check_raft(settings, weights) + check_questions(settings, resources.recipe_folder)
    if settings.rewrite is not None and weights is not None:
        remedy = "leave rewrite out, or weights"
        expected = "an approach without weights: those that learnt to answer do not write questions"
        problems.append(_problem("retrieval.rewrite", expected, "rewrite beside weights", remedy))
    if settings.store not in STORES.names():
        remedy = suggestion(settings.store, STORES.names())
        expected = f"one of {', '.join(STORES.names())}"
        return [*problems, _problem("retrieval.store", expected, repr(settings.store), remedy)]
    found = STORES.get(settings.store).check(os.environ)
    return [*problems, *(replace(problem, path=f"retrieval.{problem.path}") for problem in found)]


def _check_reranker(settings: RetrievalSettings, resources: Resources) -> list[Problem]:
    """A ready one must be a cross-encoder: one output, for a pair."""
    if settings.rerank is None or settings.rerank.model is None:
        return []
    path, expected = "retrieval.rerank.model", "a cross-encoder: an encoder whose head has one output"
    try:
        source = resources.source(settings.rerank.model)
    except ModelError as error:
        return [replace(problem, path=path) for problem in error.problems]
    except MissingPackageError:  # told where it is needed
        return []
    if source.profile.family == "encoder" and source.outputs == 1:
        return []
    kind = f"whose head has {source.outputs}" if source.outputs else "without such a head"
    got = f"{settings.rerank.model!r}, a {source.profile.family} model {kind}"
    remedy = "name a cross-encoder, or leave model out: then one is made of the embedder by training"
    return [_problem(path, expected, got, remedy)]


def _check_raft(settings: RetrievalSettings, weights: WeightsSettings | None) -> list[Problem]:
    if settings.raft is None:
        return []
    if weights is None:
        remedy = "add  weights: {method: lora}, or leave raft out"
        return [_problem("retrieval.raft", "weights to train", "an approach without weights", remedy)]
    if settings.raft.otherwise == "answer":
        return []
    path = "retrieval.raft.otherwise"
    if settings.abstain is None:
        return [_problem(path, "a sentence to abstain with", "abstain: null", "write  otherwise: answer")]
    if weights.preference or weights.reinforce or weights.distill:
        got = "another loss than that of answers"
        return [_problem(path, "weights that learn the answers of the rows", got, "write  otherwise: answer")]
    return []


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)
