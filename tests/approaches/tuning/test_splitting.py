from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metier.approaches import build, check
from metier.approaches.rendering import shown_rows
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.rows import Prepared, answer_rows
from metier.approaches.tuning.splitting import halved_talk, halved_text, halving, parts_of
from metier.core import Example, Message, Task
from metier.core.tasks.extract import Span, spans_in, target_of
from metier.data import Dataset
from metier.models import CausalModel
from metier.prompts import Prompt
from metier.training import WeightsSettings

PROMPT = Prompt(instruction="Help.")


def talk(exchanges: int, *, weights: tuple[float, ...] = ()) -> Example:
    """A conversation: a system turn, questions and answers with their numbers in them."""
    turns = [Message(role="system", content="Be kind.")]
    for number in range(exchanges - 1):
        turns.append(Message(role="user", content=f"question {number} {'x' * 30}"))
        weight = weights[number] if weights else 1.0
        turns.append(Message(role="assistant", content=f"answer {number} {'y' * 30}", weight=weight))
    last = exchanges - 1
    return Example(
        id="t", input=f"question {last} {'x' * 30}", target=f"answer {last} {'y' * 30}", history=tuple(turns)
    )


def rows_of(model: CausalModel, example: Example, *, max_length: int, kind: Any = "chat") -> Prepared:
    halve = halving(Task(kind=kind, instruction="Help."), WeightsSettings(too_long="split"))
    return answer_rows(model, PROMPT, [example], [()], max_length=max_length, halve=halve)


def read(model: CausalModel, made: Prepared, *, learnt: bool) -> list[str]:
    return [
        model.tokenizer.decode(
            [token for token, weight in zip(row.ids, row.weights, strict=True) if bool(weight) == learnt]
        )
        for row in made.rows
    ]


def test_every_answer_of_a_long_conversation_is_learnt_once(model: CausalModel) -> None:
    example = talk(6)
    whole = rows_of(model, example, max_length=5000)
    assert len(whole.rows) == 1
    assert whole.tokens[0].why == ""
    made = rows_of(model, example, max_length=len(whole.rows[0].ids) // 2)
    assert len(made.rows) > 1
    assert all(len(row.ids) <= len(whole.rows[0].ids) // 2 for row in made.rows)
    together = "".join(read(model, made, learnt=True))
    assert [together.count(f"answer {number} ") for number in range(6)] == [1] * 6
    assert made.tokens[0].trained == whole.tokens[0].trained
    assert (made.tokens[0].id, made.tokens[0].cut) == ("t", 0)
    assert made.tokens[0].why.startswith(f"split into {len(made.rows)} rows of at most")
    assert [row.id for row in made.rows][:2] == ["t", "t#2"]
    assert all("Be kind." in text for text in read(model, made, learnt=False))


def test_answers_without_weight_stay_so_and_an_exchange_too_long_is_cut(model: CausalModel) -> None:
    made = rows_of(model, talk(4, weights=(1.0, 0.0, 1.0)), max_length=250)
    assert "answer 1 " not in "".join(read(model, made, learnt=True))
    assert "answer 2 " in "".join(read(model, made, learnt=True))
    long = replace(talk(2), input="z" * 900)
    made = rows_of(model, long, max_length=300)
    assert made.tokens[0].cut > 0
    assert "split into 2 rows" in made.tokens[0].why
    assert "the input was cut" in made.tokens[0].why


def test_a_conversation_is_parted_before_a_question_of_the_user() -> None:
    said = [
        ("user", "u0"),
        ("assistant", "a0"),
        ("assistant", "a0 more"),
        ("user", "u1"),
        ("tool", "found"),
        ("assistant", "a1"),
    ]
    turns = tuple(Message(role=role, content=text) for role, text in said)  # type: ignore[arg-type]
    assert halved_talk(Example(id="t", input="u2", target="a2", history=turns)) is None
    halves = halved_talk(Example(id="t", input="u2", target="a2", history=turns[:2] + turns[3:]))
    assert halves is not None
    assert (halves[0].input, halves[0].target, halves[0].history) == ("u0", "a0", ())
    assert [turn.content for turn in halves[1].history] == ["u1", "found", "a1"]
    assert halved_talk(Example(id="t", input="u", target="a")) is None


TEXT = "Ann took aspirin daily. Then she got a rash on her arm and took ibuprofen instead of it."
SPANS = [
    Span(TEXT.index(piece), TEXT.index(piece) + len(piece), label)
    for piece, label in (("aspirin", "Drug"), ("rash", "Symptom"), ("ibuprofen", "Drug"))
]


def pieces(example: Example) -> list[str]:
    return [example.input[span.start : span.end] for span in spans_in(example.target or "[]")]


def test_a_text_is_parted_at_a_sentence_and_keeps_its_pieces() -> None:
    example = Example(id="e", input=TEXT, target=target_of(TEXT, SPANS))
    assert pieces(example) == ["aspirin", "rash", "ibuprofen"]
    halves = halved_text(example)
    assert halves is not None
    first, second = halves
    assert first.input == "Ann took aspirin daily. "
    assert first.input + second.input == TEXT
    assert pieces(first) == ["aspirin"]
    assert pieces(second) == ["rash", "ibuprofen"]
    fine = list(parts_of(example, halved_text, lambda part: len(part.input) <= 20))
    assert "".join(part.input for part in fine) == TEXT
    assert [piece for part in fine for piece in pieces(part)] == ["aspirin", "rash", "ibuprofen"]
    assert [part.id for part in fine] == ["e", *(f"e#{number}" for number in range(2, len(fine) + 1))]


def test_no_place_inside_a_piece_is_taken() -> None:
    whole = Example(id="e", input="abcdef", target=target_of("abcdef", [Span(0, 6, "x")]))
    assert halved_text(whole) is None
    tail = Example(id="e", input="abcdef", target=target_of("abcdef", [Span(0, 5, "x")]))
    halves = halved_text(tail)
    assert halves is not None
    assert (halves[0].input, halves[1].input) == ("abcde", "f")


@pytest.mark.parametrize(
    ("kind", "weights", "refused"),
    [
        ("classify", {"too_long": "split"}, True),
        ("generate", {"too_long": "split"}, True),
        ("chat", {"too_long": "split"}, False),
        ("chat", {"too_long": "split", "turns": "last"}, True),
        ("chat", {"too_long": "split", "preference": {}}, True),
        ("extract", {"too_long": "split"}, False),
        ("classify", {"too_long": "leave_out"}, False),
    ],
)
def test_it_is_refused_where_an_answer_belongs_to_the_whole(
    datasets: dict[str, Dataset], make_resources: Any, kind: Any, weights: dict[str, Any], refused: bool
) -> None:
    settings = ApproachSettings.model_validate({"weights": weights})
    task = replace(datasets["classify"].task, kind=kind)
    problems = [one for one in check("it", settings, task, make_resources()) if one.path.endswith("too_long")]
    assert bool(problems) == refused


def test_heads_on_tokens_and_raw_text_read_windows(
    datasets: dict[str, Dataset], make_resources: Any, tiny_encoder: Path
) -> None:
    for policy, refused in (("leave_out", True), ("error", True), ("split", False), ("cut", False)):
        weights = {"method": "head", "too_long": policy}
        settings = ApproachSettings.model_validate({"model": str(tiny_encoder), "weights": weights})
        task = replace(datasets["classify"].task, kind="extract")
        problems = [one for one in check("it", settings, task, make_resources()) if one.path.endswith("too_long")]
        assert bool(problems) == refused


def test_a_system_is_trained_on_all_parts_and_shows_them(
    datasets: dict[str, Dataset], make_resources: Any, tmp_path: Path
) -> None:
    dataset = datasets["classify"]
    task = Task(kind="chat", instruction="Help.")
    rows = (replace(talk(5), id="long"), *(replace(row, target=f"it is {row.target}") for row in dataset.train[:5]))
    dataset = replace(dataset, task=task, train=rows, validation=rows[1:3])
    weights = {"rank": 2, "epochs": 1, "max_length": 250, "too_long": "split"}
    settings = ApproachSettings.model_validate({"weights": weights, "prompt": {"sensitivity": 0}})
    resources = make_resources()
    built = build("it", settings, dataset, resources, tmp_path / "it")
    count = {one.id: one for one in built.tokens}["long"]
    assert count.cut == 0
    assert "split into" in count.why
    assert built.record.trained_examples > len(rows)
    (shown,) = shown_rows("it", settings, task, rows, rows[:1], resources)
    assert shown.learnt == count.trained
    assert "".join(piece.text for piece in shown.pieces if piece.part == "learnt").count("answer") == 5
