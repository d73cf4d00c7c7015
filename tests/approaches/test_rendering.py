"""Rows shown are the rows trained on and the questions asked, token by token."""

from dataclasses import replace
from pathlib import Path

from tests.approaches.systems import MakeResources

from metier.approaches import Resources
from metier.approaches.rendering import Shown, shown_rows, shows
from metier.approaches.settings import ApproachSettings
from metier.core import Example
from metier.data import Dataset


def shown(dataset: Dataset, make_resources: MakeResources, examples: list[Example], **settings: object) -> list[Shown]:
    entry = ApproachSettings.model_validate(settings)
    return shown_rows("it", entry, dataset.task, dataset.train, examples, make_resources())


def text(one: Shown, part: str) -> str:
    return "".join(piece.text for piece in one.pieces if piece.part == part)


def test_a_trained_row_shows_its_prompt_and_the_tokens_that_carry_loss(
    datasets: dict[str, Dataset], make_resources: MakeResources
) -> None:
    dataset = datasets["classify"]
    row = dataset.train[0]
    (one,) = shown(dataset, make_resources, [row], weights={"rank": 2})
    assert text(one, "learnt") == f"{row.target}<|im_end|>"
    assert text(one, "read").endswith(f"<|im_start|>user\n{row.input}<|im_end|>\n<|im_start|>assistant\n")
    assert one.learnt == len(row.target or "") + 1  # one token a byte, and the end mark
    assert (one.cut, one.left_out) == (0, "")


def test_a_row_that_loses_something_says_so(datasets: dict[str, Dataset], make_resources: MakeResources) -> None:
    dataset = datasets["classify"]
    rows = [replace(dataset.train[0], input="z" * 500), dataset.train[1]]
    cut, kept = shown(dataset, make_resources, rows, weights={"rank": 2, "max_length": 160})
    assert cut.tokens == 160
    assert cut.cut == 500 - text(cut, "read").count("z")
    assert text(cut, "learnt") == f"{rows[0].target}<|im_end|>"
    assert kept.cut == 0
    (out,) = shown(dataset, make_resources, rows[:1], weights={"rank": 2, "max_length": 20})
    assert out.left_out == "the answer does not fit into 20 tokens"
    assert out.pieces == ()


def test_rows_beyond_max_rows_are_not_used(datasets: dict[str, Dataset], make_resources: MakeResources) -> None:
    dataset = datasets["classify"]
    found = shown(dataset, make_resources, list(dataset.train), weights={"rank": 2, "max_rows": 10})
    assert sum(not one.left_out for one in found) == 10
    assert {one.left_out for one in found} == {"", "left out: max_rows is 10"}


def test_a_question_shows_its_demonstrations_and_the_answer_apart(
    datasets: dict[str, Dataset], make_resources: MakeResources
) -> None:
    dataset = datasets["classify"]
    row = dataset.validation[0]
    (one,) = shown(dataset, make_resources, [row], prompt={"demonstrations": 2, "choose": "random"})
    assert text(one, "read").count("<|im_start|>assistant\n") == 3
    assert text(one, "read").endswith("<|im_start|>assistant\n")
    assert text(one, "expected") == row.target
    assert one.learnt == 0


def test_a_pair_shows_the_answer_to_avoid(datasets: dict[str, Dataset], make_resources: MakeResources) -> None:
    dataset = datasets["generate"]
    pair = replace(dataset.train[0], fields={"rejected": "No."})
    (one,) = shown(dataset, make_resources, [pair], weights={"rank": 2, "preference": {}})
    assert text(one, "rejected") == "No.<|im_end|>"
    assert text(one, "learnt") == f"{pair.target}<|im_end|>"


def test_an_encoder_reads_the_text_between_its_own_marks(
    datasets: dict[str, Dataset], make_resources: MakeResources, tiny_encoder: Path
) -> None:
    dataset = datasets["classify"]
    row = dataset.train[0]
    (one,) = shown(dataset, make_resources, [row], model=str(tiny_encoder), weights={"method": "head"})
    assert text(one, "read").startswith("[CLS]")
    assert text(one, "learnt") == row.target


def test_what_a_hosted_model_would_be_sent_is_shown_and_nothing_is_sent(
    datasets: dict[str, Dataset], make_resources: MakeResources
) -> None:
    dataset = datasets["classify"]
    hosted = {"address": "http://127.0.0.1:9/v1"}  # nobody answers there
    (one,) = shown(dataset, make_resources, [dataset.train[0]], model="openai:any", hosted=hosted)
    assert f"[user] {dataset.train[0].input}" in text(one, "read")
    assert "card, login, refund" in text(one, "read")


def test_passages_that_would_be_sent_to_a_hosted_model_are_shown(
    datasets: dict[str, Dataset], with_documents: Resources
) -> None:
    dataset = datasets["generate"]
    row = Example(id="a", input="card", target="Soon.")
    rag = {"k": 1, "chunk_tokens": 64, "overlap": 0, "search": "lexical"}
    hosted = {"address": "http://127.0.0.1:9/v1"}
    (one,) = shown(dataset, lambda: with_documents, [row], model="openai:any", hosted=hosted, retrieval=rag)
    assert "We look after your card." in text(one, "read")
    assert one.dropped == 0
    small = {**hosted, "window": 256}
    asked = {"max_new_tokens": 256 - one.tokens + 1}  # one token too few for all of it
    (out,) = shown(
        dataset, lambda: with_documents, [row], model="openai:any", hosted=small, retrieval=rag, prompt=asked
    )
    assert "We look after your card." not in text(out, "read")
    assert out.dropped == 1


def test_floors_have_nothing_to_show(make_resources: MakeResources) -> None:
    assert not shows("majority", ApproachSettings(), make_resources())
    assert shows("zero-shot", ApproachSettings(), make_resources())


def test_an_encoder_decoder_shows_what_is_read_and_what_is_written(
    datasets: dict[str, Dataset], make_resources: MakeResources, tiny_seq2seq: Path
) -> None:
    dataset, model = datasets["classify"], str(tiny_seq2seq)
    row = dataset.train[0]
    (one,) = shown(dataset, make_resources, [row], model=model, weights={"rank": 2})
    assert row.input in text(one, "read")
    assert text(one, "learnt") == f"{row.target}</s>"
    assert one.learnt == len(row.target or "") + 1
    (asked,) = shown(dataset, make_resources, [row], model=model)
    assert row.input in text(asked, "read")
    assert text(asked, "expected") == row.target


def test_raw_text_is_learnt_from_its_first_token_to_its_end(
    datasets: dict[str, Dataset], make_resources: MakeResources, tiny_encoder: Path
) -> None:
    dataset = datasets["continue"]
    row = dataset.train[0]
    (whole,) = shown(dataset, make_resources, [row], weights={"rank": 2, "max_length": 16})
    assert text(whole, "learnt") == f"{row.input}<|im_end|>"
    assert whole.learnt == len(row.input.encode()) + 1
    (hidden,) = shown(dataset, make_resources, [row], model=str(tiny_encoder), weights={"rank": 2})
    assert text(hidden, "learnt") == row.input
    assert {piece.weight for piece in hidden.pieces if piece.part == "learnt"} == {0.15}
    (plain,) = shown(dataset, make_resources, [row])
    assert (text(plain, "read"), plain.learnt, plain.tokens) == (row.input, 0, len(row.input.encode()))
