"""Questions from documents: what is kept stands in its passage and is answered alike; the rest is counted."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.chat_service import chat_service
from tests.small_task import write_recipe

from metier.comparison.planning.document_questions import questions
from metier.core import RecipeError
from metier.data import DataSettings, TaskSettings, inspect_source

PAGES = {
    "kettle.md": "# Kettle\n\nThe kettle of the small kitchen is emptied every Friday evening, "
    "and its filter is changed twice a year by the caretaker.",
    "door.md": "---\nteam: house\n---\n# Door\n\nThe back door closes by itself at eight in the evening "
    "and can be opened with the blue card until midnight.",
    "lamp.md": "# Lamp\n\nThe lamp above the stairs goes out after ninety seconds; "
    "whoever needs it longer presses the switch twice in a row.",
    "bin.md": "# Bin\n\nThe grey bin is fetched on Monday mornings, the yellow one every second Wednesday, "
    "and glass is never fetched.",
}
DRAFTS = {
    "kettle": '{"question": "Who changes the filter of the kettle?", "answer": "the caretaker"}',
    "door": '{"question": "When does the back door close?", "answer": "at eight in the evening"}',
    "lamp": '{"question": "How long does the lamp shine?", "answer": "two hours"}',
    "bin": "I cannot do this.",
}


def answer(messages: list[dict[str, str]]) -> str:
    passage = messages[-1]["content"].lower()
    name = next(name for name in DRAFTS if f" {name}" in passage)
    if "JSON" in messages[0]["content"]:
        return DRAFTS[name]
    return "The caretaker does." if name == "kettle" else "at midnight"


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    (tmp_path / "pages").mkdir()
    for name, text in PAGES.items():
        (tmp_path / "pages" / name).write_text(text)

    def write(**sections: Any) -> Path:
        data = {"examples": "tickets.csv", "input": "message", "target": "intent", "documents": "pages"}
        return write_recipe(
            tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={}, **({"data": data} | sections)
        )

    return write


def test_pairs_are_grounded_answered_alike_and_counted(recipe: Any, tmp_path: Path) -> None:
    with chat_service(answer) as service:
        path = recipe(model="openai:any", hosted={"address": service.address, "key_variable": None})
        found = questions(path, out=tmp_path / "pairs.jsonl")
    assert found.passages == 4
    assert [(pair.question, pair.answer) for pair in found.pairs] == [
        ("Who changes the filter of the kettle?", "the caretaker")
    ]
    assert found.thrown == {
        "with an answer that does not stand in the passage": 1,
        "not written as asked": 1,
        "answered otherwise when asked": 1,
    }
    (row,) = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert row["document"] == "kettle.md"
    assert "twice a year" in row["context"]
    seen = inspect_source(DataSettings(examples="pairs.jsonl"), task=TaskSettings(), folder=tmp_path)
    assert seen.shape == "question"


def test_pairs_of_a_restricted_document_name_its_readers(recipe: Any, tmp_path: Path) -> None:
    data = {"examples": "tickets.csv", "documents": "pages", "readers": "team"}

    def agree(messages: list[dict[str, str]]) -> str:
        return DRAFTS["door"] if "JSON" in messages[0]["content"] else "at eight in the evening"

    with chat_service(agree) as service:
        path = recipe(model="openai:any", hosted={"address": service.address, "key_variable": None}, data=data)
        found = questions(path, out=tmp_path / "pairs.jsonl")
    assert found.passages == 1  # the others name no reader and are nobody's
    assert json.loads((tmp_path / "pairs.jsonl").read_text())["readers"] == "house"


def test_a_model_that_runs_here_is_held_to_the_form(recipe: Any, tmp_path: Path) -> None:
    found = questions(recipe(), out=tmp_path / "pairs.jsonl", count=2)
    assert found.passages == 2
    assert len(found.pairs) + sum(found.thrown.values()) == 2


def test_a_recipe_without_documents_is_refused(recipe: Any, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"data\.documents"):
        questions(recipe(data={"examples": "tickets.csv"}), out=tmp_path / "pairs.jsonl")
