"""Damaged, cut and scrambled files: always either a DataError or a whole account of the rows, never anything else."""

import gzip
import io
import json
import random
import zipfile
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ticket_desk import Desk, as_csv, as_jsonl, sentence

from metier.core import DataError
from metier.data import TaskSettings, audited, prepare

KINDS = [
    *("a.csv", "b.csv", "c.tsv", "d.json", "e.jsonl", "f.jsonl", "g.json", "h.parquet"),
    *("i.conll", "j.jsonl", "k.json", "l.json", "m.csv.gz", "n.zip", "o.arrow", "p.jsonl"),
]


def seeds(folder):
    """A good file of each kind."""
    rows = [(sentence(n), ["refund", "card", "löschen"][n % 3], f"c{n % 9}") for n in range(24)]
    named = [{"text": text, "label": label, "customer": customer} for text, label, customer in rows]
    turns = [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label}]}
        for text, label, _ in rows
    ]
    shared = [
        {"conversations": [{"from": "human", "value": text}, {"from": "gpt", "value": label}]}
        for text, label, _ in rows
    ]
    header = ("text", "label", "customer")
    spans = [{"text": text, "entities": [{"start": 0, "end": 4, "label": label}]} for text, label, _ in rows]
    articles = [
        {"title": label, "paragraphs": [{"context": text, "qas": [{"question": "What?", "answers": [{"text": text}]}]}]}
        for text, label, _ in rows
    ]
    tasks = [
        {"data": {"text": text}, "annotations": [{"result": [{"type": "choices", "value": {"choices": [label]}}]}]}
        for text, label, _ in rows
    ]
    pairs = [{"prompt": text, "chosen": f"{label} yes", "rejected": "no"} for text, label, _ in rows]
    tagged = "\n\n".join("\n".join(f"{word}\tB-X" for word in text.split()) for text, _, _ in rows)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("one/rows.csv", as_csv([header, *rows[:12]]))
        packed.writestr("two/rows.csv", as_csv([header, *rows[12:]]))
    stream = io.BytesIO()
    table = pa.Table.from_pylist(named)
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    pq.write_table(pa.Table.from_pylist(named), folder / "seed.parquet")
    return {
        "a.csv": as_csv([header, *rows]).encode(),
        "b.csv": as_csv([header, *rows], delimiter=";").encode("cp1252"),
        "c.tsv": as_csv([header, *rows], delimiter="\t").encode(),
        "d.json": json.dumps({"rows": named}, indent=1).encode(),
        "e.jsonl": as_jsonl(named).encode(),
        "f.jsonl": as_jsonl(turns).encode(),
        "g.json": json.dumps(shared).encode(),
        "h.parquet": (folder / "seed.parquet").read_bytes(),
        "i.conll": tagged.encode(),
        "j.jsonl": as_jsonl(spans).encode(),
        "k.json": json.dumps({"version": "1", "data": articles}).encode(),
        "l.json": json.dumps(tasks).encode(),
        "m.csv.gz": gzip.compress(as_csv([header, *rows]).encode()),
        "n.zip": archive.getvalue(),
        "o.arrow": stream.getvalue(),
        "p.jsonl": as_jsonl(pairs).encode(),
    }


def cut(content, chance):
    return content[: chance.randrange(len(content) + 1)]


def flip(content, chance):
    data = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def quote(content, chance):
    place = chance.randrange(len(content))
    return content[:place] + chance.choice([b'"', b'""', b"'", b"\\", b'",', b"{", b"[", b"]", b"}"]) + content[place:]


def splice(content, chance):
    first, second = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[first:second] + content[: second // 2]


def insert(content, chance):
    place = chance.randrange(len(content))
    noise = [
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\n\n\n",
        b"\r",
        b"\xe2\x80\xa8",
        b"," * 50,
        b"NaN",
        b"\\ud800",
        b"null",
    ]
    return content[:place] + chance.choice(noise) + content[place:]


def recode(content, chance):
    return content.decode("utf-8", "replace").encode(
        chance.choice(["utf-16", "utf-16-le", "utf-32", "shift_jis"]), "replace"
    )


def nest(content, chance):
    return chance.choice([b"[", b'{"a":', b"[[[", b'{"rows": [']) * chance.choice([1, 2, 3_000]) + content


def repeat(content, chance):
    return content + content[chance.randrange(len(content)) :]


MUTATIONS = [cut, flip, quote, splice, insert, recode, nest, repeat]


def _outcome(settings, folder, *, seed):
    try:
        prepared = prepare(TaskSettings(), settings, folder=folder, seed=seed)
    except DataError as refusal:
        problems, text = refusal.problems, str(refusal)
    else:
        rows = prepared.summary["rows"]
        assert len(prepared.ledger) == rows
        assert sum(sum(row.values()) for row in prepared.summary["totals"].values()) == rows
        audited(prepared).save(folder / "run")
        return "prepared"
    assert all(problem.remedy and problem.where and problem.got for problem in problems)
    assert "Traceback" not in text
    return "refused"


def _mutate(folder, name, rounds):
    """Every round a file with one to three mutations; all are refused with reasons, or wholly accounted for."""
    chance = random.Random(f"{name} {rounds}")
    content = seeds(folder)[name]
    outcomes: Counter[str] = Counter()
    for number in range(rounds):
        mutated = content
        for _ in range(chance.choice([1, 1, 2, 3])):
            mutated = chance.choice(MUTATIONS)(mutated, chance) or b"x"
        if name == "m.csv.gz" and number % 2:  # faults inside the archive, not of it
            mutated = gzip.compress(chance.choice(MUTATIONS)(gzip.decompress(content), chance) or b"x")
        desk = Desk(folder)
        desk.write(name, mutated)
        settings = desk.settings(name, encoding=chance.choice([None, None, None, "cp1252", "utf-16"]))
        outcomes[_outcome(settings, folder, seed=number)] += 1
    assert outcomes["refused"] + outcomes["prepared"] == rounds


@pytest.mark.parametrize("name", KINDS)
def test_a_mutated_file_is_refused_or_accounted_for(tmp_path, name):
    _mutate(tmp_path, name, 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_two_thousand_mutated_files(tmp_path, name):
    _mutate(tmp_path, name, 125)


def test_every_good_seed_is_prepared(tmp_path):
    for name, content in seeds(tmp_path).items():
        desk = Desk(tmp_path)
        desk.write(name, content)
        encoding = "cp1252" if name == "b.csv" else None
        assert desk.prepare(name, encoding=encoding).summary["rows"] == 24, name
