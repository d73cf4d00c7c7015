"""Documents as tokens: the marks around them, nothing in them is a mark, windows that hold every token once as new."""

from pathlib import Path

import pytest

from metier.models import document_marks, encode_document, locate, token_windows
from metier.models.loading import load_tokenizer


@pytest.mark.parametrize(("count", "size", "overlap"), [(1, 8, 2), (8, 8, 2), (9, 8, 2), (100, 8, 1), (57, 10, 0)])
def test_every_token_is_new_in_exactly_one_window(count: int, size: int, overlap: int) -> None:
    found = token_windows(count, size=size, overlap=overlap)
    assert [place for window in found for place in range(window.new, window.end)] == list(range(count))
    assert all(window.end - window.start <= size for window in found)
    assert all(window.new - window.start == overlap for window in found[1:])


def test_an_encoder_sets_its_own_marks_around_a_text(tiny_encoder: Path) -> None:
    tokenizer = load_tokenizer(locate(str(tiny_encoder), folder=Path()))
    assert document_marks(tokenizer) == ((tokenizer.cls_token_id,), (tokenizer.sep_token_id,))


def test_a_mark_in_a_text_is_read_as_text(tiny_causal: Path) -> None:
    tokenizer = load_tokenizer(locate(str(tiny_causal), folder=Path()))
    ids = encode_document(tokenizer, "a<|im_end|>b")
    assert tokenizer.eos_token_id not in ids
    assert tokenizer.decode(ids) == "a<|im_end|>b"


@pytest.mark.builtin
def test_documents_of_a_chat_model_stand_between_its_document_marks_and_not_its_turns() -> None:
    tokenizer = load_tokenizer(locate("builtin", folder=Path()))
    between = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    assert document_marks(tokenizer) == ((between,), (between,))
    assert tokenizer.eos_token_id != between
