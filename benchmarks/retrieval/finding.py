"""How often the right document is found, and what answers make of it.

    python benchmarks/retrieval/finding.py handbook
    python benchmarks/retrieval/finding.py xquad --folder FOLDER [--language en]
    python benchmarks/retrieval/finding.py xquad --folder FOLDER --answers 60
    python benchmarks/retrieval/finding.py handbook --tune [--pairs 240] [--epochs 2]

``handbook`` is the bundled one with its 346 questions. FOLDER holds ``xquad.en.json`` (CC-BY-SA-4.0):
1,190 questions, each answered by one of 240 paragraphs; every paragraph is a document of its own, without a title.
Prints hit@1 and hit@5 with their 95% intervals, and MRR, for the three ways of searching; nothing is tuned. Bound by
the embedder. ``--answers`` lets the bundled SmolLM2 answer so many questions, drawn by seed 0, with no passages, those
found (k 4), the right one first among them, and the right one alone; bound by the model. ``--tune`` trains the embedder
and a reranker on 60% of the questions, keeps what 15% find better, and prints the measures of the other 25%, before and
after: XQuAD is divided by article, so that no paragraph is seen, the handbook by question.
"""

import argparse
import json
import tempfile
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from metier.approaches import Resources
from metier.approaches.grounding.context import Grounding, index_documents, read_documents
from metier.approaches.grounding.oracles import ask_oracles
from metier.approaches.grounding.retrievers import EMBEDDER, TextEncoder
from metier.approaches.grounding.training_retrievers import train_retriever
from metier.approaches.prompting.asking import PromptedSystem
from metier.core import Document, Example, Silent, Task
from metier.data import Dataset
from metier.models import CausalModel
from metier.prompts import Calibration, PromptSettings, compose
from metier.retrieval import (
    Index,
    RerankSettings,
    RetrievalSettings,
    TuneSettings,
    caller,
    collect,
    named,
    open_store,
)
from metier.retrieval.measures import hit, reciprocal_rank
from metier.retrieval.measuring import mean
from metier.retrieval.settings import Search

COLUMN = "article"
HANDBOOK = Path(str(files("metier.demo"))) / "handbook"
Bench = tuple[list[Document], list[Example]]
"""Documents, and questions that name the right ones."""


def read_xquad(path: Path) -> Bench:
    """Paragraphs as documents, and questions with the id of their paragraph."""
    documents: list[Document] = []
    questions: list[Example] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            documents.append(Document(id=f"p{len(documents)}", text=paragraph["context"]))
            questions += [
                Example(
                    id=qa["id"],
                    input=qa["question"],
                    target=qa["answers"][0]["text"],
                    group=article["title"],
                    fields={COLUMN: documents[-1].id},
                )
                for qa in paragraph["qas"]
            ]
    return documents, questions


def read_handbook() -> Bench:
    """The bundled handbook, and its questions."""
    rows = [json.loads(line) for line in HANDBOOK.with_name("questions.jsonl").read_text(encoding="utf-8").splitlines()]
    questions = [
        Example(id=row["id"], input=row["question"], target=row["answer"], fields={COLUMN: row["article"]})
        for row in rows
    ]
    return list(collect(HANDBOOK).documents), questions


def find(
    index: Index, questions: list[Example], ways: tuple[Search, ...] = ("lexical", "dense", "hybrid"), name: str = ""
) -> None:
    """Print the measures of each way of searching."""
    for how in ways:
        index.settings = index.settings.model_copy(update={"search": how})
        asked = [example.input for example in questions]
        found = index.search_all(asked, askers=[caller()] * len(asked), k=10)
        # Chunks of one document count once, at their best place.
        ranked = [list(dict.fromkeys(passage.document for passage in one.passages)) for one in found]
        right = [named(example, COLUMN) for example in questions]
        pairs = list(zip(ranked, right, strict=True))
        scores = [(f"hit@{k}", mean([hit(names, gold, k=k) for names, gold in pairs])) for k in (1, 5)]
        shown = ", ".join(f"{measure} {one.value:.3f} ({one.low:.3f} to {one.high:.3f})" for measure, one in scores)
        rank = mean([reciprocal_rank(names, gold) for names, gold in pairs]).value
        print(f"{name}{how:8} {shown}, MRR {rank:.3f}", flush=True)


def answer(index: Index, questions: list[Example], resources: Resources) -> None:
    """Print what the answers are worth with none, the found and the right passages."""
    task = Task(kind="generate", instruction="Answer the question with the fewest words that answer it.")
    settings = RetrievalSettings(k=4, abstain=None, oracles=len(questions))
    index.settings = settings
    grounding = Grounding(index, settings)
    system = PromptedSystem(
        model=CausalModel(resources.source("builtin"), resources.compute),
        task=task,
        prompt=compose(task, instruction=None, list_labels=None, label_words={}, trained=False),
        settings=PromptSettings(max_new_tokens=24),
        pool=(),
        calibration=Calibration.identity(0),
        resources=resources,
        grounding=grounding,
    )
    print(ask_oracles(system, grounding.ground(questions).examples, column=COLUMN), flush=True)


def tune(bench: Bench, folder: Path, resources: Resources, *, pairs: int | None, epochs: float) -> None:
    """Train embedder and reranker on some questions; print what the others find before and after."""
    documents, questions = bench
    resources.documents, resources.recipe_folder = str(HANDBOOK), folder
    if not documents[0].source:  # not read from files: XQuAD
        resources.documents = "documents"
        (folder / "documents").mkdir(exist_ok=True)
        for document in documents:
            (folder / "documents" / f"{document.id}.txt").write_text(document.text, encoding="utf-8")
        questions = [replace(one, fields={COLUMN: f"{one.fields[COLUMN]}.txt"}) for one in questions]
    groups = sorted({one.group or one.id for one in questions})
    Random(0).shuffle(groups)
    part = {name: number / len(groups) for number, name in enumerate(groups)}
    train, validation, test = (
        tuple(one for one in questions if low <= part[one.group or one.id] < high)
        for low, high in ((0, 0.6), (0.6, 0.75), (0.75, 1))
    )
    print(f"{len(train)} questions to learn from, {len(validation)} to choose by, {len(test)} to measure", flush=True)
    task = Task(kind="generate", instruction="")
    dataset = Dataset(folder=folder, task=task, train=train, validation=validation, summary={})
    shared: dict[str, Any] = {"max_pairs": pairs, "epochs": epochs}
    settings = RetrievalSettings(tune=TuneSettings(**shared), rerank=RerankSettings(**shared))
    trained = train_retriever(settings, dataset, resources, folder)
    print("\n".join(trained.notes), {part: round(seconds) for part, seconds in trained.seconds.items()}, flush=True)
    collected, plain = read_documents(resources), RetrievalSettings()
    base = index_documents(collected, plain, resources, folder / "base", models=folder / "base")
    find(base.index, list(test))
    both = index_documents(collected, settings, resources, folder / "both", models=folder)
    tuned = Index(both.index.store, both.index.embedder, plain)
    if (folder / EMBEDDER).is_dir():
        find(tuned, list(test), ("dense", "hybrid"), "tuned ")
    if both.index.reranker:
        find(both.index, list(test), ("hybrid",), "reranked ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("handbook", "xquad"))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--language", default="en")
    parser.add_argument("--embedder", default="builtin-encoder")
    parser.add_argument("--answers", type=int, default=0)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--work", type=Path, help="keep files here: a stopped training goes on at its checkpoint")
    parser.add_argument("--epochs", type=float, default=2)
    arguments = parser.parse_args()
    bench = (
        read_handbook()
        if arguments.what == "handbook"
        else read_xquad(arguments.folder / f"xquad.{arguments.language}.json")
    )
    documents, questions = bench
    resources = Resources(reporter=Silent(), embedder=arguments.embedder, device="cpu", precision="float32")
    encoder = TextEncoder(resources.encoder, resources.reporter, "")
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.work or made
        if arguments.tune:
            tune(bench, Path(folder), resources, pairs=arguments.pairs, epochs=arguments.epochs)
            return
        store = open_store(Path(folder) / "store.sqlite", width=encoder.width)
        index = Index(store, encoder, RetrievalSettings())
        index.put_all(documents)
        count = sum(entry.chunks for entry in store.catalogue())
        print(f"{len(documents)} documents, {count} chunks, {len(questions)} questions", flush=True)
        if arguments.answers:
            answer(index, Random(0).sample(questions, arguments.answers), resources)
        else:
            find(index, questions)
        store.close()


if __name__ == "__main__":
    main()
