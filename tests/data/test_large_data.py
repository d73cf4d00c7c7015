"""What is too much for memory lies on the disk, and nothing comes out differently for it."""

import errno
import io
import json
import random
import tracemalloc
from collections import Counter, defaultdict
from datetime import UTC, date, datetime

import numpy as np
import pytest
from ticket_desk import as_csv, as_jsonl, sentence

from metier.core import Message, Silent
from metier.core.artifacts import hash_file
from metier.data import audited, near_duplicates, staged
from metier.data.auditing import shared_runs as shared
from metier.data.auditing.detectors import leaking_columns
from metier.data.auditing.finding import Row, View
from metier.data.auditing.shared_runs import SharedRun, shared_runs
from metier.data.digests import digest, repeats
from metier.data.dividing import minhash
from metier.data.dividing.splits import moment_of
from metier.data.lazy import Lazy
from metier.data.understanding.entry import Entry
from metier.data.understanding.staged_entries import staged_entries

PLACES = ["Köln", "北京", "\ud800", "a\nb", "x\u2028y"]
ODD = [
    Entry(id="a.csv:1", file="a.csv", row=1),
    Entry(
        id="b.jsonl:7",
        file="b.jsonl",
        row=7,
        split="test",
        input="where is\nmy card? 我的卡 \u2028 \ud800",
        target="[]",
        history=(Message(role="system", content="Be kind."), Message(role="user", content='"hi"', weight=0.25)),
        group="g",
        readers=("ann", "bob"),
        time="2020-02-03",
        weight=0.0,
        fields={"n": 7, "f": 0.1, "none": None, "yes": True, "answers": ["a", "b"], "place": "Köln"},
    ),
    Entry(id="b.jsonl:8", file="b.jsonl", row=8, readers=()),
]


@pytest.fixture
def on_disk(monkeypatch):
    """From the third entry on all lie in a file, as do the summaries of texts."""
    monkeypatch.setattr(staged, "IN_MEMORY", 1_500)
    monkeypatch.setattr(minhash, "_NOTED", 100)


def dirty(count, seed=0):
    """Rows of every kind of trouble."""
    chance = random.Random(seed)
    for number in range(count):
        text = sentence(chance.randrange(count - count // 10))
        text = text.replace("card", "cards", 1) if chance.random() < 0.1 else text
        text += " write to ann@mail.com" if chance.random() < 0.1 else ""
        text = chance.choice(["", " ", "我的银行卡昨天丢了"]) if chance.random() < 0.05 else text
        yield {
            "text": text,
            "label": chance.choice(["card", "refund", " card", "Card", "", "login"]),
            "customer": f"c{chance.randrange(count // 5)}" if chance.random() < 0.7 else None,
            "when": f"2021-03-{chance.randrange(1, 29):02d}" if chance.random() < 0.95 else "soon",
            "amount": chance.choice(["$1,200.50", "n/a", "12", f"${number}", f"${number}.5", f"${number % 7}"]),
            "tags": chance.choice(["x|y", "y", "", "z|x"]),
            "part": chance.choice(["train", "train", "train", "test", "dev", ""]),
            "answer": sentence(chance.randrange(40), 12) + chance.choice([".", ".", ""]),
        }


def chats(count):
    for number in range(count):
        turns = [{"role": "system", "content": "Be kind."}] * (number % 2)
        for turn in range(1 + number % 3):
            turns += [{"role": "user", "content": sentence(number // 2 + turn)}]
            turns += [{"role": "assistant", "content": sentence(number * 7 + turn)}]
        yield {"messages": turns}


TABLE = {"input": "text", "target": "label"}
WAYS = {
    "labels": (dirty(150), {"kind": "classify"}, TABLE),
    "groups": (dirty(150), {"kind": "classify"}, {**TABLE, "group": "customer", "max_rows": 50}),
    "time": (dirty(150), {"kind": "classify"}, {**TABLE, "time": "when", "split": {"by": "time"}}),
    "hash": (dirty(150), {"kind": "generate"}, {"input": "text", "target": "answer", "split": {"by": "hash"}}),
    "given": (dirty(150), {"kind": "classify"}, {**TABLE, "split_column": "part", "group": "customer"}),
    "masked": (dirty(150), {"kind": "generate"}, {"input": "text", "target": "answer", "personal": "mask"}),
    "numbers": (dirty(150), {"kind": "regress"}, {"input": "text", "target": "amount"}),
    "sets": (dirty(150), {"kind": "multilabel"}, {"input": "text", "target": "tags"}),
    "chats": (chats(60), {}, {}),
    "liked": (
        ({"prompt": sentence(n // 2), "completion": sentence(n + 999), "label": n % 3 != 0} for n in range(90)),
        {},
        {},
    ),
    "spans": (
        (
            {"text": (text := sentence(n)), "spans": [{"start": 0, "end": text.index(" "), "label": "xy"[n % 2]}]}
            for n in range(60)
        ),
        {"kind": "extract", "labels": ["x"]},
        {},
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_rows_on_the_disk_come_out_as_rows_in_memory(desk, request, way):
    rows, task, settings = WAYS[way]
    desk.write("a.jsonl", as_jsonl(rows))
    audited(desk.prepare("a.jsonl", task=task, **settings)).save(desk.folder / "memory")
    request.getfixturevalue("on_disk")
    prepared = audited(desk.prepare("a.jsonl", task=task, **settings))
    prepared.save(desk.folder / "disk")
    files = sorted(path.name for path in (desk.folder / "memory" / "data").glob("*.*"))
    assert "ledger.parquet" in files
    for name in files:
        first, second = (desk.folder / folder / "data" / name for folder in ("memory", "disk"))
        assert hash_file(first) == hash_file(second), name
    assert prepared.summary["splits"]["train"] == len(prepared.train) > 0


@pytest.mark.usefixtures("on_disk")
def test_entries_come_back_as_they_were():
    entries = staged_entries(ODD[:2])
    assert entries[1] == ODD[1]
    for entry in [*ODD] * 2:
        entries.append(entry)
        assert entries[-1] == entry
    expected = [*ODD[:2], *ODD, *ODD]
    assert list(entries) == expected
    assert entries[2:6:3] == tuple(expected[2:6:3])
    assert len(entries) == len(expected)
    with pytest.raises(IndexError):
        entries[len(expected)]


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("moment", [datetime(2020, 2, 3, 4, 5, tzinfo=UTC), date(2020, 2, 3), 7, 1.5, "soon"])
def test_a_moment_stays_the_same_moment(moment):
    entry = Entry(id="a:1", file="a", row=1, time=moment)
    assert moment_of(staged_entries([entry] * 9)[8].time) == moment_of(moment)


def test_of_entries_on_the_disk_some_bytes_are_held(monkeypatch):
    monkeypatch.setattr(staged, "IN_MEMORY", 0)
    tracemalloc.start()
    entries = staged_entries(Entry(id=f"a:{n}", file="a", row=n, input=f"{n} " * 100) for n in range(2_000))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert entries[1_999].input.startswith("1999 ")
    assert held < 200_000  # of which 64 KB are a buffer


def test_progress_that_nobody_hears_is_not_kept(desk, monkeypatch):
    heard = []
    monkeypatch.setattr(Silent, "event", lambda self, kind, **data: heard.append(kind))
    desk.write("a.jsonl", as_jsonl(dirty(40)))
    audited(desk.prepare("a.jsonl", input="text", target="label"))
    assert not heard


def test_a_full_disk_is_named(desk, monkeypatch):
    class Full(io.BytesIO):
        def write(self, content):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(staged, "IN_MEMORY", 0)
    monkeypatch.setattr(staged, "scratch", Full)
    monkeypatch.setenv("TMPDIR", "/some/where")
    monkeypatch.setattr("tempfile.tempdir", "/some/where")
    desk.write("a.jsonl", as_jsonl(dirty(30)))
    problem = desk.problem("a.jsonl", input="text", target="label")
    assert problem.where == "/some/where"
    assert "TMPDIR" in problem.remedy


def test_summaries_on_the_disk_find_the_same_near_copies(monkeypatch):
    texts = [sentence(n % 90) + " again" * (n // 90) for n in range(200)]
    found = near_duplicates(texts, 0.7)
    monkeypatch.setattr(minhash, "_NOTED", 100)
    monkeypatch.setattr(minhash, "_TEXTS", 64)
    monkeypatch.setattr(minhash, "_PAIRS_KEPT", 2)
    assert near_duplicates(texts, 0.7) == found
    assert found


def test_lazy_items():
    items = Lazy(4, str)
    assert (items[0], items[-1], items[1:3], list(items)) == ("0", "3", ("1", "2"), ["0", "1", "2", "3"])
    assert items == ["0", "1", "2", "3"]
    assert items != ["0"]
    assert items != "0123"
    assert "2" in items
    for place in (4, -5):
        with pytest.raises(IndexError):
            items[place]


def test_repeated_texts_and_the_first_of_each():
    chance = random.Random(0)
    texts = [str(chance.randrange(40)) for _ in range(200)]
    found = repeats(b"".join(map(digest, texts)))
    expected = [(place, texts.index(text)) for place, text in enumerate(texts) if texts.index(text) < place]
    assert list(zip(found.places.tolist(), found.firsts.tolist(), strict=True)) == expected
    assert not len(repeats(b"").places)
    assert not len(repeats(digest("a")).places)


def test_digests_that_begin_alike_are_told_apart():
    digests = [bytes(8) + bytes([number] * 8) for number in (1, 2, 1, 3, 2, 1)]
    found = repeats(b"".join(digests))
    assert (found.places.tolist(), found.firsts.tolist()) == ([2, 4, 5], [0, 1, 0])


@pytest.mark.parametrize("seed", range(20))
def test_what_a_column_says_is_counted_as_one_would_row_by_row(seed):
    chance = random.Random(seed)
    values = [None, 1, "1", "None", "a", "b", *range(5, 5 + seed)]
    rows = [
        Row(id=str(n), split="train", target=chance.choice("xyz"), fields={"column": chance.choice(values)})
        for n in range(120)
    ]
    numbers = np.array(["xyz".index(row.target) for row in rows])
    found = leaking_columns._column(rows, "column", numbers)
    assert (found.right, found.asked) == row_by_row(rows)
    usual = Counter((str(row.fields["column"]), row.target) for row in rows).most_common(2)
    shown = [((str(rows[place].fields["column"]), rows[place].target), count) for place, count in found.usual]
    assert shown == usual


def row_by_row(rows):
    counts = defaultdict(Counter)
    for row in rows:
        if row.fields["column"] is not None:
            counts[str(row.fields["column"])][row.target] += 1
    right = asked = 0
    for row in rows:
        others = counts[str(row.fields["column"])].copy() if row.fields["column"] is not None else Counter()
        others[row.target] -= 1
        if others.total() > 0:
            asked += 1
            right += others.most_common(1)[0][0] == row.target
    return right, asked


def test_the_view_of_an_audit_holds_no_rows():
    rows = Lazy(3, lambda place: Row(id=str(place), split=("train", None, "test")[place]))
    view = View(kind="classify", given=False, rows=rows, splits=["train", None, "test"])
    assert [row.id for row in view.kept] == ["0", "2"]
    assert [row.id for row in view.of("test")] == ["2"]


def test_ids_of_a_table_are_those_of_its_rows(desk, on_disk):
    desk.write("a.csv", as_csv([("text", "label"), *((sentence(n), "ab"[n % 2]) for n in range(40))]))
    prepared = desk.prepare("a.csv")
    assert [row.id for row in prepared.ledger] == [f"a.csv:{n}" for n in range(1, 41)]
    assert json.dumps([example.id for example in prepared.train])


@pytest.mark.parametrize("phrase", [3, 5])
@pytest.mark.parametrize("seed", range(10))
def test_shared_runs_are_those_of_all_pairs(seed, phrase, monkeypatch):
    monkeypatch.setattr(shared, "_LEAST", 64)
    monkeypatch.setattr(shared, "_WORDS", 30)
    monkeypatch.setattr(shared, "_PHRASE", phrase)
    chance = random.Random(seed)
    letters = "abcde" if phrase == 3 else "abcd"
    known, asked = ([" ".join(chance.choices(letters, k=chance.randrange(9))) for _ in range(40)] for _ in range(2))
    found = list(shared_runs(known, asked, str.split, length=4, most=2))
    assert found == list(brute_force(known, asked, phrase))
    assert found or phrase == 3


def brute_force(known, asked, phrase):
    def runs(text, length):
        words = text.split()
        return [" ".join(words[n : n + length]) for n in range(len(words) - length + 1)]

    def own(text):
        """Runs of four words, none of which stands in a phrase that more than two texts have."""
        stock = {n + k for n, run in enumerate(runs(text, phrase)) if run in phrases for k in range(phrase)}
        return [run for n, run in enumerate(runs(text, 4)) if stock.isdisjoint(range(n, n + 4))]

    counts = Counter(run for text in known for run in set(runs(text, phrase)))
    phrases = {run for run, count in counts.items() if count > 2}
    sides = [own(text) for text in known]
    for place, text in enumerate(asked):
        for run in own(text):
            holders = [number for number, others in enumerate(sides) if run in others]
            if 0 < len(holders) <= 2:
                yield SharedRun(holders[0], place, run)
                break
