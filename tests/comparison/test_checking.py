import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows, write_recipe

from metier import evaluation
from metier.comparison import check_recipe
from metier.core import DataError, RecipeError
from metier.core.artifacts import plain


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    def write(approaches: dict[str, Any] | None = None, **sections: Any) -> Path:
        return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches or {}, **sections)

    return write


def test_it_says_what_a_run_would_do_and_writes_nothing(recipe: Any, tmp_path: Path, tiny_encoder: Path) -> None:
    path = recipe({"lora": {"weights": {}}, "copy": None})
    before = sorted(tmp_path.iterdir())
    checked = check_recipe(path)
    assert sorted(tmp_path.iterdir()) == before
    assert checked.task["labels"] == ["card", "login", "refund"]
    assert checked.approaches == {
        "majority": "", "tfidf": "", "nearest": "", "lora": "", "copy": "A label is not a copy of the text.",
    }  # fmt: skip
    text = "\n".join(checked.lines)
    assert "  lora              yes" in text
    assert "  copy              not: A label is not a copy of the text." in text
    assert "60 rows read, 60 kept" in text
    assert json.loads(json.dumps(plain(checked._asdict()), allow_nan=False))["summary"]["rows"] == 60


def test_it_says_what_the_documents_are_and_what_becomes_of_them(recipe: Any, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    (pages / "hr").mkdir(parents=True)
    for name in ("card.md", "login.md", "refund.md", "hr/pay.md"):
        (pages / name).write_text(f"# {name}\nWe look after it.")
    for number in range(7):
        (pages / f"{number}.exe").write_bytes(b"x")
    (pages / "readers.yaml").write_text('"*.md": "*"\n"HR/*": hr\n')
    data = {"examples": "rows.csv", "input": "message", "target": "intent", "documents": "pages"}
    path = recipe({"rag": {"retrieval": {}}}, data=data)
    lines = ["message,intent,article", *(f"{text},{label},{label}.md" for text, label in rows(60))]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    text = "\n".join(check_recipe(path).lines)
    assert "What the documents are\n  4 documents, " in text
    assert "  ! 0.exe is left out: there is no loader" in text
    assert "  ! and 2 more files are left out" in text
    assert "  ! readers.yaml: 'HR/*' matches no document" in text
    assert "  the column 'article' names the right documents of a row" in text
    (pages / "readers.yaml").write_text('"card.md": "*"\n')
    (pages / "refund.md").rename(pages / "refunds.md")
    text = "\n".join(check_recipe(path).lines)
    assert "  ! 3 name no reader, so nobody finds them: " in text
    assert "  ! The column 'article' names documents in " in text


def test_an_embedder_whose_vectors_cannot_be_made_is_refused(recipe: Any, tmp_path: Path, tiny_encoder: Path) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "dense")
    (folder / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Dense"}]))
    with pytest.raises(RecipeError, match="layer of its own behind the encoder"):
        check_recipe(recipe(), overrides=[f"embedder={folder}"])


@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_what_the_test_set_can_tell_apart_follows_the_confidence(recipe: Any, confidence: float) -> None:
    checked = check_recipe(recipe(evaluate={"confidence": confidence}))
    size = checked.summary["splits"]["test"]
    assert checked.resolvable_gap == evaluation.resolvable_gap(size, confidence=confidence)
    assert checked.lines[-1].startswith(f"The {size} test rows can tell apart")


def test_a_wrong_recipe_and_wrong_data_are_errors(recipe: Any) -> None:
    with pytest.raises(RecipeError, match="did you mean 'lora'"):
        check_recipe(recipe({"a": {"weights": {"method": "loar"}}}))
    with pytest.raises(DataError, match="messag"):
        check_recipe(recipe(data={"examples": "tickets.csv", "input": "messag"}))
    with pytest.raises(DataError, match=r"tickets\.csv"):
        check_recipe(recipe(data={"examples": "ticket.csv"}))


def test_a_metric_that_does_not_fit_what_the_data_turned_out_to_be_is_an_error(recipe: Any) -> None:
    with pytest.raises(RecipeError, match="chrf"):
        check_recipe(recipe(evaluate={"metrics": ["chrf"]}))


def test_label_words_are_compared_with_the_labels_of_the_data(recipe: Any) -> None:
    with pytest.raises(RecipeError, match="did you mean 'refund'"):
        check_recipe(recipe({"a": {"prompt": {"label_words": {"refnud": "money back"}}}}))


def test_overrides_are_checked_too(recipe: Any) -> None:
    path = recipe(content=rows(40))
    assert check_recipe(path, overrides=["approaches.a={}"]).approaches["a"] == ""
