"""The index of a finished run kept current: one document at a time, at once, and the measured answers untouched."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import write_recipe

from metier.comparison import load_system, run
from metier.comparison.using.live_documents import live_index
from metier.comparison.using.predicting import resources_of
from metier.core import Example, IntegrityError, MetierError, Silent, UnknownNameError, UserError
from metier.core.artifacts import read_json
from metier.retrieval import KEPT

PAGES = {
    "card.md": "# Cards\nA lost card is blocked at once by the desk.",
    "hr/salary.md": "# Salary\nThe salary is paid on the last day.",
    "prices.csv": "title,text\nparcel,A parcel costs four.\nletter,A letter costs one.\n",
}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory, tiny_causal: Path, tiny_encoder: Path) -> Path:
    folder = tmp_path_factory.mktemp("live")
    for name, text in PAGES.items():
        (folder / "pages" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "pages" / name).write_text(text)
    recipe = write_recipe(
        folder,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={"rag": {"prompt": {"sensitivity": 0}, "retrieval": {"k": 2, "search": "lexical", "oracles": 0}}},
        data={"examples": "tickets.csv", "input": "message", "target": "intent", "documents": "pages"},
    )
    return run(recipe, out=folder / "run", reporter=Silent(), isolate=False).folder


@pytest.fixture
def live(answered: Path, tmp_path: Path) -> Path:
    """A copy of the run, and files to take in."""
    return Path(shutil.copytree(answered, tmp_path / "run"))


def found(live: Path, question: str, *names: str) -> list[str]:
    """Documents of the passages that an answer of the run's System is given."""
    system: Any = load_system(live, "rag")
    example = Example(id="1", input=question, readers=names or None)
    (grounded,) = system.grounding.ground([example]).examples
    system.grounding.index.store.close()
    return [passage.document for passage in grounded.passages]


def test_a_new_document_is_found_by_the_next_answer(live: Path, tmp_path: Path) -> None:
    file = tmp_path / "zebra.md"
    file.write_text("# Zebra\nThe zebra eats grass.")
    with live_index(live) as index:
        assert index.add(file) == [("zebra.md", "added", 1, ("*",))]
    assert found(live, "what does the zebra eat") == ["zebra.md"]


def test_a_revision_takes_the_place_of_the_old(live: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.md"
    file.write_text("# Cards\nA stolen umbrella is replaced.")
    with live_index(live, "rag") as index:
        assert index.update(file, name="card.md") == [("card.md", "revised", 1, ("*",))]
        assert index.update(file, name="card.md") == [("card.md", "unchanged", 1, ("*",))]
    assert found(live, "umbrella") == ["card.md"]
    assert found(live, "blocked") == []


def test_a_deleted_document_leaves_no_byte_once_purged(live: Path) -> None:
    with live_index(live) as index:
        assert index.delete("hr/salary.md").change == "deleted"
        index.purge()
    assert found(live, "salary") == []
    assert not any(
        b"The salary is paid" in path.read_bytes()
        for path in (live / "approaches/rag").glob("documents*")
        if path.is_file()
    )


def test_what_a_run_that_was_killed_kept_of_the_documents_is_purged_too(live: Path) -> None:
    (live / KEPT).write_text('{"text": "The salary is paid"}\n')
    with live_index(live) as index:
        index.delete("hr/salary.md")
        index.purge()
    assert not any(b"The salary is paid" in path.read_bytes() for path in live.glob("*.jsonl"))


def test_rows_of_a_table_come_change_and_go(live: Path, tmp_path: Path) -> None:
    table = tmp_path / "prices.csv"
    table.write_text("title,text\nparcel,A parcel costs five.\n")
    with live_index(live) as index:
        before = {entry.id for entry in index.documents()}
        changes = {one.change for one in index.update(table)}
        after = {entry.id for entry in index.documents()}
    assert changes == {"revised", "deleted"}
    assert len(before - after) == 1
    assert found(live, "letter") == []


def test_a_revision_that_names_no_readers_keeps_those_that_it_had(live: Path, answered: Path, tmp_path: Path) -> None:
    file = answered.parent / "pages/hr/salary.md"
    revised = tmp_path / "salary.md"
    revised.write_text(file.read_text() + " Or the day before.")
    with live_index(live) as index:
        assert index.grant("hr/salary.md", ["hr"]).readers == ("hr",)
        assert index.update(revised, name="hr/salary.md") == [("hr/salary.md", "revised", 1, ("hr",))]
        assert index.update(file)[0].readers == ("hr",)
        revised.write_text("---\nreaders: board\n---\n" + file.read_text())
        assert index.update(revised, name="hr/salary.md")[0].readers == ("board",)
        assert index.update(revised, name="hr/salary.md", readers=["ann"])[0].readers == ("ann",)
    assert found(live, "salary") == found(live, "salary", "hr") == []
    assert found(live, "salary", "ann") == ["hr/salary.md"]


def test_in_a_restricted_collection_a_new_document_is_nobodys_unless_it_says(live: Path, tmp_path: Path) -> None:
    collection = tmp_path / "pages"
    (collection / "open").mkdir(parents=True)
    (collection / "readers.yaml").write_text('"open/*": "*"\n')
    for name in ("open/a.md", "b.md"):
        (collection / name).write_text("Bears sleep.")
    with live_index(live) as index:
        held = replace(index, collection=collection)
        assert held.add(collection / "open/a.md") == [("open/a.md", "added", 1, ("*",))]
        assert held.add(collection / "b.md") == [("b.md", "added", 1, ())]
    assert found(live, "bears") == ["open/a.md"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda index, file: index.add(file, name="card.md"), "update"),
        (lambda index, file: index.update(file, name="crad.md"), "did you mean 'card.md'"),
        (lambda index, file: index.delete("card"), "did you mean 'card.md'"),
        (lambda index, file: index.grant("nothing", []), "a document of the index of rag"),
        (lambda index, file: index.add(file.parent), "one file at a time"),
        (lambda index, file: index.add(file.with_name("no.md")), "a file with a document"),
        (lambda index, file: index.add(file.with_suffix(".exe")), "there is no loader"),
    ],
)
def test_mistakes_are_told_and_change_nothing(live: Path, tmp_path: Path, act: Any, said: str) -> None:
    file = tmp_path / "new.md"
    file.write_text("New.")
    shutil.copyfile(file, file.with_suffix(".exe"))
    with live_index(live) as index:
        before = index.documents()
        with pytest.raises(UserError, match=said):
            act(index, file)
        assert index.documents() == before


def test_runs_and_approaches_without_an_index_are_told(live: Path, finished: Path) -> None:
    with pytest.raises(UserError, match="give an approach of the recipe"), live_index(finished):
        pass
    with pytest.raises(UnknownNameError, match="which has none"), live_index(live, "majority"):
        pass
    with pytest.raises(UserError, match="finished run"), live_index(live.parent):
        pass


def test_a_finished_run_stays_finished_when_its_documents_change(
    live: Path, answered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured is not measured again; the index keeps what was added. One that is gone is built again."""
    from metier.comparison.working import job

    file = tmp_path / "zebra.md"
    file.write_text("# Zebra\nThe zebra eats grass.")
    with live_index(live) as index:
        index.add(file)
    built: list[str] = []
    build = job._build
    monkeypatch.setattr(job, "_build", lambda one, *rest: (built.append(one.name), build(one, *rest)))
    recipe = answered.parent / "recipe.yaml"
    run(recipe, out=live, reporter=Silent(), isolate=False)
    assert built == []
    assert found(live, "zebra") == ["zebra.md"]
    (live / "approaches/rag/documents.sqlite").unlink()
    run(recipe, out=live, reporter=Silent(), isolate=False)
    assert built == ["rag"]
    assert found(live, "zebra") == []


def test_figures_measured_before_a_change_say_so_until_they_are_measured_again(
    live: Path, answered: Path, tmp_path: Path
) -> None:
    file = tmp_path / "zebra.md"
    file.write_text("# Zebra\nThe zebra eats grass.")
    recipe = answered.parent / "recipe.yaml"

    def changed(name: str = "rag") -> Any:
        rows = {row["name"]: row for row in read_json(live / "leaderboard.json")["approaches"]}
        return rows[name]["documents_changed"]

    with live_index(live) as index:
        index.documents()
        assert changed() is None
        index.add(file)
    assert (changed()["since"]["added"], changed()["before"], changed("majority")) == (1, None, None)
    assert "rag was measured before its documents changed (1 added" in (live / "report.html").read_text()
    run(recipe, out=live, reporter=Silent(), isolate=False)
    assert changed()["since"]["added"] == 1, "nothing was measured again"
    assert "rag was measured before" in (live / "report.html").read_text()
    run(recipe, out=live, overrides=["evaluate.latency_queries=4"], reporter=Silent(), isolate=False)
    assert (changed()["since"], changed()["before"]["added"]) == (None, 1)
    assert "documents that had been changed in its index" in (live / "report.html").read_text()
    with live_index(live) as index:
        index.delete("zebra.md")
    assert (changed()["since"]["deleted"], changed()["before"]["added"]) == (1, 1)
    (live / "approaches/rag/documents.sqlite").unlink()
    run(recipe, out=live, reporter=Silent(), isolate=False)
    assert changed() is None
    assert "rag was measured" not in (live / "report.html").read_text()


def test_a_document_that_is_put_back_leaves_no_mark(live: Path, answered: Path) -> None:
    with live_index(live) as index:
        index.delete("card.md")
        index.add(answered.parent / "pages/card.md")
    assert all(row["documents_changed"] is None for row in read_json(live / "leaderboard.json")["approaches"])


def test_purging_says_how_many_measured_answers_still_hold_what_is_gone(live: Path) -> None:
    from pyarrow import parquet

    given = parquet.read_table(live / "approaches/rag/predictions.parquet").column("context_ids").to_pylist()
    documents = {name.rpartition(":")[0] for names in given for name in names}
    with live_index(live) as index:
        assert index.purge() == 0
        for name in documents:
            index.delete(name)
        assert index.purge() == sum(bool(names) for names in given) > 0


def test_rows_of_a_table_keep_their_readers_wherever_they_move(live: Path, tmp_path: Path) -> None:
    table = tmp_path / "prices.csv"
    table.write_text("title,text\ncup,A cup costs two.\nletter,A letter costs one.\nparcel,A parcel costs four.\n")
    with live_index(live) as index:
        index.grant("prices.csv#2", ["board"])  # the letter
        readers = {one.id: one.readers for one in index.update(table)}
    assert readers == {"prices.csv#1": (), "prices.csv#2": ("board",), "prices.csv#3": ("*",)}
    assert found(live, "letter") == found(live, "cup") == []
    assert found(live, "parcel") == ["prices.csv#3"]


@pytest.mark.parametrize("file", ["leaderboard.json", "run.json", "approaches/rag/record.json"])
@pytest.mark.parametrize("content", [None, "", "[]", "null", '{"approaches": 3}', '{"approaches": [{}]}', "\0"])
def test_a_damaged_run_is_told_as_that(live: Path, file: str, content: str | None) -> None:
    (live / file).unlink()
    if content is not None:
        (live / file).write_text(content)
    with pytest.raises(MetierError, match=r"is damaged|is not readable JSON|finished run"), live_index(live):
        pass


def test_a_run_whose_recipe_has_lost_its_documents_is_told_as_damaged(live: Path) -> None:
    text = (live / "recipe.yaml").read_text()
    (live / "recipe.yaml").write_text(text.replace("documents: pages", "documents: null"))
    with pytest.raises(IntegrityError, match=r"names no data\.documents"), live_index(live):
        pass


def test_resources_are_those_of_the_recipe(live: Path, answered: Path) -> None:
    made = resources_of(live, device="cpu")
    assert (made.documents, made.recipe_folder) == ("pages", Path(read_json(answered / "run.json")["recipe_folder"]))
