"""Whole comparisons on real data: ``python benchmarks/domains.py DATA DOMAIN [--rows 200] [--out FOLDER]``.

DATA holds the published sets in folders of their own; DOMAIN is ``bc5cdr`` (entities), ``mts-dialog`` (clinical notes)
or ``xquad`` (questions on documents). ``--rows`` says how many test rows there are at most; of BC5CDR and XQuAD five
times as many in all, of MTS-Dialog all training rows. Recipes stand in ``recipes/``; table and page are those of
``metier run``. Bound by SmolLM2's matrix products on a CPU. A killed run goes on with the same command.
"""

import argparse
import csv
import json
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random

from metier.cli.app import app

RECIPES = Path(__file__).parent / "recipes"


def bc5cdr(data: Path, folder: Path, rows: int) -> None:
    """The first sentences of each split."""
    for split, count in {"train": 5 * rows, "devel": rows, "test": rows}.items():
        sentences = (data / "bio-ner" / "BC5CDR-IOB" / f"{split}.tsv").read_text(encoding="utf-8").split("\n\n")
        (folder / f"{split}.tsv").write_text("\n\n".join(sentences[:count]) + "\n", encoding="utf-8")


def mts_dialog(data: Path, folder: Path, rows: int) -> None:
    """All training rows; the first of validation and of the first test set."""
    names = {"train": "TrainingSet", "validation": "ValidationSet", "test": "TestSet-1-MEDIQA-Chat-2023"}
    for split, name in names.items():
        with (data / "mts-dialog" / f"MTS-Dialog-{name}.csv").open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            some = list(islice(reader, None if split == "train" else rows))
        with (folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames or [])
            writer.writeheader()
            writer.writerows(some)


def xquad(data: Path, folder: Path, rows: int) -> None:
    """Every paragraph a document; questions of all articles, five times as many as test rows, drawn by seed 0."""
    documents = folder / "documents"
    documents.mkdir()
    questions: list[dict[str, str]] = []
    for article in json.loads((data / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))["data"]:
        for number, paragraph in enumerate(article["paragraphs"]):
            name = f"{article['title']}-{number}.txt".replace("/", "-")
            (documents / name).write_text(paragraph["context"], encoding="utf-8")
            questions += [
                {"question": qa["question"], "answer": qa["answers"][0]["text"], "article": article["title"]}
                for qa in paragraph["qas"]
            ]
    some = Random(0).sample(questions, min(5 * rows, len(questions)))
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some), encoding="utf-8")


DOMAINS: dict[str, Callable[[Path, Path, int], None]] = {"bc5cdr": bc5cdr, "mts-dialog": mts_dialog, "xquad": xquad}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("domain", choices=list(DOMAINS))
    parser.add_argument("--rows", type=int, default=200, help="test rows at most")
    parser.add_argument("--out", type=Path, default=Path("runs/domains"))
    parser.add_argument("--check", action="store_true", help="what would happen, and what it would take")
    arguments = parser.parse_args()
    folder = arguments.out.resolve() / f"{arguments.domain}-{arguments.rows}"
    if not folder.is_dir():
        making = folder.with_name(f".{folder.name}")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        DOMAINS[arguments.domain](arguments.data, making, arguments.rows)
        shutil.copy(RECIPES / f"{arguments.domain}.yaml", making / "recipe.yaml")
        making.rename(folder)
    recipe, run = folder / "recipe.yaml", folder / "run"
    app(["check", str(recipe)] if arguments.check else ["run", str(recipe), "--out", str(run)])


if __name__ == "__main__":
    main()
