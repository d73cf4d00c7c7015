"""Plain tables become tasks: the library, the user's own files, promptsource's, and what they cannot take."""

from pathlib import Path
from typing import Any

import pytest
from ticket_desk import Desk, as_csv, as_jsonl, sentence

from metier.core import DataError, UserError
from metier.data import find_template, library_names
from metier.data.templating.filling import Filling
from metier.evaluation import find_metrics

SAMPLES: dict[str, dict[str, Any]] = {
    "entities": {"text": "Ann is in Rome", "entities": '{"city": ["Rome"]}'},
    "field": {"text": "Due on 3 May.", "field": "due", "value": "3 May"},
    "inference": {"premise": "It rains.", "hypothesis": "It is wet.", "label": "entailment"},
    "question": {"question": "Who?", "answer": "Ann"},
    "question-context": {"context": "Ann is here.", "question": "Who?", "answer": "Ann"},
    "reply": {"message": "Help", "reply": "Gladly", "tone": "warm"},
    "report": {"notes": "cough, 3 days", "report": "The patient coughs.", "section": "HPI"},
    "review-opinion": {"review": "It broke", "stars": 1},
    "review-stars": {"review": "It broke", "stars": 2, "title": "Bad"},
    "review-title": {"review": "It broke", "title": "Bad"},
    "sentiment": {"text": "Nice", "label": "POS"},
    "simpler": {"text": "We regret", "simple": "Sorry"},
    "summary": {"text": "Long", "summary": "Short"},
    "topic": {"text": "My card", "label": "card"},
    "translation": {"text": "yes", "translation": "oui"},
    "yes-no": {"passage": "It is red.", "question": "Is it red?", "label": True},
}


def test_the_library_has_enough_in_two_languages() -> None:
    names = library_names()
    tasks = {name.partition(".")[0] for name in names}
    assert len(names) >= 60
    assert len(tasks) >= 12
    assert tasks == set(SAMPLES)
    for task in tasks:
        wordings = [find_template(name, folder=Path()) for name in names if name.startswith(f"{task}.")]
        assert len(wordings) >= 4
        assert {"en", "zh"} <= {language for one in wordings for language in one.languages}
        said = [(one.instruction, one.question) for one in wordings]
        assert len(set(said)) == len(said)


@pytest.mark.parametrize("name", library_names())
def test_every_template_makes_a_task_of_a_row(name: str) -> None:
    template = find_template(name, folder=Path())
    sample = SAMPLES[name.partition(".")[0]]
    filling = Filling(template=template, name=name, columns={one.name: one.name for one in template.variables})
    asked, answer = filling.fill(sample)
    assert asked
    assert answer
    assert asked == filling.question(sample)
    if template.answer_choices:
        assert answer in template.answer_choices
        assert template.words_for(template.answer_choices) == {word: word for word in template.answer_choices}
    assert template.instruction
    assert find_metrics(template.metrics, template.kind, folder=Path())[1] == []


def test_one_wording_words_the_labels_of_another() -> None:
    words = find_template("review-stars.words", folder=Path())
    assert words.words_for(["1 of 5", "5 of 5"]) == {"1 of 5": "very unhappy", "5 of 5": "very happy"}
    assert words.words_for(["a", "b"]) is None


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def reviews(count: int = 60) -> str:
    rows = [("item", sentence(n), n % 5 + 1) for n in range(count)]
    return as_csv([("summary", "reviewText", "overall"), *rows])


def test_a_table_of_reviews_becomes_a_task(desk: Desk) -> None:
    desk.write("reviews.csv", reviews())
    prepared = desk.prepare("reviews.csv", template="review-stars.words")
    assert prepared.task.kind == "classify"
    assert prepared.task.template == "review-stars.words"
    assert prepared.task.instruction.startswith("A customer wrote")
    assert set(prepared.task.labels) == {"very unhappy", "unhappy", "undecided", "happy", "very happy"}
    row = next(e for e in (*prepared.train, *prepared.validation, *prepared.test) if e.id == "reviews.csv:3")
    assert (row.input, row.target) == (f"item\n\n{sentence(2)}", "undecided")
    assert any(said.startswith("Template: review-stars.words") for said in prepared.summary["evidence"])


def test_a_row_without_an_answer_keeps_its_line_in_the_ledger(desk: Desk) -> None:
    desk.write("reviews.csv", reviews() + "item,no stars at all here,\n")
    prepared = desk.prepare("reviews.csv", template="review-stars")
    last = prepared.ledger[-1]
    assert (last.status, len(prepared.ledger)) == ("label_missing", 61)


def test_an_answer_that_a_template_does_not_know_is_told_with_its_line(desk: Desk) -> None:
    desk.write("reviews.csv", reviews() + "item,eleven stars for this,11\nitem,none for this,0\n")
    with pytest.raises(DataError, match=r"2 rows of another form: line 62.*review-stars"):
        desk.prepare("reviews.csv", template="review-stars")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"template": "review-star"}, "did you mean 'review-stars'"),
        ({"template": "yes-no"}, "a column 'passage'"),
        ({"template": {"name": "review-stars", "columns": {"starz": "overall"}}}, "did you mean 'stars'"),
        ({"template": {"name": "review-stars", "columns": {"stars": "overal"}}}, "did you mean 'overall'"),
        ({"template": "none.yaml#a"}, "No such file"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_row(desk: Desk, settings: dict[str, Any], said: str) -> None:
    desk.write("reviews.csv", reviews())
    with pytest.raises(DataError, match=said):
        desk.prepare("reviews.csv", **settings)


def test_columns_of_any_name_can_be_said(desk: Desk) -> None:
    desk.write("r.csv", as_csv([("a", "b"), *[(sentence(n), n % 2) for n in range(60)]]))
    prepared = desk.prepare("r.csv", template={"name": "sentiment", "columns": {"text": "a", "label": "b"}})
    assert prepared.task.labels == ("negative", "positive")
    same = desk.prepare("r.csv", template="sentiment", input="a", target="b")
    assert same.train == prepared.train


PROMPTSOURCE = """
dataset: desk
templates:
  0a-1:
    !Template
    answer_choices: late ||| broken
    id: 0a-1
    jinja: 'Sort: {{text}} ||| {{answer_choices[label]}}'
    metadata: !TemplateMetadata
      choices_in_prompt: false
      languages: [en]
      metrics: [Accuracy, Other]
      original_task: true
    name: sort it
    reference: ours
  0a-2: !Template
    jinja: '{{ text.__class__ }} ||| no'
    name: hostile
"""


def test_promptsources_templates_are_read_and_hostile_ones_left_out(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "theirs.yaml").write_text(PROMPTSOURCE)
    desk.write("r.jsonl", as_jsonl([{"text": sentence(n), "label": n % 2} for n in range(60)]))
    prepared = desk.prepare("r.jsonl", template="theirs.yaml#sort it")
    first = next(e for e in (*prepared.train, *prepared.validation, *prepared.test) if e.id == "r.jsonl:2")
    assert (first.input, first.target) == (f"Sort: {sentence(1)}", "broken")
    template = find_template("theirs.yaml#sort it", folder=tmp_path)
    assert (template.metrics, template.languages, template.kind) == (("accuracy",), ("en",), "classify")
    with pytest.raises(UserError, match="'hostile'"):
        find_template("theirs.yaml#hostile", folder=tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "templates: !!python/object/apply:os.system ['touch made']",
        "templates: {a: !Other {jinja: a ||| b}}",
        "a: &a [x]\ntemplates: {<<: {b: 1}}",
        "templates: [1]",
        "nothing: here",
        "templates: {a: !Template {jinja: '{{ x.__class__ }} ||| b'}}",
        "task: x\ntitle: t\nkind: classify\nvariables: {}\ninput: a\ntarget: '{{ b }}'\ntemplates: {p: {}}",
        "task: x\ntitle: t\nkind: classify\nvariables: {}\ninput: a\ntarget: b\ntemplates: {p: {question: no}}",
        "templates: {",
    ],
)
def test_a_file_that_is_not_let_in_is_refused_and_runs_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.yaml").write_text(content)
    with pytest.raises(UserError) as refused:
        find_template("bad.yaml", folder=tmp_path)
    assert refused.value.problems[0].remedy
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.yaml"]
