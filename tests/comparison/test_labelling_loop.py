"""New rows out to an annotation tool and back: the loop whole, with what people changed counted."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows, write_rows

from metier.comparison.using.labelling import Chosen, import_rows, next_rows
from metier.core import DataError, UnknownNameError, UserError
from metier.data import DataSettings, TaskSettings, prepare


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty new texts, one of them twice, and two that the run has learnt from."""
    fresh = [(f"new {text}", "") for text, _ in rows(40, seed=7)]
    return write_rows(tmp_path_factory.mktemp("new") / "new.csv", [*fresh, fresh[0], *rows(60)[:2]])


@pytest.fixture(scope="module")
def studio(finished: Path, new: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Chosen]:
    out = tmp_path_factory.mktemp("tasks") / "tasks.json"
    return out, next_rows(finished, new, out=out, names=["tfidf", "nearest"], count=8)


def test_known_and_repeated_rows_are_passed_over(studio: tuple[Path, Chosen]) -> None:
    _, chosen = studio
    assert chosen.read == 43
    assert 1 <= chosen.known <= 3  # of the run's own rows, those of the sealed test set are not looked at
    assert len(chosen.rows) == 8
    assert len({row.example.id for row in chosen.rows}) == 8
    assert "uncertainty (tfidf) and disagreement (tfidf, nearest)" in chosen.by


def test_tasks_carry_suggestions_and_their_page(studio: tuple[Path, Chosen]) -> None:
    out, chosen = studio
    tasks = json.loads(out.read_text())
    first = tasks[0]
    assert first["data"]["text"] == chosen.rows[0].example.input
    assert first["predictions"][0]["result"][0]["value"] == {"choices": [chosen.rows[0].answer]}
    assert first["predictions"][0]["model_version"] == "tfidf"
    page = out.with_suffix(".xml").read_text()
    assert page.count("<Choice value=") == 3
    assert [path.name for path in chosen.files] == ["tasks.json", "tasks.xml"]


@pytest.mark.parametrize("by", ["uncertainty", "disagreement"])
def test_the_most_doubtful_come_first(finished: Path, new: Path, tmp_path: Path, by: Any) -> None:
    chosen = next_rows(finished, new, out=tmp_path / "t.jsonl", names=["tfidf", "nearest"], by=by, to="jsonl")
    doubts = [float(row.why.split()[-1]) for row in chosen.rows]
    assert doubts == sorted(doubts, reverse=True)
    assert len(chosen.rows) == chosen.read - chosen.known


def answered(out: Path, changed: dict[int, str], *, skip: int) -> Path:
    """Label Studio's export of the tasks: suggestions accepted but for ``changed``; the last ``skip`` rows not done."""
    tasks = json.loads(out.read_text())
    for place, task in enumerate(tasks):
        result = task["predictions"][0]["result"]
        if place in changed:
            result = [{**result[0], "value": {"choices": [changed[place]]}}]
        task["annotations"] = [] if place >= len(tasks) - skip else [{"result": result}]
    path = out.parent / "export.json"
    path.write_text(json.dumps(tasks))
    return path


def test_corrections_come_back_as_rows_of_the_runs_own_form(
    finished: Path, studio: tuple[Path, Chosen], tmp_path: Path
) -> None:
    out, chosen = studio
    wrong = next(label for label in ("card", "login", "refund") if label != chosen.rows[0].answer)
    export = answered(out, {0: wrong, 1: "else"}, skip=2)
    found = import_rows(finished, export, out=tmp_path / "labelled.jsonl")
    assert (found.rows, found.accepted, found.corrected, found.unanswered) == (6, 4, 2, 2)
    assert found.new_labels == ("else",)
    lines = [json.loads(line) for line in (tmp_path / "labelled.jsonl").read_text().splitlines()]
    assert lines[0] == {"message": chosen.rows[0].example.input, "intent": wrong}

    write_rows(tmp_path / "tickets.csv", rows(60))
    mixed = DataSettings.model_validate(
        {"examples": [{"path": "tickets.csv"}, {"path": "labelled.jsonl"}], "input": "message", "target": "intent"}
    )
    assert prepare(TaskSettings(), mixed, folder=tmp_path, seed=0).summary["rows"] == 66


def test_superannotates_items_come_back_too(finished: Path, new: Path, tmp_path: Path) -> None:
    out = tmp_path / "items.jsonl"
    next_rows(finished, new, out=out, names=["tfidf"], count=5, by="uncertainty", to="superannotate")
    items = [json.loads(line) for line in out.read_text().splitlines()]
    items[0]["data"]["label"]["value"] = ["else"]
    items[1]["data"]["label"]["value"] = None
    out.write_text("".join(json.dumps(item) + "\n" for item in [*items, items[2]]))
    found = import_rows(finished, out, out=tmp_path / "labelled.jsonl")
    assert (found.rows, found.corrected, found.unanswered, found.repeated) == (4, 1, 1, 1)


def test_plain_lines_count_as_answered_only_where_somebody_wrote(finished: Path, new: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    next_rows(finished, new, out=out, names=["tfidf"], count=4, by="diversity", to="jsonl")
    with pytest.raises(UserError, match="4 rows without an answer"):
        import_rows(finished, out, out=tmp_path / "labelled.jsonl")


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"names": ["tfidff"]}, UnknownNameError, "did you mean 'tfidf'"),
        ({"names": ["tfidf"], "by": "disagreement"}, UserError, "two approaches or more"),
        ({"names": ["tfidf"], "to": "label_studios"}, UnknownNameError, "did you mean 'label_studio'"),
    ],
)
def test_what_cannot_be_done_is_refused(
    finished: Path, new: Path, tmp_path: Path, settings: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        next_rows(finished, new, out=tmp_path / "t.json", **settings)


def test_rows_of_others_are_not_taken_for_corrections(finished: Path, new: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="43 rows without it"):
        import_rows(finished, new, out=tmp_path / "x.jsonl")
