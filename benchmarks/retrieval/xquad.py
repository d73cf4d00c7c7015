"""How often the right paragraph is found: ``python benchmarks/retrieval/xquad.py FOLDER [--language en]``.

FOLDER holds ``xquad.en.json`` (CC-BY-SA-4.0): 1,190 questions, each answered by one of 240 paragraphs. Every paragraph
is a document of its own, without a title. Prints hit@1 and hit@5 with their 95% intervals, and MRR, for the three
ways of searching; nothing is tuned. Bound by the embedder.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from metier.approaches import Resources
from metier.approaches.grounding import TextEncoder
from metier.core import Document, Silent
from metier.retrieval import Index, RetrievalSettings, caller, open_store
from metier.retrieval.measures import hit, reciprocal_rank
from metier.retrieval.measuring import mean


def read(path: Path) -> tuple[list[Document], list[tuple[str, str]]]:
    """Paragraphs as documents, and questions with the id of their paragraph."""
    documents: list[Document] = []
    questions: list[tuple[str, str]] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            documents.append(Document(id=f"p{len(documents)}", text=paragraph["context"]))
            questions += [(qa["question"], documents[-1].id) for qa in paragraph["qas"]]
    return documents, questions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", default="en")
    parser.add_argument("--embedder", default="builtin-encoder")
    arguments = parser.parse_args()
    documents, questions = read(arguments.folder / f"xquad.{arguments.language}.json")
    encoder = TextEncoder(Resources(reporter=Silent(), embedder=arguments.embedder, device="cpu", precision="float32"))
    with tempfile.TemporaryDirectory() as folder:
        index: Any = None
        for how in ("lexical", "dense", "hybrid"):
            settings = RetrievalSettings(search=how, k=5)
            if index is None:
                width = encoder.embed(["a"]).shape[1]
                index = Index(open_store(Path(folder) / "xquad.sqlite", width=width), encoder, settings)
                index.put_all(documents)
                count = sum(entry.chunks for entry in index.store.catalogue())
                print(f"{len(documents)} paragraphs, {count} chunks, {len(questions)} questions")
            index.settings = settings
            found = index.search_all([q for q, _ in questions], askers=[caller()] * len(questions), k=10)
            # Chunks of one paragraph count once, at their best place.
            ranked = [list(dict.fromkeys(p.document for p in one.passages)) for one in found]
            first, five = (
                mean([hit(names, {right}, k=k) for names, (_, right) in zip(ranked, questions, strict=True)])
                for k in (1, 5)
            )
            rank = mean([reciprocal_rank(n, {r}) for n, (_, r) in zip(ranked, questions, strict=True)]).value
            shown = ", ".join(
                f"{name} {score.value:.3f} ({score.low:.3f} to {score.high:.3f})"
                for name, score in (("hit@1", first), ("hit@5", five))
            )
            print(f"{how:8} {shown}, MRR {rank:.3f}", flush=True)
        index.store.close()


if __name__ == "__main__":
    main()
