"""Measures by their definitions, on rankings small enough to work out by hand."""

import math

import pytest

from metier.core import Example, Passage, Prediction
from metier.retrieval import doubtful_column, gold_column, measured, measured_answers, named
from metier.retrieval.measures import answer_in_context, hit, ndcg, recall, reciprocal_rank


def test_rankings_are_measured_by_hand() -> None:
    ranking, right = ["a", "b", "a", "c", "d"], {"b", "d"}
    assert recall(ranking, right, k=2) == 0.5
    assert recall(ranking, right, k=5) == 1.0
    assert (hit(ranking, right, k=1), hit(ranking, right, k=2)) == (0.0, 1.0)
    assert reciprocal_rank(ranking, right) == 0.5
    expected = (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    assert ndcg(ranking, right, k=5) == pytest.approx(expected)
    assert (recall([], right, k=3), reciprocal_rank([], right), ndcg([], right, k=3)) == (0.0, 0.0, 0.0)


def test_ndcg_is_scikit_learns() -> None:
    from sklearn.metrics import ndcg_score

    names, right = list("abcdefgh"), {"b", "c", "g"}
    relevant = [[float(name in right) for name in names]]
    scores = [[float(-place) for place in range(len(names))]]
    for k in (1, 3, 8):
        assert ndcg(names, right, k=k) == pytest.approx(ndcg_score(relevant, scores, k=k))


@pytest.mark.parametrize(
    ("answer", "context", "found"),
    [
        ("Sixty days.", "it lasts SIXTY  days", 1.0),
        ("60 days", "160 days", 0.0),
        ("naïve", "a naive guess", 1.0),
        ("", "anything", 0.0),
        ("...", "anything", 0.0),
    ],
)
def test_an_answer_stands_in_a_context_word_for_word(answer: str, context: str, found: float) -> None:
    assert answer_in_context(answer, ["something else", context]) == found


def row(number: int, *passages: str, article: str = "a.md", target: str = "sixty") -> Example:
    found = tuple(Passage(id=f"{name}:{i}", text=f"text of {name}", document=name) for i, name in enumerate(passages))
    return Example(id=str(number), input="?", target=target, passages=found, fields={"n": number, "article": article})


def test_the_column_that_names_documents_is_found_by_its_values() -> None:
    rows = [row(i, article="a.md" if i % 2 else "a.md, b.md") for i in range(20)]
    assert gold_column(rows, {"a.md", "b.md"}) == "article"
    assert gold_column(rows, {"c.md"}) is None
    assert gold_column([], {"a.md"}) is None


def test_passages_are_measured_against_their_rows() -> None:
    found = measured([row(1, "a.md", "b.md"), row(2, "b.md", "a.md"), row(3, "c.md"), row(4)], column="article")
    assert (found.questions, found.with_passages) == (4, 3)
    assert (found.scores["hit@1"].value, found.scores["hit@k"].value, found.scores["mrr"].value) == (0.25, 0.5, 0.375)
    assert found.scores["answer_in_context"].value == 0.0
    assert found.scores["hit@1"].low < 0.25 < found.scores["hit@1"].high
    assert "'article'" in found.sentences(k=2)[0]


def test_rows_whose_answer_is_that_there_is_none_count_as_rightly_abstained() -> None:
    rows = [
        row(1, article=""),
        row(2, article="", target="Not in the documents"),
        row(3, article="", target="Not in the documents."),
    ]
    answers = [Prediction(id=str(n), text=text) for n, text in enumerate(["a", "not in the documents.", "b"], 1)]
    scores = measured_answers(rows, answers, column=None, abstain="Not in the documents.").scores
    assert scores["abstained_rightly"].value == 0.5
    assert "abstained_wrongly" not in scores
    asked = [row(1, "a.md", target="text of a.md"), row(2, "b.md", target="Not in the documents.")]
    found = measured(asked, column=None, abstain="Not in the documents.")
    assert found.scores["answer_in_context"].value == 1.0


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("terms, conditions.md, b.md", {"terms, conditions.md", "b.md"}),
        ("p1, p2", {"p1", "p2"}),
        ("a.csv#x 1,b.md", {"a.csv#x 1", "b.md"}),
        ("a.md, ", {"a.md"}),
        (None, set()),
    ],
)
def test_names_of_files_may_hold_commas(value: str | None, names: set[str]) -> None:
    assert named(Example(id="1", input="", fields={"article": value}), "article") == names


def test_a_column_that_names_some_documents_is_doubted_aloud() -> None:
    rows = [row(number, article="a.md" if number % 2 else "aa.md") for number in range(10)]
    assert "'article' names documents in 5 of 10" in doubtful_column(rows, {"a.md"})
    assert "'aa.md'" in doubtful_column(rows, {"a.md"})
    assert doubtful_column(rows, {"a.md", "aa.md"}) == doubtful_column(rows, {"z"}) == doubtful_column([], {"z"}) == ""


def test_answers_are_measured_with_their_citations_and_abstentions() -> None:
    rows = [row(1), row(2), row(3)]
    answers = [
        Prediction(id="1", text="x", contexts=("sixty",), context_ids=("a.md:1",), citations=("a.md:1", "b.md:1")),
        Prediction(id="2", text="not in the documents", contexts=("no",), context_ids=("b.md:1",)),
        Prediction(id="3", text="Not in the documents."),
    ]
    found = measured_answers(rows, answers, column="article", abstain="Not in the documents.")
    values = {name: score.value for name, score in found.scores.items()}
    assert values["abstained"] == pytest.approx(2 / 3)
    assert values["abstained_rightly"] == 1.0, "of two rows whose document was not found"
    assert values["abstained_wrongly"] == 0.0
    assert values["cited"] == pytest.approx(1 / 3)
    assert values["citation_precision"] == 0.5
    assert values["hit@1"] == pytest.approx(1 / 3)
    assert values["answer_in_context"] == pytest.approx(1 / 3)
