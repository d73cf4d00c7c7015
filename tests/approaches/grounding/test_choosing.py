"""k and chunk size chosen on validation: the grid, a killed choice continued, and what is left afterwards."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import QUICK, MakeResources

from metier.approaches import ApproachSettings, Resources, build, check, load
from metier.approaches.grounding.choosing import Setting, candidates, with_setting
from metier.approaches.prompting.asking import PromptedSystem
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.retrieval import ChooseSettings, RetrievalSettings

GRID = ChooseSettings(k=[1, 3], chunk_tokens=[32, 64], rows=8)
OWN = RetrievalSettings(k=2, chunk_tokens=64, overlap=0, search="dense", oracles=0, choose=GRID)
HELP = PromptSettings(max_new_tokens=6, sensitivity=0)


@pytest.fixture
def resources(make_resources: MakeResources, tmp_path: Path) -> Resources:
    handbook = tmp_path / "handbook"
    handbook.mkdir()
    for label in ("card", "login", "refund"):
        text = (
            f"# {label}\nWe look after your {label}.\n\nIt takes a day or two until we answer, rarely more than that."
        )
        (handbook / f"{label}.md").write_text(text)
    made = make_resources()
    made.recipe_folder, made.documents = tmp_path, "handbook"
    return made


def test_the_recipes_own_settings_come_first_then_the_cheapest() -> None:
    found = candidates(OWN, GRID)
    assert found[0] == Setting(2, 64, "dense")
    assert found[1:] == [
        Setting(1, 32, "dense"),
        Setting(1, 64, "dense"),
        Setting(3, 32, "dense"),
        Setting(3, 64, "dense"),
    ]
    assert len(candidates(OWN, GRID.model_copy(update={"search": ["lexical", "dense"], "k": [2]}))) == 4
    wide = RetrievalSettings(chunk_tokens=256, overlap=100)
    assert with_setting(wide, Setting(1, 256, "dense")).overlap == 100
    assert with_setting(wide, Setting(1, 64, "dense")).overlap == 8


def test_settings_are_chosen_counted_and_kept(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, folder = datasets["generate"], tmp_path / "rag"
    # A stand-in for a model that answers well from three short passages only.
    from metier.approaches.prompting import halving
    from metier.approaches.prompting.trials import Trial

    asked: list[int] = []

    def attempt(system: Any, rows: Any, task: Any) -> Trial:
        settings = system.grounding.settings
        assert all(len(one.passages) <= settings.k for one in system.grounding.ground(rows).examples)
        asked.append(len(rows))
        if len(asked) == 4:
            raise KeyboardInterrupt
        worth = 0.9 if (settings.k, settings.chunk_tokens) == (3, 32) else 0.1
        return Trial(values=(worth,) * len(rows), tokens_in=10 * len(rows), seconds=0.5)

    monkeypatch.setattr(halving, "attempt", attempt)
    settings = ApproachSettings(retrieval=OWN, prompt=HELP)
    with pytest.raises(KeyboardInterrupt):
        build("rag", settings, dataset, resources, folder)
    built = build("rag", settings, dataset, resources, folder)
    assert len(asked) == 1 + 5  # five candidates, of which three were not asked again
    told = json.loads((folder / "retrieval-search.json").read_text())
    assert told["choice"]["chosen"] == "k 3, chunk_tokens 32, search dense"
    assert (told["choice"]["best"], told["choice"]["default"]) == (0.9, 0.1)
    assert len(told["trials"]) == 5
    assert built.record.seconds["retrieval search"] == 2.5
    assert built.record.settings["retrieval"]["k"] == 3
    assert any("5 settings of retrieval were tried" in note for note in built.record.notes)
    system = load(folder, dataset.task, resources)
    assert isinstance(system, PromptedSystem)
    assert system.grounding
    assert (system.grounding.settings.k, system.grounding.settings.chunk_tokens) == (3, 32)
    assert sum(entry.chunks for entry in system.grounding.index.store.catalogue()) > 3  # the short ones
    assert len(system.predict(dataset.validation[:1])[0].contexts) == 3
    assert not (folder / "checkpoints").exists()


def test_choosing_beside_training_is_a_problem(resources: Resources) -> None:
    settings = ApproachSettings(retrieval=OWN, weights=QUICK)
    assert [problem.path for problem in check("raft", settings, None, resources)] == [
        "approaches.raft.retrieval.choose"
    ]
