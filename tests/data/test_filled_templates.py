"""Rows out of a user's templates: slots filled from lists, marked pieces and columns, with the right answer."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from metier.core import Example, Task
from metier.core.tasks.extract import Span, spans_in, target_of
from metier.data.augmenting import AugmentSettings, FillSettings, check_fill, filler, make_rows, unfilled

SORT = Task(kind="classify", instruction="", labels=("order", "refund"))
ROWS = [
    Example(id=f"r{n}", input=f"text {n}", target="order", fields={"shop": f"shop {n % 3}"}, group=f"g{n}")
    for n in range(20)
]


def settings(*templates: dict[str, Any], **slots: Any) -> FillSettings:
    return FillSettings.model_validate({"templates": templates, "slots": slots})


def made(fill: FillSettings, rows: list[Example], task: Task, share: float = 1.0) -> Any:
    augment = AugmentSettings(edits=(), fill=fill, share=share)
    writers = {"fill": filler(fill, rows, task, seed=0)}
    return make_rows(rows, augment, copies=False, taken=[], seed=0, writers=writers)


def test_slots_are_filled_from_lists_and_columns_and_the_label_stays() -> None:
    fill = settings(
        {"input": "Where is my {product} from {shop}?", "target": "order"},
        {"input": "I want my money back for the {product}.", "target": "refund"},
        product=["kettle", "lamp", "desk"],
    )
    found = made(fill, ROWS, SORT, share=3.0)
    texts = {row.example.input: row for row in found.rows}
    assert len(texts) == 12  # nine of the first, three of the second; repetitions are thrown away
    assert found.thrown["repeats of a row"] > 0
    row = texts["I want my money back for the lamp."]
    assert (row.example.target, row.sources, row.how) == ("refund", (), "fill")
    assert row.example.group is None
    (row,) = [row for text, row in texts.items() if text == "Where is my desk from shop 2?"]
    assert row.example.target == "order"
    (source,) = row.sources
    assert int(source[1:]) % 3 == 2
    assert row.example.fields == {"made_from": (source,), "made_by": "fill"}


def test_a_slot_named_like_a_label_becomes_a_piece() -> None:
    texts = ["Two of us on Monday", "Nine people on Friday"]
    spans = [[Span(0, 3, "people"), Span(13, 19, "day")], [Span(0, 4, "people"), Span(15, 21, "day")]]
    rows = [
        Example(id=f"r{n}", input=text, target=target_of(text, some))
        for n, (text, some) in enumerate(zip(texts, spans, strict=True))
    ]
    task = Task(kind="extract", instruction="", labels=("people", "day"))
    fill = settings({"input": "{greeting}, a table for {people} on {day}, {people}!"}, greeting=["Hi", "你好"])
    found = made(fill, rows, task, share=3.0)
    assert len(found.rows) >= 3
    for row in found.rows:
        pieces = [(span.label, row.example.input[span.start : span.end]) for span in spans_in(row.example.target)]
        people = pieces[0][1]
        assert pieces == [("people", people), ("day", pieces[1][1]), ("people", people)]
        assert people in {"Two", "Nine"}
        assert pieces[1][1] in {"Monday", "Friday"}
        assert set(row.sources) <= {"r0", "r1"}


def test_answers_that_are_texts_and_sets_are_filled_too() -> None:
    fill = settings({"input": "Where is the {thing}?", "target": "The {thing} is on its way."}, thing=["lamp"])
    (row,) = made(fill, ROWS, Task(kind="generate", instruction="")).rows
    assert (row.example.input, row.example.target) == ("Where is the lamp?", "The lamp is on its way.")
    fill = settings({"input": "The {thing} is late and broken", "target": ["late", "broken"]}, thing=["lamp"])
    (row,) = made(fill, ROWS, Task(kind="multilabel", instruction="", labels=("late", "broken"))).rows
    assert json.loads(row.example.target) == ["broken", "late"]


def test_values_of_a_row_are_for_the_same_readers() -> None:
    rows = [
        Example(
            id=f"{who}{n}",
            input=f"{who} {n}",
            target="order",
            readers=(who,),
            fields={"a": f"{who} a{n}", "b": f"{who} b{n}"},
        )
        for who in ("ann", "bob")
        for n in range(5)
    ]
    found = made(settings({"input": "{a} and {b}", "target": "order"}), rows, SORT, share=2.0)
    assert len(found.rows) > 5
    for row in found.rows:
        first, second = row.example.input.split(" and ")
        assert first.split()[0] == second.split()[0]
        assert row.example.readers == (first.split()[0],)


def test_the_same_seed_makes_the_same_rows() -> None:
    fill = settings({"input": "{shop} again, {word}", "target": "order"}, word=[f"w{n}" for n in range(50)])
    assert made(fill, ROWS, SORT) == made(fill, ROWS, SORT)


def test_slots_that_nothing_fills_are_named() -> None:
    fill = settings({"input": "{shop} {city} {thing}", "target": "order"}, thing=["lamp"])
    assert unfilled(fill, ROWS, SORT) == ["city"]


@pytest.mark.parametrize(
    ("kind", "template", "expected"),
    [
        ("classify", {"input": "a {x}"}, "the label of its rows"),
        ("classify", {"input": "a {x}", "target": "ordr"}, "labels of the task"),
        ("classify", {"input": "a {x}", "target": ["order", "refund"]}, "one label"),
        ("multilabel", {"input": "a {x}", "target": ["order", "gone"]}, "labels of the task"),
        ("regress", {"input": "a {x}", "target": "many"}, "a number"),
        ("generate", {"input": "a {x}", "target": "b {y}"}, "slots of the template's input"),
        ("extract", {"input": "a {x}"}, "a slot named like a label"),
        ("extract", {"input": "a {order}", "target": "order"}, "none: its pieces"),
    ],
)
def test_wrong_templates_are_refused(kind: Any, template: dict[str, Any], expected: str) -> None:
    task = Task(kind=kind, instruction="", labels=("order", "refund") if kind != "regress" else ())
    (problem,) = check_fill(settings(template, x=["1"]), task)
    assert problem.expected.startswith(expected)
    assert problem.path.startswith("augment.fill.templates.0.target")


def test_right_templates_are_not() -> None:
    fill = settings({"input": "a {x}", "target": "4.5"}, x=["1"])
    assert check_fill(fill, Task(kind="regress", instruction="")) == []
    with pytest.raises(ValidationError):
        AugmentSettings.model_validate({"edits": []})
    with pytest.raises(ValidationError):
        AugmentSettings.model_validate({"fill": {"templates": []}})
