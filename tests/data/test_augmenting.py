"""Rows made of training rows: the answer stays right, nothing repeats, the share holds, every row knows its source."""

from random import Random

import pytest
from pydantic import ValidationError
from ticket_desk import sentence

from metier.core import Example
from metier.data.augmenting import EDITS, AugmentSettings, Draft, SelfInstructSettings, make_rows
from metier.data.values import normalise

ROWS = [Example(id=f"a.csv:{n}", input=f"{sentence(n)}. I wrote on day {n}.", target="card") for n in range(1, 41)]


def edited(name: str, text: str, seed: int = 0, keep: frozenset[str] = frozenset()) -> str:
    return EDITS.get(name)(text, Random(seed), keep)


def test_typos_leave_numbers_addresses_and_words_of_the_answer_alone() -> None:
    text = "please transfer 250.00 euros to ann.miller@mail.org from account X9921 tomorrow morning"
    for seed in range(50):
        changed = edited("typos", text, seed, frozenset({"transfer", "account"}))
        assert changed != text
        assert all(part in changed for part in ("250.00", "ann.miller@mail.org", "X9921", "transfer", "account"))
        assert abs(len(changed) - len(text)) <= 1
        assert len(changed.split()) == len(text.split())


def test_swaps_keep_every_word_and_never_move_what_binds() -> None:
    for seed in range(30):
        assert edited("swaps", "First this. Then that. At last more.", seed) in {
            "Then that. First this. At last more.",
            "First this. At last more. Then that.",
        }
        changed = edited("swaps", "i do not want this card", seed)
        assert changed.split().index("not") == 2
        assert sorted(changed.split()) == ["card", "do", "i", "not", "this", "want"]
    assert edited("swaps", "Doctor: yes.\nPatient: no.") == "Doctor: yes.\nPatient: no."
    assert edited("swaps", "not never") == "not never"


def test_case_changes_no_word_and_spares_texts_that_the_answer_copies() -> None:
    assert {edited("case", "Where is it?", seed) for seed in range(30)} == {
        *("where is it?", "where is it", "WHERE IS IT?", "Where is it"),
    }
    assert edited("case", "Ann is in Rome.", keep=frozenset({"rome"})) == "Ann is in Rome"


def test_every_made_row_knows_its_source_and_none_repeats() -> None:
    made = make_rows(ROWS, AugmentSettings(share=0.9), copies=False, taken=["anything"], seed=0)
    assert len(made.rows) == 36
    assert {row.how for row in made.rows} == {"case", "swaps", "typos"}
    sources = {row.id: row for row in ROWS}
    for row in made.rows:
        (source,) = row.sources
        assert row.example.target == sources[source].target
        assert row.example.fields["made_from"] == (source,)
        assert row.example.id.startswith(f"{source}+{row.how}")
    assert len({row.example.id for row in made.rows}) == 36
    assert make_rows(ROWS, AugmentSettings(share=0.9), copies=False, taken=[], seed=0) == make_rows(
        ROWS, AugmentSettings(share=0.9), copies=False, taken=[], seed=0
    )


def test_what_stands_in_validation_is_not_made() -> None:
    settings = AugmentSettings(edits=("swaps",), share=0.5)
    first = make_rows(ROWS, settings, copies=False, taken=[], seed=0)
    again = make_rows(ROWS, settings, copies=False, taken=[row.example.input for row in first.rows], seed=0)
    assert not {normalise(row.example.input) for row in first.rows} & {normalise(r.example.input) for r in again.rows}
    assert again.thrown["repeats of a row"] > 0


def test_a_model_is_asked_for_no_more_than_is_wanted() -> None:
    asked: list[int] = []

    def reword(sources):
        asked.append(len(sources))
        texts = [f"said otherwise: {row.input}" if place % 4 else "" for place, row in enumerate(sources)]
        return [Draft(text, why="of another label" if place == 1 else "") for place, text in enumerate(texts)]

    settings = AugmentSettings(edits=(), paraphrase=True, share=0.25)
    made = make_rows(ROWS, settings, copies=False, taken=[], seed=0, writers={"paraphrase": reword})
    assert asked == [32]
    assert made.thrown == {"empty": 4, "of another label": 1}
    assert len(made.rows) == 10
    assert "10 training rows were made (paraphrase 10); not used: 4 empty, 1 of another label." in str(made)
    every = settings.model_copy(update={"share": 3})
    asked.clear()
    made = make_rows(ROWS, every, copies=False, taken=[], seed=0, writers={"paraphrase": reword})
    assert asked == [32, 8]  # each row is worded anew once
    assert len(made.rows) + sum(made.thrown.values()) == 40


def test_new_rows_are_of_each_answer_in_turn() -> None:
    rows = [Example(id=f"c:{n}", input=f"text {n}", target="rare" if n < 2 else "frequent") for n in range(40)]

    def invent(sources):
        return [Draft(f"new {row.id} {place}", sources=(row.id, "c:0")) for place, row in enumerate(sources)]

    settings = AugmentSettings(edits=(), self_instruct=SelfInstructSettings(), share=0.5)
    made = make_rows(rows, settings, copies=False, taken=[], seed=0, writers={"self_instruct": invent})
    assert len(made.rows) == 20
    assert sum(row.example.target == "rare" for row in made.rows) == 10
    assert all(row.example.fields["made_from"] == row.sources for row in made.rows)


def test_an_answer_that_copies_finds_its_words_again() -> None:
    rows = [
        Example(id=f"b:{n}", input=f"book a table for {n} at the Golden Lion", target='{"name": ["Golden Lion"]}')
        for n in range(30)
    ]
    made = make_rows(rows, AugmentSettings(share=1), copies=True, taken=[], seed=0)
    assert made.rows
    assert all("Golden" in row.example.input and "Lion" in row.example.input for row in made.rows)


def test_a_model_may_write_an_answer_of_its_own() -> None:
    def invent(sources):
        return [Draft(f"who is {n}", f"number {n}", (row.id,)) for n, row in enumerate(sources)]

    rows = [Example(id=f"d:{n}", input=f"where is {n}", target=f"at {n}") for n in range(20)]
    settings = AugmentSettings(edits=(), self_instruct=SelfInstructSettings(), share=0.5)
    made = make_rows(rows, settings, copies=True, taken=[], seed=0, writers={"self_instruct": invent})
    assert {(row.example.input, row.example.target) for row in made.rows} <= {
        (f"who is {n}", f"number {n}") for n in range(20)
    }
    assert len(made.rows) == 10


@pytest.mark.parametrize(
    "wrong", [{"edits": []}, {"likeness": [0.9, 0.1]}, {"share": 0}, {"self_instruct": {"likeness": [1, 0]}}]
)
def test_settings_that_make_nothing_are_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        AugmentSettings.model_validate(wrong)
