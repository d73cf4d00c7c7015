"""What every kind of task promises, and how answers of the structured kinds are written and read."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.core import TaskKind
from metier.core.broken_json import loads_whatever
from metier.core.tasks import FORMS, form_of
from metier.core.tasks.extract import Span, spans_in, target_of, without_overlaps

EXTRACT = form_of("extract")
LABELS = ("Disease", "Drug")


def test_every_kind_has_a_file():
    assert sorted(get_args(TaskKind)) == FORMS.names()


@pytest.mark.parametrize("kind", FORMS.names())
def test_a_kind_is_told_measured_and_has_floors(kind: TaskKind):
    form = form_of(kind)
    assert form.instruction
    assert form.metrics
    assert form.floors
    assert form.structured == bool(form.told) == (form.lark is not None)


def words_and_spans() -> st.SearchStrategy[tuple[str, str]]:
    """A text, and a target with spans of whole words that do not overlap, each word another."""

    def build(words: list[str], cuts: list[int]) -> tuple[str, str]:
        text, places, at = " ".join(words), [], 0
        for word in words:
            places.append((at, at + len(word)))
            at += len(word) + 1
        edges = sorted({cut % (len(words) + 1) for cut in cuts})
        spans = [
            Span(places[a][0], places[b - 1][1], LABELS[number % 2])
            for number, (a, b) in enumerate(zip(edges[::2], edges[1::2], strict=False))
        ]
        return text, target_of(text, spans)

    word = st.text(alphabet='abc"\\{[,é', min_size=1, max_size=5)
    return st.builds(
        build, st.lists(word, min_size=1, max_size=12, unique=True), st.lists(st.integers(0, 99), max_size=6)
    )


@given(words_and_spans())
def test_what_is_written_of_spans_is_read_back(case: tuple[str, str]):
    text, target = case
    found = EXTRACT.read(EXTRACT.written(target), text, LABELS)
    assert found.whole
    quoted = [(span.label, text[span.start : span.end]) for span in spans_in(found.target)]
    assert sorted(quoted) == sorted((span.label, text[span.start : span.end]) for span in spans_in(target))


def test_a_quote_gives_way_to_one_that_stands_nowhere_else():
    found = EXTRACT.read('{"Drug": ["b c", "a b"]}', "a b c then b c", ("Drug",))
    assert found.whole
    assert spans_in(found.target) == [Span(0, 3, "Drug"), Span(11, 14, "Drug")]


@pytest.mark.parametrize(
    ("answer", "places", "whole"),
    [
        ('{"Drug": ["aspirin"]}', [(13, 20, "Drug")], True),
        ('{"Drug": ["ASPIRIN", "aspirin"]}', [(13, 20, "Drug"), (36, 43, "Drug")], True),
        (f'{{"Drug": {json.dumps(["aspirin"] * 4)}}}', [(0, 7, "Drug"), (13, 20, "Drug"), (36, 43, "Drug")], False),
        ('{"Drug": ["ibuprofen"]}', [], False),
        ('{"Plant": ["aspirin"]}', [], False),
        ('{"Disease": ["ache", "headache"]}', [(22, 30, "Disease")], False),  # the long one first: no ache is left
        ('```json\n{"Drug": ["aspirin"]}\n```', [(13, 20, "Drug")], True),
        ('{"Drug": ["aspirin", "asp', [(13, 20, "Drug")], False),
        ('{"Drug": "aspirin"}', [(13, 20, "Drug")], True),
        ("aspirin", [], False),
        ("{}", [], True),
    ],
)
def test_quotes_are_looked_up_in_the_text(answer: str, places: list[tuple[int, int, str]], whole: bool):
    text = "Aspirinlike: aspirin, headache, but aspirin."
    found = EXTRACT.read(answer, text, LABELS)
    assert (spans_in(found.target), found.whole) == (places, whole)


def test_overlaps_give_way_to_the_longest():
    spans = [Span(0, 4, "a"), Span(2, 9, "b"), Span(9, 12, "c"), Span(9, 12, "a")]
    assert without_overlaps(spans) == [Span(2, 9, "b"), Span(9, 12, "a")]


def test_targets_are_shown_to_people_and_programs():
    target = target_of("two pizzas", [Span(0, 3, "number")])
    assert EXTRACT.shown(target) == "number: two"
    assert EXTRACT.shown("[]") == "(nothing)"
    assert EXTRACT.value(target) == [{"start": 0, "end": 3, "label": "number", "text": "two"}]
    assert EXTRACT.labels_of(target) == ("number",)


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_whole_json_is_read_whole_and_no_cut_breaks_the_reader(value: object):
    text = json.dumps(value)
    assert loads_whatever(text) == (value, True)
    loads_whatever(text[: len(text) // 2])
