"""Embedders that want words before their texts, and rerankers that somebody else has trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import MakeResources

from metier.approaches import ApproachSettings, Resources, build, check, load
from metier.approaches.grounding.retrievers import embedder_of, reranker_of
from metier.approaches.prompting.asking import PromptedSystem
from metier.core import Example
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.retrieval import RerankSettings, RetrievalSettings


def settings(**parts: Any) -> RetrievalSettings:
    return RetrievalSettings(k=2, chunk_tokens=64, overlap=0, oracles=0, **parts)


@pytest.fixture(scope="module")
def cross_encoder(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny cross-encoder: an encoder whose head has one output."""
    from transformers import AutoModelForSequenceClassification

    folder = Path(shutil.copytree(tiny_encoder, tmp_path_factory.mktemp("ready") / "cross"))
    AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1).save_pretrained(folder)
    return folder


def test_what_stands_before_questions_and_passages_is_counted(resources: Resources, tmp_path: Path) -> None:
    plain = embedder_of(tmp_path, resources, settings())
    prefixed = embedder_of(tmp_path, resources, settings(question_prefix="query: ", passage_prefix="passage: "))
    assert abs(prefixed.embed(["a card"]) - plain.embed(["passage: a card"])).max() < 1e-6
    assert abs(prefixed.embed_questions(["a card"]) - plain.embed(["query: a card"])).max() < 1e-6
    assert prefixed.longest == plain.longest - plain.count("passage: ")
    assert prefixed.fingerprint != plain.fingerprint
    other = embedder_of(tmp_path, resources, settings(question_prefix="query: "))
    assert other.fingerprint == plain.fingerprint, "no vector that is kept depends on it"


def test_the_embedders_folder_says_them_unless_the_recipe_does(
    make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "e5")
    prompts = {"prompts": {"query": "query: ", "passage": "passage: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    resources = make_resources()
    resources.embedder = str(folder)
    assert embedder_of(tmp_path, resources, settings()).prefixes == ("query: ", "passage: ")
    assert embedder_of(tmp_path, resources, settings(question_prefix="")).prefixes == ("", "passage: ")


def test_a_ready_reranker_is_used_as_it_is_and_judged(
    datasets: dict[str, Dataset], with_documents: Resources, tmp_path: Path, cross_encoder: Path
) -> None:
    dataset, folder = datasets["generate"], tmp_path / "rag"
    asked = settings(rerank=RerankSettings(model=str(cross_encoder), train=False, candidates=3))
    help_ = PromptSettings(max_new_tokens=4, sensitivity=0)
    built = build("rag", ApproachSettings(retrieval=asked, prompt=help_), dataset, with_documents, folder)
    assert built.record.rows_in_weights == 0
    assert any("reranks as it is. On validation hit@1 went from" in note for note in built.record.notes)
    assert not (folder / "reranker").exists()
    assert json.loads((folder / "retrieval.json").read_text())["trained"]["reranker"]["kept"]
    system = load(folder, dataset.task, with_documents)
    assert isinstance(system, PromptedSystem)
    assert system.grounding is not None
    ranked = system.grounding.index.search("who looks after my card", asker=frozenset("*")).passages
    reranker = reranker_of(folder, with_documents, asked)
    assert reranker is not None
    ratings = reranker.rate("who looks after my card", [f"{one.title}\n{one.text}" for one in ranked])
    assert ratings == sorted(ratings, reverse=True)
    assert len(set(ratings)) > 1
    assert system.predict([Example(id="a", input="my card")])[0].contexts


def test_a_ready_reranker_that_is_trained_stands_on_its_own_weights(
    datasets: dict[str, Dataset], with_documents: Resources, tmp_path: Path, cross_encoder: Path
) -> None:
    shape = {"epochs": 1, "batch_size": 8, "negatives": 1, "max_pairs": 16, "candidates": 3}
    asked = settings(rerank=RerankSettings(model=str(cross_encoder), **shape))
    assert reranker_of(tmp_path, with_documents, asked) is None
    folder, help_ = tmp_path / "rag", PromptSettings(max_new_tokens=4, sensitivity=0)
    build("rag", ApproachSettings(retrieval=asked, prompt=help_), datasets["generate"], with_documents, folder)
    told = json.loads((folder / "retrieval.json").read_text())["trained"]["reranker"]
    assert told["pairs"] == 16
    assert told["kept"] == (folder / "reranker" / "weights").is_dir()
    assert (reranker_of(folder, with_documents, asked) is not None) == told["kept"]


def test_what_is_no_cross_encoder_is_refused_before_any_work(with_documents: Resources, tiny_encoder: Path) -> None:
    for name, got in (
        (str(tiny_encoder), "without such a head"),
        (with_documents.model, "a causal model"),
        ("bultin", "none of these"),
    ):
        asked = ApproachSettings(retrieval=settings(rerank=RerankSettings(model=name)))
        (problem,) = check("rag", asked, None, with_documents, kind="classify")
        assert problem.path == "approaches.rag.retrieval.rerank.model"
        assert got in problem.got
    with pytest.raises(ValueError, match="a ready cross-encoder as model"):
        RerankSettings(train=False)
