"""Texts that say the same in other words are found, kept on one side of the split, and named."""

import hashlib

import numpy as np
import pytest
from ticket_desk import as_csv, sentence

from metier.core import DataError
from metier.data import DataSettings, Sources, TaskSettings, audit, prepare
from metier.data.dividing import paraphrases as module
from metier.data.dividing.paraphrases import LONGEST, paraphrases


class Meanings:
    """An embedder that knows which texts mean the same; all others mean something of their own."""

    def __init__(self, *groups):
        self.of = {text: f"meaning {number}" for number, group in enumerate(groups) for text in group}
        self.asked = []

    def __call__(self, texts):
        self.asked.append(len(texts))
        rows = [np.random.default_rng(_seed(self.of.get(text, text))).normal(size=64) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32)


def _seed(text):
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def test_clusters_are_what_all_pairs_say(monkeypatch):
    monkeypatch.setattr(module, "_TILE", 7)
    monkeypatch.setattr(module, "_AT_ONCE", 5)
    random = np.random.default_rng(0)
    centres = random.normal(size=(6, 16))
    vectors = centres[random.integers(0, 6, 60)] + 0.25 * random.normal(size=(60, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"text {number}" for number in range(60)]

    def embed(some):
        return vectors[[texts.index(text) for text in some]]

    alike = vectors.astype(np.float16).astype(np.float32)
    linked = alike @ alike.T >= 0.93
    wanted, seen = [], set()
    for first in range(60):  # by walking over all pairs
        if first in seen:
            continue
        members, frontier = {first}, [first]
        while frontier:
            near = set(np.flatnonzero(linked[frontier.pop()]).tolist()) - members
            members |= near
            frontier += near
        seen |= members
        if len(members) > 1:
            wanted.append(tuple(sorted(members)))
    assert len(wanted) > 3
    found = paraphrases(texts, 0.93, embed)
    assert found.clusters == wanted


def test_vectors_are_asked_for_in_parts_and_long_texts_not_at_all(monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 4)
    texts = [f"text {number}" for number in range(9)] + ["long " * LONGEST, "  "]
    embed, told = Meanings(("text 1", "text 8"), ("text 2", texts[9])), []
    found = paraphrases(texts, 0.95, embed, advance=told.append)
    assert found == ([(1, 8)], 1)
    assert embed.asked == [4, 4, 1]
    assert sum(told) == len(texts)
    assert paraphrases([], 0.95, embed) == ([], 0)


def rows(count=60):
    return [(sentence(number), "ab"[number % 2]) for number in range(count)]


def prepared(desk, examples, embed, **settings):
    data = DataSettings(examples=examples, **settings)
    return prepare(TaskSettings(), data, folder=desk.folder, seed=0, embed=embed)


def sides(found):
    parts = {"train": found.train, "validation": found.validation, "test": found.test}
    return {example.id: name for name, part in parts.items() for example in part}


@pytest.mark.parametrize("by", ["random", "stratified", "hash"])
def test_they_stay_on_one_side_of_the_split(desk, by):
    content = rows()
    desk.write("a.csv", as_csv([("text", "label"), *content]))
    groups = [[content[place][0] for place in range(start, start + 3)] for start in range(0, 60, 3)]
    split = {"split": {"by": by}}
    found = prepared(desk, "a.csv", Meanings(*groups), paraphrases={}, **split)
    where = sides(found)
    ids = [[f"a.csv:{place + 1}" for place in range(start, start + 3)] for start in range(0, 60, 3)]
    assert all(len({where[id_] for id_ in group}) == 1 for group in ids)
    assert found.summary["paraphrases"]["clusters"] == 20
    assert found.summary["paraphrases"]["rows"] == 60
    apart = sides(prepared(desk, "a.csv", Meanings(*groups), paraphrases={"together": False}, **split))
    assert any(len({apart[id_] for id_ in group}) > 1 for group in ids)


def test_without_the_setting_nothing_is_embedded(desk):
    desk.write("a.csv", as_csv([("text", "label"), *rows()]))
    embed = Meanings()
    found = prepared(desk, "a.csv", embed)
    assert embed.asked == []
    assert "paraphrases" not in found.summary


def test_without_an_embedder_the_setting_is_refused(desk):
    desk.write("a.csv", as_csv([("text", "label"), *rows()]))
    with pytest.raises(DataError, match="embedder"):
        prepared(desk, "a.csv", None, paraphrases={})


def test_a_subject_is_no_paraphrase(desk):
    content = rows()
    desk.write("a.csv", as_csv([("text", "label"), *content]))
    found = prepared(desk, "a.csv", Meanings([text for text, _ in content]), paraphrases={})
    assert all((found.train, found.validation, found.test))
    assert any("more a subject than a paraphrase" in warning for warning in found.summary["warnings"])


def test_near_copies_alone_are_no_paraphrases(desk):
    content = rows()
    copy = (content[4][0] + " ok", content[4][1])
    desk.write("a.csv", as_csv([("text", "label"), *content, copy]))
    found = prepared(desk, "a.csv", Meanings((content[4][0], copy[0])), paraphrases={})
    assert found.paraphrases == ()
    assert found.summary["near_duplicates"]["clusters"] == 1


def test_the_audit_names_them_on_both_sides_of_a_given_split(desk):
    train, test = rows(40), [(sentence(500 + n), "ab"[n % 2]) for n in range(10)]
    desk.write("train.csv", as_csv([("text", "label"), *train]))
    desk.write("test.csv", as_csv([("text", "label"), *test]))
    embed = Meanings((train[3][0], test[5][0]), (train[6][0], train[9][0]))
    found = prepared(desk, Sources(train="train.csv", test="test.csv"), embed, paraphrases={})
    by_id = {item.id: item for item in audit(found)}
    assert by_id["contamination.paraphrase"].rows == ("train.csv:4",)
    assert by_id["contamination.paraphrase"].severity == "warning"
    assert by_id["paraphrases.differing"].rows == ("train.csv:7", "train.csv:10")
    assert "'a'" in by_id["paraphrases.differing"].samples[0]
    assert set(by_id["paraphrases.same"].rows) == {"train.csv:10", "test.csv:6"}
