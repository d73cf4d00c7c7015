"""200,000 chunks in Metier's store, LanceDB and FAISS: build time, memory, search times, recall; in one run.

    python benchmarks/retrieval/scale.py --shared FOLDER [--chunks 200000] [--peers FOLDER] [--out scale.json]

FOLDER holds ``corpus/*.parquet`` (open English text, column ``text``) and ``models/embed-potion`` (static word
embeddings, MIT). Chunks are runs of 80 words; a vector is the mean of the words' embeddings, 128 numbers turned into
384 by a fixed rotation, which keeps every inner product: the work of a 384-wide index, neighbours of real text. Each
chunk belongs to one of 50 groups; the filtered search asks for one group, 2%. Questions are six words in a row out of
chunks that are not indexed. Vectors are given: embedding is outside the clock for all, and so is the question's.

Every contender is a process of its own, one after another; peers run in an environment of their own, which the first
call makes in ``--peers`` (LanceDB, FAISS; 1 GB). ``metier-postgres`` takes part where ``METIER_POSTGRES`` has an
address; the server's memory and files are not in its figures. Times are of one question after another, in one thread,
after ten that are not counted. Memory is the peak of the whole process, building included; the input is read in parts.
Recall is the share of the ten exact nearest neighbours; a hybrid search has none, as engines rank words each in their
own way. FAISS has no words and keeps no text: it is an index, not a store. Bound by memory bandwidth (exact search) and
by the processor (words).
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

WORDS, GROUPS, WIDTH, K = 80, 50, 384, 10
PACKAGES = ("lancedb==0.40.0", "faiss-cpu==1.15.1", "pyarrow", "numpy", "psutil")
CONTENDERS = ("metier", "metier-postgres", "lancedb", "lancedb-ivf", "faiss-flat", "faiss-hnsw")
MODES = ("dense", "filtered", "hybrid")


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/metier-benchmarks``, else ``~/.cache/metier-benchmarks``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "metier-benchmarks"


def python_of(contender: str, folder: Path) -> Path:
    """Metier's own interpreter, or that of the peers, made in ``folder`` where it is missing."""
    if contender.startswith("metier"):
        return Path(sys.executable)
    mark, made_from = folder / "made-from", json.dumps(PACKAGES)
    if not mark.is_file() or mark.read_text() != made_from:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)
        mark.write_text(made_from)
    return folder / "bin" / "python"


def write_input(shared: Path, folder: Path, chunks: int, queries: int) -> None:
    """``texts.jsonl``, ``vectors.npy`` (float32 [N, 384]), ``questions.json`` and ``.npy``; kept for later runs."""
    if (folder / "questions.npy").is_file():
        return
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    model = shared / "models" / "embed-potion"
    table = load_file(model / "model.safetensors")["embeddings"].astype(np.float32)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_truncation()
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(WIDTH, table.shape[1])))

    def vectors_of(texts: list[str]) -> Any:
        found = np.stack(
            [table[one.ids].mean(0) for one in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        )
        wide = (found @ rotation.T).astype(np.float32)
        return wide / np.linalg.norm(wide, axis=1, keepdims=True)

    folder.mkdir(parents=True, exist_ok=True)
    vectors = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.float32, (chunks, WIDTH))
    texts, questions, done = [], [], 0
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
        for place, text in enumerate(_chunks(shared, chunks + queries)):
            if place % (chunks // queries + 1) == 0 and len(questions) < queries:
                questions.append(" ".join(text.split()[20:26]))
                continue
            texts.append(text)
            if len(texts) == 4096 or done + len(texts) == chunks:
                vectors[done : done + len(texts)] = vectors_of(texts)
                file.writelines(json.dumps(one) + "\n" for one in texts)
                done, texts = done + len(texts), []
    assert done == chunks, f"the corpus has only {done} chunks"
    vectors.flush()
    (folder / "questions.json").write_text(json.dumps(questions))
    np.save(folder / "questions.npy", vectors_of(questions))


def _chunks(shared: Path, count: int) -> Any:
    """Runs of 80 words, from all files in turns."""
    import pyarrow.parquet as pq

    given = 0
    files = sorted((shared / "corpus").glob("train-*.parquet"))
    each = -(-count // len(files)) * 2
    for file in files:
        mine = 0
        for batch in pq.ParquetFile(file).iter_batches(batch_size=64, columns=["text"]):
            for text in batch.column("text").to_pylist():
                words = text.split()
                for start in range(0, len(words) - WORDS, WORDS):
                    if given == count:
                        return
                    if mine < each:
                        yield " ".join(words[start : start + WORDS])
                        mine, given = mine + 1, given + 1


def exact(folder: Path) -> dict[str, list[list[int]]]:
    """The ten nearest chunks of every question, among all and among those of its group."""
    vectors, questions = np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "questions.npy")
    scores = np.concatenate([questions @ vectors[start : start + 8192].T for start in range(0, len(vectors), 8192)], 1)
    group = np.arange(len(vectors)) % GROUPS
    mine = np.where(group[None] == np.arange(len(questions))[:, None] % GROUPS, scores, -2.0)
    return {"dense": np.argsort(-scores)[:, :K].tolist(), "filtered": np.argsort(-mine)[:, :K].tolist()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--chunks", type=int, default=200_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--contenders", nargs="*", choices=CONTENDERS)
    parser.add_argument("--peers", type=Path, help="environment of the peers; default: in the cache")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--prepare", action="store_true", help="write the input and make the environment, time nothing")
    arguments = parser.parse_args()
    cache = cache_folder()
    folder = cache / f"scale-{arguments.chunks}-{arguments.queries}"
    write_input(arguments.shared, folder, arguments.chunks, arguments.queries)
    peers = arguments.peers or cache / "environments" / "stores"
    pythons = {name: python_of(name, peers) for name in arguments.contenders or who_can()}
    if arguments.prepare:
        return
    right = exact(folder)
    print(f"{arguments.chunks} chunks, {arguments.queries} questions", flush=True)
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LANCE_CPU_THREADS"), "1")
    results: dict[str, Any] = {"about": {"chunks": arguments.chunks, "questions": arguments.queries, "peers": PACKAGES}}
    for name, python in pythons.items():
        asked = [python, Path(__file__).with_name("stores.py"), name, folder]
        done = subprocess.run(asked, env={**os.environ, **one_thread}, capture_output=True, text=True)
        if done.returncode:
            results[name] = {"failed": done.stderr[-2000:]}
            print(f"{name} failed: {done.stderr[-2000:]}", flush=True)
        else:
            results[name] = with_recall(json.loads(done.stdout.splitlines()[-1]), right)
            print(line(name, results[name]), flush=True)
        if arguments.out:  # after each: what was measured is kept whatever happens to the next
            arguments.out.write_text(json.dumps(results, indent=1))


def who_can() -> list[str]:
    """All contenders, the one of PostgreSQL only where there is a server."""
    return [name for name in CONTENDERS if name != "metier-postgres" or os.environ.get("METIER_POSTGRES")]


def with_recall(result: dict[str, Any], right: dict[str, list[list[int]]]) -> dict[str, Any]:
    """The result with its recall in place of what was found; of a search without right answers there is none."""
    for mode in MODES:
        found, wanted = result.pop(f"found_{mode}", None), right.get(mode)
        if found and wanted:
            hits = [len(set(a) & set(b)) / K for a, b in zip(found, wanted, strict=True)]
            result[f"recall_{mode}"] = round(sum(hits) / len(hits), 4)
    return result


def line(name: str, result: dict[str, Any]) -> str:
    """A contender's figures for a person."""
    modes = [
        f"{mode} p50 {result[mode]['p50_ms']:.1f} p95 {result[mode]['p95_ms']:.1f} ms"
        + (f" recall {result[f'recall_{mode}']:.3f}" if f"recall_{mode}" in result else "")
        for mode in MODES
        if mode in result
    ]
    size = (
        f"build {result['build_seconds']:.1f} s, open {result['open_seconds']:.1f} s, disk {result['disk_mb']:.0f} MB"
    )
    return f"{name:12} {size}, memory {result['memory_mb']:.0f} MB; " + "; ".join(modes)


if __name__ == "__main__":
    main()
