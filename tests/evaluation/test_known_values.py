"""Metrics on cases that a person can check by head."""

import pytest

from metier.evaluation import METRICS


def of(name: str, target: str, answer: str) -> float:
    return METRICS.get(name).point([target], [answer])


def test_squad():
    assert of("exact_match", "The Broncos", "broncos.") == 1
    assert of("token_f1", "Denver Broncos", "the Denver team") == pytest.approx(0.5)
    assert of("token_f1", "gold gold", "gold") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("target", "answer", "same", "near"),
    [
        ("18", "She makes 9 * 2 = $18 every day.", 1, 1),
        ("1,234.50", "1234.5", 1, 1),
        ("-3", "the range is 5-3", 0, 0),
        ("100", "104", 0, 1),
        ("100", "106", 0, 0),
        ("0", "0.0", 1, 1),
        ("\u22125", "-5", 1, 1),
        ("3e2", "300", 1, 1),
        ("none", "None.", 1, 1),
        ("7", "I do not know", 0, 0),
    ],
)
def test_numbers(target: str, answer: str, same: float, near: float):
    assert of("number_match", target, answer) == same
    assert of("number_within_5_percent", target, answer) == near


@pytest.mark.parametrize(
    ("answer", "valid", "f1"),
    [
        ('{"name": "Ann", "tags": ["a", "b"]}', 1, 1),
        ('```json\n{"tags": ["b", "a"], "name": "Ann"}\n```', 1, 1),
        ('{"name": "Ann", "tags": ["a"]}', 1, 0.8),
        ('{"name": "Bob", "tags": ["a", "b"]}', 1, 2 / 3),
        ('{"name": "Ann", "tags": ["a", "b"], "more": null}', 1, 6 / 7),
        ("{'name': 'Ann'}", 0, 0),
        ('{"name": NaN}', 0, 0),
        ("[" * 100_000, 0, 0),
        ("", 0, 0),
    ],
)
def test_json(answer: str, valid: float, f1: float):
    target = '{"name": "Ann", "tags": ["a", "b"]}'
    assert of("json_valid", target, answer) == valid
    assert of("json_field_f1", target, answer) == pytest.approx(f1)


TEXT_SPANS = '{"drug": ["the aspirin tablet"], "pain": ["head ache", "back"]}'


@pytest.mark.parametrize(
    ("answer", "exact", "partial"),
    [
        (TEXT_SPANS, 1, 1),
        ('{"drug": ["Aspirin tablet"], "pain": ["back", "head ache"]}', 1, 1),  # case, articles and order do not count
        ('{"drug": ["aspirin"], "pain": ["head ache", "back"]}', 2 / 3, 2.5 / 3),
        ('{"pain": ["aspirin tablet", "head ache", "back"]}', 2 / 3, 2 / 3),  # the wrong type
        ('{"drug": ["aspirin", "tablet"], "pain": []}', 0, 0.2),  # one span answers for one other only
        ("no spans", 0, 0),
    ],
)
def test_spans_by_text(answer: str, exact: float, partial: float):
    assert of("span_f1", TEXT_SPANS, answer) == pytest.approx(exact)
    assert of("span_f1_partial", TEXT_SPANS, answer) == pytest.approx(partial)


def test_spans_by_place():
    target = '[{"type": "drug", "text": "aspirin", "start": 5, "end": 12}]'
    assert of("span_f1", target, '[{"label": "drug", "start": 5, "end": 12}]') == 1
    assert of("span_f1", target, '[{"type": "drug", "text": "aspirin", "start": 40, "end": 47}]') == 0
    assert of("span_f1_partial", target, '[{"type": "drug", "start": 0, "end": 6}]') == 0.5
    assert of("span_f1", target, '[{"type": "drug", "text": "aspirin"}]') == 1  # no places: by text


def test_repetition_and_length():
    loop = "and then we went on " * 10
    assert of("repetition", "", loop) > 0.8
    assert of("repetition", "", "Every sentence of this answer says something that none of the others has said.") == 0
    assert of("length_match", "abcd", "ab") == of("length_match", "ab", "abcd") == 0.5
