"""Raw text as tokens: a document between the marks that a tokenizer sets apart documents with, and cut into windows.

Special tokens that stand in the text itself (``<|im_end|>``) are read as text.
"""

from __future__ import annotations

from typing import Any, NamedTuple

_BETWEEN_DOCUMENTS = ("<|endoftext|>", "<|end_of_text|>")
"""Special tokens that pretraining put between documents, where a chat model's own end mark means the end of a turn."""


class Marks(NamedTuple):
    """Token ids that stand around a document; empty where a tokenizer has none."""

    begin: tuple[int, ...]
    end: tuple[int, ...]


class Window(NamedTuple):
    """A stretch of a document's tokens.

    Attributes:
        start, end: its tokens, [start, end).
        new: from here on its tokens stood in no window before; what is before it is context.
    """

    start: int
    end: int
    new: int


def encode_document(tokenizer: Any, text: str) -> list[int]:
    """Token ids of a text without marks; nothing in it is taken for a special token."""
    ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]
    return ids


def document_marks(tokenizer: Any) -> Marks:
    """What stands around a document.

    What the tokenizer adds by itself, else its mark between documents, else its own beginning and end.
    """
    plain = encode_document(tokenizer, "a")
    whole: list[int] = tokenizer("a", verbose=False)["input_ids"]
    at = next((i for i in range(len(whole)) if whole[i : i + len(plain)] == plain), len(whole))
    before, after = tuple(whole[:at]), tuple(whole[at + len(plain) :])
    named = [tokenizer.convert_tokens_to_ids(mark) for mark in _BETWEEN_DOCUMENTS if mark in tokenizer.get_vocab()]
    last = next((id_ for id_ in (*named, tokenizer.eos_token_id) if id_ is not None), None)
    first = next((id_ for id_ in (*named, tokenizer.bos_token_id, last) if id_ is not None), None)
    end = after or (() if last is None else (last,))
    return Marks(before or (() if first is None else (first,)), end)


def token_windows(count: int, *, size: int, overlap: int) -> list[Window]:
    """Stretches that cover ``count`` tokens, each token new in exactly one of them.

    Args:
        count: tokens of the document, at least 1.
        size: longest window.
        overlap: tokens of the one before that a window begins with, as context; less than ``size``.

    >>> [tuple(window) for window in token_windows(10, size=4, overlap=1)]
    [(0, 4, 0), (3, 7, 4), (6, 10, 7)]
    """
    found = [Window(0, min(size, count), 0)]
    while found[-1].end < count:
        start = found[-1].end - overlap
        found.append(Window(start, min(start + size, count), found[-1].end))
    return found
