"""The contenders of ``scale.py``: ``python stores.py NAME FOLDER`` prints a line of JSON; each imports its own."""

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

GROUPS, WIDTH, K, WARM, BATCH = 50, 384, 10, 10, 4096
Search = Callable[[str, Any, int], list[int]]
Result = dict[str, Any]


def batches(folder: Path) -> Iterator[tuple[int, list[str], Any]]:
    """First number, texts and vectors of some thousand chunks at a time."""
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    with (folder / "texts.jsonl").open(encoding="utf-8") as file:
        for start in range(0, len(vectors), BATCH):
            part = np.array(vectors[start : start + BATCH])
            yield start, [json.loads(next(file)) for _ in range(len(part))], part


def metier(folder: Path, place: Path, *, kind: str = "sqlite") -> Result:
    """One SQLite file, or a PostgreSQL server; a document a chunk, readable by its group."""
    from metier.core import Document
    from metier.retrieval import STORES, Chunk, Filing, caller
    from metier.retrieval.searching import fuse

    def open_store() -> Any:
        return STORES.get(kind).open(place, about=[str(place)], width=WIDTH, embedder="")

    if kind == "postgres":
        open_store().drop()  # what a run that was stopped has left
        (place / STORES.get(kind).file).unlink()
    started = time.perf_counter()
    store = open_store()
    for start, texts, vectors in batches(folder):
        store.put(
            [
                Filing(
                    Document(id=str(number), text=text, readers=(f"g{number % GROUPS}", "all")),
                    [Chunk(id=str(number), place=0, heading="", text=text)],
                    vector[None],
                    "",
                )
                for number, text, vector in zip(range(start, start + len(texts)), texts, vectors, strict=True)
            ]
        )
    store.close()
    built = time.perf_counter() - started
    started = time.perf_counter()
    store = open_store()
    everybody = caller("all")
    store.dense(np.zeros(WIDTH, dtype=np.float32), asker=everybody, k=1)
    opened = time.perf_counter() - started

    def dense(text: str, vector: Any, group: int) -> list[int]:
        return [int(hit.id) for hit in store.dense(vector, asker=everybody, k=K)]

    def filtered(text: str, vector: Any, group: int) -> list[int]:
        return [int(hit.id) for hit in store.dense(vector, asker=caller(f"g{group}"), k=K)]

    def hybrid(text: str, vector: Any, group: int) -> list[int]:
        first = [hit.id for hit in store.dense(vector, asker=everybody, k=50)]
        second = [hit.id for hit in store.lexical(text, asker=everybody, k=50)]
        return [int(name) for name in fuse([first, second])[:K]]

    result = measured(folder, place, built, opened, {"dense": dense, "filtered": filtered, "hybrid": hybrid})
    if kind == "postgres":
        store.drop()
    return result


def lancedb(folder: Path, place: Path, *, index: bool = False) -> Result:
    """A LanceDB table with a full-text index and one on the groups; exact, or with its IVF-PQ index as it comes."""
    import lancedb as lance
    import pyarrow as pa
    from lancedb.rerankers import RRFReranker

    started = time.perf_counter()
    fields = [("number", pa.int64()), ("group", pa.int32()), ("text", pa.string())]
    schema = pa.schema([*fields, ("vector", pa.list_(pa.float32(), WIDTH))])

    def parts() -> Iterator[Any]:
        for start, texts, vectors in batches(folder):
            numbers = np.arange(start, start + len(texts))
            flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), WIDTH)
            columns = [pa.array(numbers), pa.array((numbers % GROUPS).astype(np.int32)), pa.array(texts), flat]
            yield pa.record_batch(columns, schema=schema)

    table = lance.connect(place).create_table("chunks", data=parts(), schema=schema)
    table.create_fts_index("text", replace=True)
    table.create_scalar_index("group", index_type="BITMAP")
    if index:
        table.create_index(metric="dot", vector_column_name="vector")
    built = time.perf_counter() - started
    started = time.perf_counter()
    table = lance.connect(place).open_table("chunks")
    reranker = RRFReranker()

    def numbers(query: Any) -> list[int]:
        return query.select(["number"]).limit(K).to_arrow()["number"].to_pylist()

    def dense(text: str, vector: Any, group: int) -> list[int]:
        return numbers(table.search(vector, vector_column_name="vector").distance_type("dot"))

    def filtered(text: str, vector: Any, group: int) -> list[int]:
        found = table.search(vector, vector_column_name="vector").distance_type("dot")
        return numbers(found.where(f"`group` = {group}", prefilter=True))

    def hybrid(text: str, vector: Any, group: int) -> list[int]:
        found = table.search(query_type="hybrid", vector_column_name="vector", fts_columns="text")
        found = found.vector(vector).text(text).distance_type("dot").rerank(reranker).limit(50)
        return found.to_arrow()["number"].to_pylist()[:K]

    dense("", np.ones(WIDTH, dtype=np.float32), 0)
    opened = time.perf_counter() - started
    return measured(folder, place, built, opened, {"dense": dense, "filtered": filtered, "hybrid": hybrid})


def faiss(folder: Path, place: Path, *, graph: bool) -> Result:
    """A flat index, or HNSW as it comes (32 links, 64 looked at); groups by a selector of ids."""
    import faiss as library

    library.omp_set_num_threads(1)
    started = time.perf_counter()
    inner = library.METRIC_INNER_PRODUCT
    index = library.IndexHNSWFlat(WIDTH, 32, inner) if graph else library.IndexFlatIP(WIDTH)
    count = 0
    for _, texts, vectors in batches(folder):
        index.add(vectors)
        count += len(texts)
    library.write_index(index, str(place / "index.faiss"))
    built = time.perf_counter() - started
    del index
    started = time.perf_counter()
    index = library.read_index(str(place / "index.faiss"))
    selectors = [library.IDSelectorBatch(np.arange(group, count, GROUPS)) for group in range(GROUPS)]
    opened = time.perf_counter() - started

    def parameters(selector: Any = None) -> Any:
        if graph:
            return library.SearchParametersHNSW(efSearch=64, **({"sel": selector} if selector else {}))
        return library.SearchParameters(**({"sel": selector} if selector else {}))

    def dense(text: str, vector: Any, group: int) -> list[int]:
        return index.search(vector[None], K, params=parameters())[1][0].tolist()

    def filtered(text: str, vector: Any, group: int) -> list[int]:
        return index.search(vector[None], K, params=parameters(selectors[group]))[1][0].tolist()

    return measured(folder, place, built, opened, {"dense": dense, "filtered": filtered})


def measured(folder: Path, place: Path, built: float, opened: float, searches: dict[str, Search]) -> Result:
    """Ask every question in every way."""
    questions, vectors = json.loads((folder / "questions.json").read_text()), np.load(folder / "questions.npy")
    result: Result = {"build_seconds": built, "open_seconds": opened}
    for mode, search in searches.items():
        times, found = [], []
        for place_, (text, vector) in enumerate(
            [*zip(questions[:WARM], vectors[:WARM], strict=True), *zip(questions, vectors, strict=True)]
        ):
            number = place_ - WARM
            started = time.perf_counter()
            one = search(text, vector, number % GROUPS)
            if number >= 0:
                times.append(1000 * (time.perf_counter() - started))
                found.append(one)
        result[mode] = {"p50_ms": float(np.percentile(times, 50)), "p95_ms": float(np.percentile(times, 95))}
        result[f"found_{mode}"] = found
    result["disk_mb"] = sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) / 1e6
    result["memory_mb"] = peak_mb()
    return result


def peak_mb() -> float:
    """Highest resident memory of the process. Linux's ``ru_maxrss`` begins with that of whoever started it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    place = folder / f"made-{name}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    contenders: dict[str, Callable[[], Result]] = {
        "metier": lambda: metier(folder, place),
        "metier-postgres": lambda: metier(folder, place, kind="postgres"),
        "lancedb": lambda: lancedb(folder, place),
        "lancedb-ivf": lambda: lancedb(folder, place, index=True),
        "faiss-flat": lambda: faiss(folder, place, graph=False),
        "faiss-hnsw": lambda: faiss(folder, place, graph=True),
    }
    result = contenders[name]()
    shutil.rmtree(place)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
