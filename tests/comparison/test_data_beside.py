"""A recipe's data is looked at beside its embedder, its documents and its instructions."""

from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows, write_recipe

from metier.comparison import check_recipe, run
from metier.comparison.planning.preparing import beside_rows, read_data
from metier.comparison.recipe import load_recipe
from metier.core import DataError, Silent
from metier.core.artifacts import read_json

DATA = {"examples": "tickets.csv", "input": "message", "target": "intent"}
CONTENT = [(f"{text} and some words of its own {place}", label) for place, (text, label) in enumerate(rows(60))]


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    def write(approaches: Any = None, **data: Any) -> Path:
        sections = {"data": {**DATA, **data}, "content": CONTENT}
        return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches or {}, **sections)

    return write


def found(path: Path) -> dict[str, Any]:
    return {item["id"]: item for item in check_recipe(path).summary["findings"]}


def test_paraphrases_are_looked_for_by_the_recipes_embedder(recipe: Any) -> None:
    assert "paraphrases" not in check_recipe(recipe()).summary
    summary = check_recipe(recipe(paraphrases={"likeness": 0.99})).summary
    assert summary["paraphrases"]["likeness"] == 0.99
    assert sum(summary["splits"].values()) == 60


def test_documents_and_instructions_are_read_for_test_rows(recipe: Any, tmp_path: Path) -> None:
    path = recipe()
    loaded = load_recipe(path)
    test = read_data(loaded).test
    handbook = tmp_path / "handbook"
    handbook.mkdir()
    (handbook / "solved.md").write_text(f"# Solved\n{test[0].input}\n{test[0].target}\n")
    path = recipe({"zero-shot": {"prompt": {"instruction": f"Such as {test[1].input}"}}}, documents="handbook")
    findings = found(path)
    assert findings["contamination.documents"]["rows"] == [test[0].id]
    assert findings["contamination.instruction"]["rows"] == [test[1].id]
    assert "zero-shot.prompt.instruction" in findings["contamination.instruction"]["samples"][0]


def test_documents_that_are_not_there_are_an_error(recipe: Any) -> None:
    with pytest.raises(DataError, match="handbok"):
        check_recipe(recipe(documents="handbok"))


def test_a_run_looks_again_where_documents_have_changed(recipe: Any, tmp_path: Path) -> None:
    handbook = tmp_path / "handbook"
    handbook.mkdir()
    (handbook / "a.md").write_text("Nothing of that.")
    path = recipe(documents="handbook")
    folder = tmp_path / "run"
    before = beside_rows(load_recipe(path))
    run(path, out=folder, reporter=Silent(), isolate=False)
    board = (folder / "approaches/tfidf/predictions.parquet").stat().st_mtime_ns
    findings = {item["id"] for item in read_json(folder / "data/data.json")["findings"]}
    assert "contamination.documents" not in findings
    row = read_data(load_recipe(path)).test[0]
    (handbook / "a.md").write_text(f"{row.input} {row.target}")
    assert beside_rows(load_recipe(path)) != before
    run(path, out=folder, reporter=Silent(), isolate=False)
    findings = {item["id"] for item in read_json(folder / "data/data.json")["findings"]}
    assert "contamination.documents" in findings
    assert (folder / "approaches/tfidf/predictions.parquet").stat().st_mtime_ns == board


def test_texts_with_words_of_a_list_are_named(recipe: Any, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("# rude ones\nstolen   # by whom?\n\n", encoding="utf-8")
    path = recipe(watch="words.txt")
    loaded = load_recipe(path)
    before = beside_rows(loaded)
    wanted = sum("stolen" in text.split() for text, _ in CONTENT)
    assert found(path)["listed"]["count"] == wanted > 0
    (tmp_path / "words.txt").write_text("nothing of that", encoding="utf-8")
    assert "listed" not in found(path)
    assert beside_rows(loaded) != before
    with pytest.raises(DataError, match=r"data\.watch"):
        check_recipe(recipe(watch="wrds.txt"))
    (tmp_path / "words.txt").write_bytes(b"caf\xe9 \xff")
    with pytest.raises(DataError, match="UTF-8"):
        check_recipe(path)
