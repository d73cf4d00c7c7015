"""Near duplicates among 200,000 texts, an audit of 100,000 rows, and a large file: time, memory, and what is found.

    python benchmarks/data/scale.py near [--rows 200000] [--only metier|datasketch]
    python benchmarks/data/scale.py audit [--rows 100000] [--only metier|pandas]
    python benchmarks/data/scale.py stream [--megabytes 1000]

Texts are pieces of about 250 characters of the corpus below ``$METIER_SHARED/corpus`` (or ``../shared/corpus``). Each
engine runs in a process of its own: CPU seconds and the process's highest memory. ``near`` plants copies with known
edits and counts how many pairs at a Jaccard similarity of 0.8 or more are found; datasketch (MinHash of 128
permutations with LSH, its candidates verified by the true similarity, as Metier's are) is given the same 5-character
pieces.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("METIER_SHARED", ROOT.parent / "shared")) / "corpus"
PIECE, WIDTH, THRESHOLD, COPIES = 5, 250, 0.8, 0.05


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("what", choices=["near", "audit", "stream"])
    options.add_argument("--rows", type=int)
    options.add_argument("--megabytes", type=int, default=1000)
    options.add_argument("--only")
    options.add_argument("--engine", help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.engine:
        print(json.dumps(measured(asked)))
        return
    engines = {"near": ["metier", "datasketch"], "audit": ["metier", "pandas"], "stream": ["check", "prepare"]}[
        asked.what
    ]
    with tempfile.TemporaryDirectory() as folder:
        write(asked, Path(folder))
        for engine in engines:
            if asked.only in (None, engine):
                command = [sys.executable, __file__, asked.what, "--engine", engine, "--folder", folder]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                print(f"{asked.what} {engine}: {done.stdout.strip() or done.stderr[-500:]}", flush=True)


def write(asked: argparse.Namespace, folder: Path) -> None:
    rows = asked.rows or {"near": 200_000, "audit": 100_000, "stream": 0}[asked.what]
    if asked.what == "near":
        texts, planted = with_copies(rows)
        (folder / "texts.json").write_text(json.dumps({"texts": texts, "planted": planted}))
    elif asked.what == "audit":
        with (folder / "rows.jsonl").open("w") as file:
            for text, source in pieces(rows):
                file.write(json.dumps({"text": text, "label": source}) + "\n")
    else:
        size, number = 0, 0
        with (folder / "rows.jsonl").open("w") as file:
            while size < asked.megabytes << 20:
                for text, source in pieces(100_000):
                    number += 1
                    size += file.write(json.dumps({"text": f"{number} {text}", "label": source}) + "\n")
                    if size >= asked.megabytes << 20:
                        break


def pieces(count: int) -> Iterator[tuple[str, str]]:
    """Texts of the corpus cut into pieces, each with the kind of its document; all files in turn."""
    files = [cut(path) for path in sorted(CORPUS.rglob("*.parquet"))]
    given = 0
    while files and given < count:
        for file in list(files):
            piece = next(file, None)
            if piece is None:
                files.remove(file)
                continue
            yield piece
            given += 1
            if given == count:
                return


def cut(path: Path) -> Iterator[tuple[str, str]]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(path).iter_batches(batch_size=200, columns=["text", "kind"]):
        for row in batch.to_pylist():
            text = " ".join(row["text"].split())
            for start in range(0, min(len(text) - WIDTH, 40 * WIDTH), WIDTH):
                yield text[start : start + WIDTH], row["kind"]


def with_copies(rows: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Texts of which a twentieth are copies of others with a few characters changed, and the places of these pairs."""
    chance = random.Random(0)
    copies = int(rows * COPIES)
    texts = [text for text, _ in pieces(rows - copies)]
    planted: list[tuple[int, int]] = []
    for original in chance.sample(range(len(texts)), min(copies, len(texts))):
        copy = list(texts[original])
        for _ in range(chance.randrange(1, 5)):
            copy[chance.randrange(len(copy))] = chance.choice("abcdefghij ")
        planted.append((original, len(texts)))
        texts.append("".join(copy))
    return texts, planted


def measured(asked: argparse.Namespace) -> dict[str, object]:
    engine = globals()[f"{asked.what}_{asked.engine}"]
    started, clock = time.process_time(), time.perf_counter()
    found = engine(asked.folder)
    return {
        **found,
        "cpu_seconds": round(time.process_time() - started, 1),
        "wall_seconds": round(time.perf_counter() - clock, 1),
        "peak_mb": round(highest()),
    }


def highest() -> float:
    """Highest resident memory of this process, in MB: Linux's ``ru_maxrss`` begins with that of whoever started it."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def near_metier(folder: Path) -> dict[str, object]:
    from metier.data import near_duplicates

    given = json.loads((folder / "texts.json").read_text())
    clusters = near_duplicates(given["texts"], THRESHOLD)
    home = {place: number for number, cluster in enumerate(clusters) for place in cluster}
    return scored(given, lambda a, b: a in home and home[a] == home.get(b))


def near_datasketch(folder: Path) -> dict[str, object]:
    from datasketch import MinHash, MinHashLSH

    given = json.loads((folder / "texts.json").read_text())
    texts = given["texts"]
    index = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    parent = list(range(len(texts)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, text in enumerate(texts):
        own = MinHash(num_perm=128)
        own.update_batch([piece.encode() for piece in shingles(text)])
        for other in index.query(own):
            if root(other) != root(place) and jaccard(text, texts[other]) >= THRESHOLD:
                parent[root(place)] = root(other)
        index.insert(place, own, check_duplication=False)
    return scored(given, lambda a, b: root(a) == root(b))


def scored(given: dict, together) -> dict[str, object]:
    """Planted pairs that are near duplicates by their true similarity, and those of them that were found."""
    pairs = [(a, b) for a, b in given["planted"] if jaccard(given["texts"][a], given["texts"][b]) >= THRESHOLD]
    found = sum(together(a, b) for a, b in pairs)
    return {"texts": len(given["texts"]), "pairs": len(pairs), "found": found}


def shingles(text: str) -> set[str]:
    text = " ".join(text.casefold().split())
    return {text[i : i + PIECE] for i in range(max(1, len(text) - PIECE + 1))}


def jaccard(first: str, second: str) -> float:
    a, b = shingles(first), shingles(second)
    return len(a & b) / len(a | b)


def audit_metier(folder: Path) -> dict[str, object]:
    from metier.data import DataSettings, TaskSettings, audit, prepare

    settings = DataSettings(examples="rows.jsonl", input="text", target="label")
    prepared = prepare(TaskSettings(kind="classify"), settings, folder=folder, seed=0)
    read = time.process_time()
    findings = audit(prepared)
    return {
        "rows": prepared.summary["rows"],
        "prepare_cpu_seconds": round(read, 1),
        "findings": {finding.id: len(finding.rows) for finding in findings},
    }


def audit_pandas(folder: Path) -> dict[str, object]:
    """What people write by hand: exact duplicates, conflicting labels, label counts, three patterns, exact leaks."""
    import pandas as pd
    from sklearn.model_selection import train_test_split

    frame = pd.read_json(folder / "rows.jsonl", lines=True)
    frame["key"] = frame["text"].str.lower().str.split().str.join(" ")
    labels = frame.groupby("key")["label"].nunique()
    patterns = {"email": r"\S+@\S+\.\w+", "phone": r"\+?\d[\d ()-]{7,}\d", "network": r"\b\d{1,3}(?:\.\d{1,3}){3}\b"}
    train, test = train_test_split(frame, test_size=0.2, random_state=0, stratify=frame["label"])
    found = {
        "duplicates": int(frame["key"].duplicated().sum()),
        "differing": int((labels > 1).sum()),
        "rare": int((frame["label"].value_counts() < 8).sum()),
        "leaks": int(test["key"].isin(set(train["key"])).sum()),
        **{name: int(frame["text"].str.contains(pattern).sum()) for name, pattern in patterns.items()},
    }
    return {"rows": len(frame), "findings": found}


def stream_check(folder: Path) -> dict[str, object]:
    """The look through all rows that `metier init` takes; nothing is kept but counts."""
    from metier.data import DataSettings, inspect_source

    seen = inspect_source(DataSettings(examples="rows.jsonl"), folder=folder)
    return {"rows": seen.rows, "megabytes": (folder / "rows.jsonl").stat().st_size >> 20}


def stream_prepare(folder: Path) -> dict[str, object]:
    """Everything that a run does with the rows before the first approach."""
    from metier.data import DataSettings, TaskSettings, prepare

    prepared = prepare(TaskSettings(), DataSettings(examples="rows.jsonl"), folder=folder, seed=0)
    prepared.save(folder / "run")
    return {"rows": prepared.summary["rows"], "kept": sum(prepared.summary["splits"].values())}


if __name__ == "__main__":
    main()
