"""Every metric equals the implementation that the field uses, on random cases: 200, and 1,000 with the slow ones."""

import json
import string
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from made_up_answers import LABELS, draw_labels, draw_shares, draw_texts
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from seqeval.metrics import f1_score as seqeval_f1
from seqeval.metrics.sequence_labeling import get_entities
from sklearn import metrics as sklearn_metrics

from metier.evaluation import METRICS

pytestmark = [
    pytest.mark.parametrize("cases", [range(200), pytest.param(range(200, 1000), marks=pytest.mark.slow)], ids=str),
    pytest.mark.filterwarnings("ignore"),  # scikit-learn and seqeval warn where a class does not occur
]
EXACT = 1e-9

OF_LABELS: dict[str, Callable[..., float]] = {
    "accuracy": sklearn_metrics.accuracy_score,
    "macro_f1": lambda t, a: sklearn_metrics.f1_score(t, a, average="macro", zero_division=0),
    "micro_f1": lambda t, a: sklearn_metrics.f1_score(t, a, average="micro", zero_division=0),
    "weighted_f1": lambda t, a: sklearn_metrics.f1_score(t, a, average="weighted", zero_division=0),
    "balanced_accuracy": sklearn_metrics.balanced_accuracy_score,
    "mcc": sklearn_metrics.matthews_corrcoef,
}


@pytest.mark.parametrize("name", OF_LABELS)
def test_metrics_of_labels_are_scikit_learns(name: str, cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        n = int(rng.integers(1, 30))  # few items: some labels never occur, some only among the answers
        targets, answers = draw_labels(rng, n), draw_labels(rng, n, (*LABELS, "not a label"))
        expected = OF_LABELS[name](targets, answers)
        assert METRICS.get(name).point(targets, answers, LABELS) == pytest.approx(expected, abs=EXACT)


def of_shares(name: str, targets: list[str], shares: np.ndarray, labels: tuple[str, ...]) -> float:
    metric = METRICS.get(name)
    assert metric.of_shares is not None
    return float(metric.values(metric.of_shares(targets, shares, labels), np.ones((1, len(targets))))[0])


OF_SHARES: dict[str, Callable[..., float]] = {
    "auroc": lambda t, s, k: sklearn_metrics.roc_auc_score(
        t, s if len(k) > 2 else s[:, 1], multi_class="ovr", labels=k if len(k) > 2 else None
    ),
    "brier": lambda t, s, k: sklearn_metrics.brier_score_loss(
        t, s if len(k) > 2 else s[:, 1], labels=k, pos_label=None if len(k) > 2 else k[1], scale_by_half=True
    ),
    "top_3": lambda t, s, k: sklearn_metrics.top_k_accuracy_score(t, s if len(k) > 2 else s[:, 1], k=3, labels=k),
}


@pytest.mark.parametrize("labels", [LABELS, LABELS[:2]], ids=["four labels", "two labels"])
@pytest.mark.parametrize("name", OF_SHARES)
def test_metrics_of_probabilities_are_scikit_learns(name: str, labels: tuple[str, ...], cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        targets = [*labels, *draw_labels(rng, int(rng.integers(1, 30)), labels)]
        shares = draw_shares(rng, len(targets), len(labels))
        expected = OF_SHARES[name](targets, shares, labels)
        assert of_shares(name, targets, shares, labels) == pytest.approx(expected, abs=EXACT)


def test_ties_of_probabilities_are_scikit_learns(cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        shares = np.round(draw_shares(rng, 20), 1)
        shares /= shares.sum(axis=1, keepdims=True)
        targets = [*LABELS, *draw_labels(rng, 16)]
        expected = OF_SHARES["auroc"](targets, shares, LABELS)
        assert of_shares("auroc", targets, shares, LABELS) == pytest.approx(expected, abs=EXACT)


def test_weights_of_auroc_are_scikit_learns_sample_weights(cases: range):
    metric = METRICS.get("auroc")
    assert metric.of_shares is not None
    for case in cases[::5]:
        rng = np.random.default_rng(case)
        targets, shares, weights = [*LABELS, *draw_labels(rng, 20)], draw_shares(rng, 24), rng.integers(1, 4, size=24)
        truth = [[target == label for label in LABELS] for target in targets]
        areas = [
            sklearn_metrics.roc_auc_score(is_class, share, sample_weight=weights)
            for is_class, share in zip(np.array(truth).T, shares.T, strict=True)
        ]
        found = metric.values(metric.of_shares(targets, shares, LABELS), weights[None].astype(float))
        assert found[0] == pytest.approx(np.mean(areas), abs=EXACT)


def test_calibration_error_follows_the_definition(cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        targets, shares = draw_labels(rng, 40), draw_shares(rng, 40)
        best, right = shares.max(axis=1), [LABELS[i] == t for i, t in zip(shares.argmax(axis=1), targets, strict=True)]
        total = 0.0
        for k in range(10):
            inside = [i for i in range(40) if k / 10 < best[i] <= (k + 1) / 10]
            if inside:
                total += abs(np.mean([right[i] for i in inside]) - best[inside].mean()) * len(inside) / 40
        assert of_shares("ece", targets, shares, LABELS) == pytest.approx(total, abs=EXACT)


def test_coverage_follows_the_definition(cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        n = int(rng.integers(1, 40))
        best = rng.random(n) * 0.5 + 0.5
        shares = np.column_stack([best, 1 - best])
        right = rng.random(n) < best
        targets = ["no" if is_right else "yes" for is_right in right]
        ranked = right[np.argsort(-best)]
        enough = [k / n for k in range(1, n + 1) if ranked[:k].mean() >= 0.9]
        expected = max(enough, default=0.0)
        assert of_shares("coverage_at_90", targets, shares, ("no", "yes")) == pytest.approx(expected, abs=EXACT)


def test_chrf_is_sacrebleus(cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        n = int(rng.integers(1, 8))
        targets, answers = draw_texts(rng, n), draw_texts(rng, n)
        expected = CHRF().corpus_score(answers, [targets]).score / 100
        assert METRICS.get("chrf").point(targets, answers) == pytest.approx(expected, abs=EXACT)


def test_bleu_is_sacrebleus(cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        n = int(rng.integers(1, 8))
        targets = draw_texts(rng, n)
        answers = [" ".join(text.split()[: int(rng.integers(9))]) for text in draw_texts(rng, n)]
        if case % 2:  # now and then as long as the target, with all but a few words right
            answers = [text if rng.random() < 0.6 else other for text, other in zip(targets, answers, strict=True)]
        expected = BLEU().corpus_score(answers, [targets]).score / 100
        assert METRICS.get("bleu").point(targets, answers) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(("name", "kind"), [("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")])
def test_rouge_is_rouge_scores(name: str, kind: str, cases: range):
    scorer = RougeScorer([kind], use_stemmer=False)
    for case in cases:
        rng = np.random.default_rng(case)
        targets, answers = draw_texts(rng, 5), draw_texts(rng, 5)
        pairs = zip(targets, answers, strict=True)
        expected = np.mean([scorer.score(target, answer)[kind].fmeasure for target, answer in pairs])
        assert METRICS.get(name).point(targets, answers) == pytest.approx(expected, abs=EXACT)


TAGS = ("O", "O", "B-drug", "I-drug", "B-pain", "I-pain")


def as_spans(tags: list[str]) -> str:
    return json.dumps([{"type": kind, "start": first, "end": last + 1} for kind, first, last in get_entities(tags)])


@pytest.mark.parametrize(("name", "average"), [("span_f1", "micro"), ("span_macro_f1", "macro")])
def test_span_f1_is_seqevals(name: str, average: str, cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        truth = [[str(tag) for tag in rng.choice(TAGS, size=8)] for _ in range(4)]
        found = [[tag if rng.random() < 0.8 else str(rng.choice(TAGS)) for tag in tags] for tags in truth]
        expected = seqeval_f1(truth, found, average=average, zero_division=0)
        targets, answers = [as_spans(tags) for tags in truth], [as_spans(tags) for tags in found]
        assert METRICS.get(name).point(targets, answers) == pytest.approx(expected, abs=EXACT)


def test_ndcg_is_scikit_learns(cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        n = int(rng.integers(2, 16))
        documents = [f"d{i}" for i in range(n)]
        relevant = rng.choice(documents, size=int(rng.integers(1, n)), replace=False).tolist()
        ranked = rng.permutation(documents).tolist()
        truth, place = [[d in relevant for d in documents]], [[-ranked.index(d) for d in documents]]
        expected = sklearn_metrics.ndcg_score(truth, place, k=10)
        found = METRICS.get("ndcg_at_10").point([json.dumps(relevant)], [json.dumps(ranked)])
        assert found == pytest.approx(expected, abs=EXACT)
        assert METRICS.get("mrr").point(["\n".join(relevant)], ["\n".join(ranked)]) == pytest.approx(
            1 / min(ranked.index(d) + 1 for d in relevant)
        )
        first_five = sum(d in ranked[:5] for d in relevant) / len(relevant)
        assert METRICS.get("recall_at_5").point([json.dumps(relevant)], [json.dumps(ranked)]) == pytest.approx(
            first_five
        )
        assert METRICS.get("hit_at_1").point([json.dumps(relevant)], [json.dumps(ranked)]) == (ranked[0] in relevant)


def levenshtein(first: str, second: str) -> int:
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        corner, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (a != b))
    return row[-1]


def test_edit_distance_follows_the_definition(cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        target, answer = draw_texts(rng, 2)
        expected = levenshtein(target, answer) / max(len(target), len(answer), 1)
        assert METRICS.get("edit_distance").point([target], [answer]) == pytest.approx(expected, abs=EXACT)


def squad_words(text: str) -> list[str]:
    """SQuAD's normalisation, written once more another way: by characters and words instead of patterns."""
    kept = "".join(character for character in text.lower() if character not in string.punctuation)
    return [word for word in kept.split() if word not in ("a", "an", "the")]


def test_squad_metrics_follow_the_definition(cases: range):
    for case in cases:
        rng = np.random.default_rng(case)
        (target,), (answer,) = draw_texts(rng, 1), draw_texts(rng, 1)
        wanted, given = squad_words(target), squad_words(answer)
        common = sum((Counter(wanted) & Counter(given)).values())
        precision, recall = common / max(len(given), 1), common / max(len(wanted), 1)
        expected = 2 * precision * recall / (precision + recall) if common else float(wanted == given == [])
        assert METRICS.get("token_f1").point([target], [answer]) == pytest.approx(expected, abs=1e-12)
        assert METRICS.get("exact_match").point([target], [answer]) == float(wanted == given)
