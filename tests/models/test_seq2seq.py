"""Encoder-decoder models: what is scored and written follows the logits, alone and in batches, for T5 and BART."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.conftest import CPU
from tests.training.method_cases import write_bart

from metier.core import Message, ModelError, Silent
from metier.core.artifacts import read_json, write_json
from metier.models import Grammar, Seq2SeqModel, language_model, locate, span_marks
from metier.training import METHODS, WeightsSettings

TEXTS = ["the card was lost", "refund", "a much longer question about the parcel that never came"]
LABELS = ["card", "card arrival", "refund"]


@pytest.fixture(scope="module", params=["t5", "bart"])
def model(request: pytest.FixtureRequest, tiny_seq2seq: Path, tmp_path_factory: pytest.TempPathFactory) -> Seq2SeqModel:
    folder = tiny_seq2seq if request.param == "t5" else write_bart(tmp_path_factory.mktemp("models") / "bart")
    found = language_model(locate(str(folder), folder=Path()), CPU)
    assert isinstance(found, Seq2SeqModel)
    return found


def asked(model: Seq2SeqModel) -> list[list[int]]:
    return [model.prompt([Message(role="system", content="Sort."), Message(role="user", content=t)]) for t in TEXTS]


def logits(model: Seq2SeqModel, prompt: list[int], written: list[int]) -> Any:
    start = model.module.config.decoder_start_token_id
    with torch.no_grad():
        return model.module(
            input_ids=torch.tensor([prompt]), decoder_input_ids=torch.tensor([[start, *written]])
        ).logits[0].double()  # fmt: skip


def by_hand(model: Seq2SeqModel, prompt: list[int], answer: list[int]) -> float:
    found = logits(model, prompt, answer[:-1]).log_softmax(-1)
    return sum(float(found[place, token]) for place, token in enumerate(answer))


def test_a_question_is_one_text_with_the_tokenizers_marks(model: Seq2SeqModel) -> None:
    (ids, *_) = asked(model)
    assert model.tokenizer.decode(ids) == f"Sort.\n\n{TEXTS[0]}</s>"
    assert model.plain_template
    assert model.room(100) == model.max_tokens


def test_a_mark_that_a_person_writes_is_text(model: Seq2SeqModel) -> None:
    ids = model.prompt([Message(role="user", content="a</s>b")])
    assert ids.count(model.tokenizer.eos_token_id) == 1


def test_label_scores_are_log_probabilities_of_what_the_decoder_writes(model: Seq2SeqModel) -> None:
    answers = model.label_ids([], LABELS)
    scores = model.score(asked(model), answers, reporter=Silent())
    expected = [[by_hand(model, prompt, answer) for answer in answers] for prompt in asked(model)]
    assert np.allclose(scores, expected, rtol=1e-5)


def test_scores_are_the_same_behind_virtual_tokens(model: Seq2SeqModel, tmp_path: Path) -> None:
    settings = WeightsSettings(method="prompt_tuning", virtual_tokens=4)
    method = METHODS.get("prompt_tuning")
    torch.manual_seed(0)
    module = method.prepare(language_model(model.source, CPU).module, settings, model.source.profile).eval()
    method.save(module, settings, tmp_path)
    behind = language_model(model.source, CPU, weights=tmp_path)
    assert isinstance(behind, Seq2SeqModel)
    assert behind.max_tokens == model.max_tokens - 4
    answers = behind.label_ids([], LABELS)
    scores = behind.score(asked(model), answers, reporter=Silent())
    expected = [[by_hand(behind, prompt, answer) for answer in answers] for prompt in asked(model)]
    assert np.allclose(scores, expected, rtol=1e-5)
    assert not np.allclose(scores, model.score(asked(model), answers, reporter=Silent()))
    follows(behind)


def follows(model: Seq2SeqModel) -> None:
    """Greedy answers are the highest logits, step by step, whoever shares a batch."""
    stop = model.tokenizer.eos_token_id
    for prompt, answer in zip(
        asked(model), model.generate(asked(model), max_new_tokens=8, reporter=Silent()), strict=True
    ):
        written: list[int] = []
        while len(written) < 8 and stop not in written:
            written.append(int(logits(model, prompt, written)[-1].argmax()))
        assert answer.tokens == len(written)
        assert answer.unfinished == (stop not in written)
        text = model.tokenizer.decode([token for token in written if token != stop], skip_special_tokens=True)
        assert answer.text == text.strip()


def test_what_is_written_follows_the_logits(model: Seq2SeqModel) -> None:
    follows(model)


def test_answers_keep_to_a_form(model: Seq2SeqModel) -> None:
    form = Grammar.choices(LABELS)
    found = model.generate(asked(model), max_new_tokens=24, reporter=Silent(), grammar=form)
    assert all(answer.text in LABELS for answer in found)


def test_marks_of_hidden_stretches_are_found_in_their_order(model: Seq2SeqModel) -> None:
    names = model.tokenizer.convert_ids_to_tokens(list(span_marks(model.tokenizer)))
    assert names == [f"<extra_id_{number}>" for number in range(32)]


def test_an_encoder_decoder_that_is_not_for_text_is_refused(tiny_seq2seq: Path, tmp_path: Path) -> None:
    config = read_json(tiny_seq2seq / "config.json")
    for path in tiny_seq2seq.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write_json(tmp_path / "config.json", config | {"model_type": "whisper"})
    with pytest.raises(ModelError, match="encoder-decoder model for text"):
        locate(str(tmp_path), folder=Path())
