"""Sentences that remember what they were made from: in English, in JSON and back, in other processes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from metier.core.artifacts import read_json, write_json
from metier.core.records import Record
from metier.core.said import Said, counted, joined, message_of, recall, retold, sentence, sentences, with_messages

SLOW = Said("%(name)s takes %(time)s ms.", name="lora", time="412")
NESTED = Said("%(name)s and %(others)s: %(why)s", name="a", others=("b", "c", "d"), why=SLOW)


def test_a_sentence_is_its_english() -> None:
    assert SLOW == "lora takes 412 ms."
    assert NESTED == "a and b, c and d: lora takes 412 ms."
    assert isinstance(SLOW, str)
    assert f"{SLOW} So." == "lora takes 412 ms. So."
    assert Said("%(n)s %% of them", n="3") == "3 % of them"
    assert Said("coverage at 90% accuracy") == "coverage at 90% accuracy"  # as it stands, for it has no values


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="time"):
        Said("%(name)s takes %(time)s ms.", name="lora")


def test_values_are_no_messages() -> None:
    """What a user called something may look like a place for a value."""
    assert Said("%(name)s is slow.", name="%(name)s 100%") == "%(name)s 100% is slow."


@pytest.mark.parametrize("said", [SLOW, NESTED, joined([SLOW, NESTED, SLOW]), counted(2, "%(n)s row", "%(n)s rows")])
def test_it_comes_back_from_json_as_it_was(said: Said) -> None:
    again = recall(str(said), json.loads(json.dumps(message_of(said))))
    assert again == said
    assert isinstance(again, Said)
    assert again.message == said.message
    assert message_of(again) == message_of(said)


def test_it_goes_whole_to_another_process() -> None:
    """What goes through a pipe is made again as copies are."""
    assert message_of(copy.deepcopy(NESTED)) == message_of(copy.copy(NESTED)) == message_of(NESTED)


@pytest.mark.parametrize(
    "beside",
    [
        None,
        "lora takes 412 ms.",
        [],
        {"text": "%(name)s takes %(time)s ms."},
        {"text": "%(name)s takes %(time)s ms.", "values": {"name": "lora"}},
        {"text": "%(name)s takes %(time)s ms.", "values": {"name": "lora", "time": 412}},
        {"text": "%(name)s takes %(time)s ms.", "values": {"name": "tfidf", "time": "412"}},
        {"text": "%(time)9999999999s", "values": {"time": "1"}},
    ],
)
def test_the_sentence_holds_where_the_message_beside_it_is_of_another(beside: Any) -> None:
    again = recall("lora takes 412 ms.", beside)
    assert again == "lora takes 412 ms."
    assert not isinstance(again, Said)


def test_a_message_that_is_too_deep_is_let_be() -> None:
    deep: Any = {"text": "a", "values": {}}
    for _ in range(100):
        deep = {"text": "%(a)s", "values": {"a": deep}}
    assert not isinstance(recall("a", deep), Said)


def test_messages_stand_beside_sentences(tmp_path: Path) -> None:
    record = Record(approach="a", summary=SLOW, notes=("By hand.", NESTED), skipped={"long": 3})
    write_json(tmp_path / "record.json", with_messages(record))
    raw = read_json(tmp_path / "record.json")
    assert raw["summary"] == "lora takes 412 ms."
    assert raw["summary_message"] == {"text": "%(name)s takes %(time)s ms.", "values": {"name": "lora", "time": "412"}}
    assert raw["notes_message"] == [None, message_of(NESTED)]
    assert "approach_message" not in raw
    assert message_of(sentence(raw, "summary")) == message_of(SLOW)
    assert [message_of(note) for note in sentences(raw, "notes")] == [None, message_of(NESTED)]
    assert sentences({**raw, "notes": ["One."]}, "notes") == ("One.",)


def test_a_sentence_is_told_in_another_language() -> None:
    words = {SLOW.message: "%(name)s 用时 %(time)s ms。", NESTED.message: "%(name)s、%(others)s：%(why)s"}
    assert retold(NESTED, words.__getitem__, "、".join) == "a、b、c、d：lora 用时 412 ms。"
    assert retold("By hand.", lambda message: "", "、".join) == "By hand."


def test_sentences_in_a_row() -> None:
    assert joined([]) == ""
    assert joined(["", SLOW]) is SLOW
    assert joined([SLOW] * 33).count("lora") == 33
