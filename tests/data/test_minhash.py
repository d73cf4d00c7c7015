"""Near duplicates against a brute-force Jaccard over all pairs."""

import random
import time
from itertools import combinations

import pytest
from ticket_desk import sentence

from metier.data import near_duplicates
from metier.data.dividing.minhash import PIECE
from metier.data.values import normalise


def pieces(text):
    text = normalise(text)
    return {text[n : n + PIECE] for n in range(max(len(text) - PIECE + 1, 1))} if text else set()


def brute_force(texts, threshold):
    """Connected components of the pairs at or above the threshold."""
    sets = [pieces(text) for text in texts]
    component = list(range(len(texts)))
    for first, second in combinations(range(len(texts)), 2):
        union = sets[first] | sets[second]
        if union and sets[first] and sets[second] and len(sets[first] & sets[second]) / len(union) >= threshold:
            old, new = component[second], component[first]
            component = [new if item == old else item for item in component]
    found = {}
    for place, root in enumerate(component):
        found.setdefault(root, []).append(place)
    return sorted(tuple(members) for members in found.values() if len(members) > 1)


def varied(count, seed):
    """Texts with copies at every distance: words changed, added, characters swapped."""
    chance = random.Random(seed)
    texts = [sentence(number, chance.randrange(3, 25)) for number in range(count // 3)]
    while len(texts) < count:
        words = chance.choice(texts).split()
        for _ in range(chance.randrange(1, 4)):
            words[chance.randrange(len(words))] = chance.choice(["card", "please", "Transfer", "x", "äöü"])
        texts.append(" ".join(words))
    return texts


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_clusters_are_those_of_all_pairs(threshold, seed):
    texts = varied(240, seed)
    found = near_duplicates(texts, threshold)
    assert found == brute_force(texts, threshold)
    assert found or threshold == 1.0


def test_short_and_empty_texts():
    assert near_duplicates(["", "", "a", "A", "ab", " ", "hi", "HI "]) == [(2, 3), (6, 7)]
    assert near_duplicates([]) == []


def test_languages_without_spaces():
    first = "我的银行卡昨天在国外丢了，请问现在应该怎么办才好呢"
    assert near_duplicates([first, first + "？", "这些症状已持续多长时间"]) == [(0, 1)]


@pytest.mark.parametrize("threshold", [0, -1, 1.5])
def test_a_threshold_outside_its_range(threshold):
    with pytest.raises(ValueError, match="threshold"):
        near_duplicates(["a"], threshold)


def test_ten_thousand_short_texts_take_seconds():
    texts = [sentence(number % 9_900, 10) for number in range(10_000)]
    started = time.process_time()
    assert len(near_duplicates(texts)) == 100
    assert time.process_time() - started < 15  # about 2 s alone on two cores


def test_copies_of_one_template_take_seconds_too():
    texts = [f"customer number {n} has a ticket that is closed and waits for an answer" for n in range(4_000)]
    started = time.process_time()
    assert len(near_duplicates(texts)) == 1
    assert time.process_time() - started < 15
