"""An approach whose index is in PostgreSQL: the same passages as from the file, access control, no address in files."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import naming

from metier.approaches import ApproachSettings, Resources, build, check, load
from metier.core import Example, IntegrityError
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.retrieval import ChooseSettings, RetrievalSettings

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed (extra postgres)")
from tests import postgres_server  # noqa: E402

if postgres_server.why_not():
    pytest.skip(postgres_server.why_not(), allow_module_level=True)

SHORT = RetrievalSettings(k=2, chunk_tokens=64, overlap=0, oracles=0)
THERE = SHORT.model_copy(update={"store": "postgres"})
HELP = PromptSettings(max_new_tokens=4, sensitivity=0)
ASKED = [
    Example(id="a", input="card merger secret", readers=("board",)),
    Example(id="b", input="card merger secret", readers=("staff",)),
    Example(id="c", input="card merger secret"),
]


@pytest.fixture(scope="module")
def server() -> Generator[Any]:
    with postgres_server.server() as running:
        yield running


@pytest.fixture
def schemas(server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts the address into the environment; gives the names of all indexes."""
    monkeypatch.setenv("METIER_POSTGRES", server.owner)

    def names() -> list[str]:
        with psycopg.connect(server.owner) as connection:
            query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'metier%'"
            return [row[0] for row in connection.execute(query)]

    return names


def test_it_answers_with_the_passages_of_the_file_and_keeps_no_address(
    datasets: dict[str, Dataset], with_documents: Resources, tmp_path: Path, schemas: Any, server: Any
) -> None:
    dataset, resources = naming(datasets["generate"]), with_documents
    found = []
    for name, settings in (("file", SHORT), ("server", THERE), ("again", THERE)):
        built = build(name, ApproachSettings(retrieval=settings, prompt=HELP), dataset, resources, tmp_path / name)
        system = load(tmp_path / name, dataset.task, replace(resources, documents=None))
        found.append([answer.contexts for answer in system.predict(ASKED)])
        if name == "server":
            (told,) = [note for note in built.record.notes if "PostgreSQL" in note]
            assert ("pgvector compares" in told) is server.pgvector
    assert found[0] == found[1] == found[2]
    assert "merger" in "".join(found[1][0])
    assert "merger" not in "".join([*found[1][1], *found[1][2]])
    assert len(schemas()) == 1, "approaches over the same documents share an index"
    assert not (tmp_path / "server" / "documents.sqlite").exists()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(str(server.data.parent).encode() in path.read_bytes() for path in files)


def test_settings_are_chosen_with_an_index_for_each_size(
    datasets: dict[str, Dataset], with_documents: Resources, tmp_path: Path, schemas: Any
) -> None:
    settings = THERE.model_copy(update={"choose": ChooseSettings(k=[1], chunk_tokens=[32], rows=8)})
    before = set(schemas())
    build(
        "rag", ApproachSettings(retrieval=settings, prompt=HELP), datasets["generate"], with_documents, tmp_path / "rag"
    )
    assert len({*schemas()} - before) in (1, 2)  # the size of 64 may have been there
    (answer, *_) = load(tmp_path / "rag", datasets["generate"].task, with_documents).predict(ASKED)
    assert answer.contexts


def test_what_is_missing_is_said_before_any_work_and_at_loading(
    datasets: dict[str, Dataset],
    with_documents: Resources,
    tmp_path: Path,
    schemas: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = ApproachSettings(retrieval=THERE, prompt=HELP)
    assert check("rag", settings, None, with_documents) == []
    build("rag", settings, datasets["generate"], with_documents, tmp_path / "rag")
    monkeypatch.delenv("METIER_POSTGRES")
    (problem,) = check("rag", settings, None, with_documents)
    assert (problem.path, "METIER_POSTGRES" in problem.remedy) == ("approaches.rag.retrieval.store", True)
    with pytest.raises(IntegrityError, match="set METIER_POSTGRES"):
        load(tmp_path / "rag", datasets["generate"].task, with_documents)
    other = ApproachSettings(retrieval=SHORT.model_copy(update={"store": "postgre"}))
    (problem,) = check("rag", other, None, with_documents)
    assert "postgres" in problem.remedy
