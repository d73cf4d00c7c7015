"""The byte n-gram floor against Witten and Bell's formula, spelt out."""

import math
from collections import Counter

import pytest

from metier.approaches.floors.byte_ngrams import ORDER, ByteNgrams

TEXTS = [b"the cat sat on the mat", b"the cat ate", bytes([0, 255, 128]) * 4]


def probability(byte: int, before: bytes, texts: list[bytes]) -> float:
    """The interpolated share of a byte after a context, counted anew for every question."""
    share = 1 / 256
    for order in range(ORDER + 1):
        context = before[len(before) - order :]
        after = Counter(
            padded[place]
            for text in texts
            for padded in [bytes(ORDER) + text]
            for place in range(ORDER, len(padded))
            if padded[place - order : place] == context
        )
        total, kinds = after.total(), len(after)
        if total:
            share = (after[byte] + kinds * share) / (total + kinds)
    return share


@pytest.mark.parametrize("text", [b"the cat", b"a mat on the cat", b"\x00\xff", b"q"])
def test_bits_are_those_of_the_formula(text: bytes) -> None:
    padded = bytes(ORDER) + text
    expected = -sum(
        math.log2(probability(padded[place], padded[place - ORDER : place], TEXTS))
        for place in range(ORDER, len(padded))
    )
    assert ByteNgrams.count(TEXTS).bits(text) == pytest.approx(expected, rel=1e-12)


def test_shares_of_all_bytes_sum_to_one() -> None:
    model = ByteNgrams.count(TEXTS)
    before = model.bits(b"the c")
    assert sum(2 ** (before - model.bits(b"the c" + bytes([byte]))) for byte in range(256)) == pytest.approx(1)


def test_nothing_counted_is_eight_bits_a_byte_and_nothing_asked_costs_nothing() -> None:
    assert ByteNgrams.count([b""]).bits(b"abc") == pytest.approx(24)
    assert ByteNgrams.count(TEXTS).bits(b"") == 0
