"""``approaches: auto``: what is chosen, what is left out and why."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.small_task import rows, write_recipe

from metier.comparison import check_recipe, load_recipe, run
from metier.comparison.planning.panel import Circumstances, choose_panel
from metier.comparison.settings.limits import LimitsSettings
from metier.core import RecipeError, Silent
from metier.core.artifacts import read_json

DESK = Circumstances(
    kind="classify",
    rows=1000,
    validation=150,
    documents=False,
    family="causal",
    parameters=1.35e8,
    embedder="builtin-encoder",
    gpu=False,
    limits=LimitsSettings(),
)


def names(given: Circumstances) -> list[str]:
    return [choice.name for choice in choose_panel(given).chosen]


def why_not(given: Circumstances, name: str) -> str:
    (why,) = [one.why for one in choose_panel(given).left_out if one.name == name]
    return why


def test_the_cheap_ones_come_first_and_everything_has_a_reason() -> None:
    panel = choose_panel(DESK)
    assert names(DESK) == ["encoder-head", "zero-shot", "few-shot", "encoder-full", "best-prompt", "lora"]
    assert panel.costly() == ["encoder-full", "best-prompt", "lora"]
    assert [one.name for one in panel.left_out] == ["full"]
    assert all(one.why for one in (*panel.chosen, *panel.left_out))
    assert panel.settings()["encoder-head"].model == "builtin-encoder"


@pytest.mark.parametrize(
    ("change", "name", "why"),
    [
        ({"rows": 120}, "lora", "120 training rows"),
        ({"rows": 30}, "encoder-full", "30 training rows"),
        ({"validation": 12}, "best-prompt", "12 validation rows"),
        ({"parameters": 7e9}, "lora", "7.0 billion parameters are too many to train without a GPU"),
        ({"parameters": 7e9, "gpu": True}, "full", "7.0 billion parameters"),
        ({"memory": 6e8}, "lora", "its weights alone take 0.5 GB here, of 0.6 GB"),
        ({"memory": 6e8}, "zero-shot", "its weights alone take 0.5 GB here"),
        ({"parameters": 1e9, "gpu": True, "memory": 12e9}, "full", "training every weight takes 16.0 GB, of 12.0 GB"),
        ({"family": "hosted"}, "lora", "hosted"),
        ({"family": "hosted"}, "best-prompt", "paid for"),
        ({"family": "encoder"}, "zero-shot", "an encoder cannot be asked"),
        ({"limits": LimitsSettings(readers_differ=True)}, "few-shot", "limits.readers_differ"),
        ({"limits": LimitsSettings(facts_change_daily=True)}, "lora", "limits.facts_change_daily"),
        ({"limits": LimitsSettings(memory_gb=0.5)}, "zero-shot", "limits.memory_gb: its weights alone take 0.5 GB"),
    ],
)
def test_what_speaks_against_an_approach_is_said(change: dict[str, object], name: str, why: str) -> None:
    given = replace(DESK, **change)  # type: ignore[arg-type]
    assert why in why_not(given, name)
    assert name not in names(given)


def test_circumstances_bring_approaches_in() -> None:
    assert "full" in names(replace(DESK, gpu=True))
    asked = replace(DESK, kind="generate", documents=True)
    assert names(asked) == ["zero-shot", "few-shot", "rag", "best-prompt", "lora", "rag-lora"]
    daily = replace(asked, limits=LimitsSettings(facts_change_daily=True))
    assert names(daily) == ["zero-shot", "few-shot", "rag", "rag-lora"]
    (many,) = [one.settings for one in choose_panel(replace(DESK, rows=50_000)).chosen if one.name == "lora"]
    assert many.weights is not None
    assert many.weights.max_rows == 5000
    encoder = choose_panel(replace(DESK, family="encoder")).settings()
    assert list(encoder) == ["encoder-head", "encoder-full"]
    assert encoder["encoder-head"].model is None


def test_a_model_that_fits_in_four_bits_alone_is_tuned_in_them() -> None:
    tight = replace(DESK, parameters=7e9, gpu=True, memory=8e9, few_bits=True)
    (qlora,) = [one for one in choose_panel(tight).chosen if one.name == "qlora"]
    assert qlora.settings.weights is not None
    assert qlora.settings.weights.method == "qlora"
    assert qlora.why == "its weights alone take 14.0 GB here, of 8.0 GB: in 4 bits it fits"
    assert "14.0 GB" in why_not(tight, "lora")
    for change in ({"memory": 80e9}, {"few_bits": False}, {"memory": 4e9}, {"gpu": False}, {"family": "seq2seq"}):
        other = choose_panel(replace(tight, **change))  # type: ignore[arg-type]
        assert "qlora" not in [one.name for one in (*other.chosen, *other.left_out)]


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Path:
    path = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={}, content=rows(60))
    path.write_text(path.read_text().replace("approaches: {}", "approaches: auto"))
    return path


def test_a_run_chooses_and_writes_what_it_chose(recipe: Path, tmp_path: Path) -> None:
    loaded = load_recipe(recipe)
    assert (loaded.auto, loaded.recipe.approaches) == (True, {})
    told = "\n".join(check_recipe(recipe).lines)
    limits = ["limits.readers_differ=true"]  # leaves the prompts alone, which are quick
    assert "few-shot" in told
    assert "lora          left out: " in told
    done = run(recipe, out=tmp_path / "run", overrides=limits, reporter=Silent(), isolate=False)
    status = {row["name"]: (row["status"], row["why"]) for row in done.leaderboard["approaches"]}
    assert status["zero-shot"][0] == "done"
    assert status["few-shot"][0] == "not_run"
    assert status["few-shot"][1].startswith("left out: limits.readers_differ")
    panel = read_json(done.folder / "panel.json")
    assert [one["name"] for one in panel["chosen"]] == ["zero-shot"]
    again = load_recipe(done.folder / "recipe.yaml")
    assert (again.auto, list(again.recipe.approaches)) == (False, ["zero-shot"])


def test_a_curve_of_something_that_the_panel_lacks_is_refused(recipe: Path) -> None:
    with pytest.raises(RecipeError, match=r"curve\.approaches"):
        check_recipe(recipe, overrides=["curve.approaches=[nothing]"])
