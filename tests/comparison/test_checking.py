import json
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
