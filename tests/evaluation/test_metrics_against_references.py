"""Every metric equals the implementation that the field uses, on 200 random cases."""

import string
import warnings
from collections import Counter

import numpy as np
import pytest
from made_up_answers import LABELS, draw_labels, draw_texts
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.chrf import CHRF
from sklearn.metrics import accuracy_score, f1_score

from metier.evaluation import METRICS

CASES = range(200)


@pytest.mark.parametrize(("name", "average"), [("macro_f1", "macro"), ("micro_f1", "micro")])
def test_f1_is_scikit_learns(name: str, average: str):
    for case in CASES:
        rng = np.random.default_rng(case)
        n = int(rng.integers(1, 30))  # few items: some labels never occur, some only among the answers
        targets, answers = draw_labels(rng, n), draw_labels(rng, n, (*LABELS, "not a label"))
        with warnings.catch_warnings(action="ignore"):  # scikit-learn warns where fewer than two labels occur
            expected = f1_score(targets, answers, average=average, zero_division=0)
        assert METRICS.get(name).point(targets, answers, LABELS) == pytest.approx(expected, abs=1e-12)


def test_accuracy_is_scikit_learns():
    for case in CASES:
        rng = np.random.default_rng(case)
        targets, answers = draw_labels(rng, 20), draw_labels(rng, 20)
        assert METRICS.get("accuracy").point(targets, answers) == accuracy_score(targets, answers)


def test_chrf_is_sacrebleus():
    for case in CASES:
        rng = np.random.default_rng(case)
        n = int(rng.integers(1, 12))
        targets, answers = draw_texts(rng, n), draw_texts(rng, n)
        expected = CHRF().corpus_score(answers, [targets]).score / 100
        assert METRICS.get("chrf").point(targets, answers) == pytest.approx(expected, abs=1e-9)


def test_rouge_l_is_rouge_scores():
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    for case in CASES:
        rng = np.random.default_rng(case)
        targets, answers = draw_texts(rng, 5), draw_texts(rng, 5)
        pairs = zip(targets, answers, strict=True)
        expected = np.mean([scorer.score(target, answer)["rougeL"].fmeasure for target, answer in pairs])
        assert METRICS.get("rouge_l").point(targets, answers) == pytest.approx(expected, abs=1e-9)


def squad_words(text: str) -> list[str]:
    """SQuAD's normalisation, written once more another way: by characters and words instead of patterns."""
    kept = "".join(character for character in text.lower() if character not in string.punctuation)
    return [word for word in kept.split() if word not in ("a", "an", "the")]


def test_squad_metrics_follow_the_definition():
    for case in CASES:
        rng = np.random.default_rng(case)
        (target,), (answer,) = draw_texts(rng, 1), draw_texts(rng, 1)
        wanted, given = squad_words(target), squad_words(answer)
        common = sum((Counter(wanted) & Counter(given)).values())
        precision, recall = common / max(len(given), 1), common / max(len(wanted), 1)
        expected = 2 * precision * recall / (precision + recall) if common else float(wanted == given == [])
        assert METRICS.get("token_f1").point([target], [answer]) == pytest.approx(expected, abs=1e-12)
        assert METRICS.get("exact_match").point([target], [answer]) == float(wanted == given)


def test_known_squad_values():
    exact, f1 = METRICS.get("exact_match"), METRICS.get("token_f1")
    assert exact.point(["The Broncos"], ["broncos."]) == 1
    assert f1.point(["Denver Broncos"], ["the Denver team"]) == pytest.approx(0.5)
    assert f1.point(["gold gold"], ["gold"]) == pytest.approx(2 / 3)
