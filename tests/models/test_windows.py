"""Windows of a text: every unit once, in the window that has most text around it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metier.models import locate
from metier.models.loading import load_tokenizer
from metier.models.windows import windows


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder):
    return load_tokenizer(locate(str(tiny_encoder), folder=tiny_encoder))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    text=st.text(alphabet="ab é中 \n.", max_size=60), room=st.integers(3, 20), unit=st.sampled_from(["word", "token"])
)
def test_every_unit_is_answered_once_whatever_the_window(tokenizer, text, room, unit):
    whole = windows(tokenizer, text, max_length=10_000, unit=unit)
    cut = windows(tokenizer, text, max_length=room, unit=unit)
    assert len(whole) == 1
    assert all(len(window.ids) <= max(room, 3) for window in cut)
    places = sorted((one.start, one.end) for window in cut for one in window.units)
    assert places == [(one.start, one.end) for one in whole[0].units]
    assert all(text[start:end].strip() for start, end in places)
    assert "".join("".join(text.split())) == "".join(text[a:b] for a, b in places) or unit == "word"


def test_a_unit_belongs_to_the_window_with_more_text_around_it(tokenizer):
    text = "abcdefghijklmnop"
    first, second = windows(tokenizer, text, max_length=14, unit="token")
    assert len(first.ids) == len(second.ids) == 14
    assert (first.units[0].start, second.units[-1].end) == (0, 16)
    assert [one.start for one in first.units] == list(range(8))
    ids = tokenizer(text)["input_ids"]
    assert all(first.ids[one.token] == ids[1 + one.start] for one in first.units)
    assert all(second.ids[one.token] == ids[1 + one.start] for one in second.units)


def test_words_are_tagged_at_their_first_token(tokenizer):
    (window,) = windows(tokenizer, "an aspirin-like drug", max_length=100, unit="word")
    assert [text_of(one) for one in window.units] == ["an", "aspirin", "-", "like", "drug"]


def text_of(unit):
    return "an aspirin-like drug"[unit.start : unit.end]
