"""New tokens: what they begin as, and that all else stays as it was."""

from pathlib import Path

import pytest
import torch

from metier.models import ModelSource, grown, load_module, load_tokenizer, locate
from metier.models.device import Compute

CPU = Compute("cpu", "float32", "cpu in float32")


@pytest.mark.parametrize("family", ["causal", "encoder", "seq2seq"])
def test_a_new_token_is_the_mean_of_what_stood_for_it(
    family: str, tiny_causal: Path, tiny_encoder: Path, tiny_seq2seq: Path, tmp_path: Path
) -> None:
    folder = {"causal": tiny_causal, "encoder": tiny_encoder, "seq2seq": tiny_seq2seq}[family]
    source = locate(str(folder), folder=tmp_path)
    more = grown(source, ("aspirin", "<dose>"), tmp_path / "grown")
    assert (more.name, more.fingerprint, more.path) == (source.name, source.fingerprint, tmp_path / "grown")
    before, after = load_tokenizer(source), load_tokenizer(more)
    (own,) = after("aspirin", add_special_tokens=False)["input_ids"]
    parts = before("aspirin", add_special_tokens=False)["input_ids"]
    assert own >= len(before)
    old, new = load_module(source, CPU), load_module(more, CPU)
    size = len(before)
    for one, other in (
        (old.get_input_embeddings(), new.get_input_embeddings()),
        (old.get_output_embeddings(), new.get_output_embeddings()),
    ):
        if one is not None:
            torch.testing.assert_close(other.weight[own], one.weight[parts].mean(0))
            assert torch.equal(other.weight[:size], one.weight[:size])
    rest = {name: p for name, p in new.named_parameters() if p.shape[0] != size + 2}
    for name, p in old.named_parameters():
        assert name not in rest or torch.equal(rest[name], p), name


def test_words_match_whole_and_marks_anywhere(tiny_causal: Path, tmp_path: Path) -> None:
    source = locate(str(tiny_causal), folder=tmp_path)
    tokenizer = load_tokenizer(grown(source, ("pain", "<dose>"), tmp_path / "grown"))

    def length(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    assert length("no pain") == len("no ") + 1
    assert length("painful") == len("painful")
    assert length("a<dose>b") == 3
    ids = tokenizer("no pain, <dose>", add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "no pain, <dose>"


def test_what_is_there_is_not_written_again_and_what_is_known_stays(tiny_causal: Path, tmp_path: Path) -> None:
    def made_at(source: ModelSource) -> int:
        return (source.path / "model.safetensors").stat().st_mtime_ns

    source = locate(str(tiny_causal), folder=tmp_path)
    first = grown(source, ("pain",), tmp_path / "grown")
    written = made_at(first)
    again = grown(source, ("pain",), tmp_path / "grown")
    assert (again, made_at(again)) == (first, written)
    assert len(load_tokenizer(grown(source, ("a", "pain", "<pad>"), tmp_path / "grown"))) == len(load_tokenizer(first))
