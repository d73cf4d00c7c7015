"""Made rows go into training alone, with their source beside them; misuse is refused before any work."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import MakeResources

from metier.approaches.build import build, check, load
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning import augmenting
from metier.approaches.tuning.authors import Author
from metier.data import Dataset

WEIGHTS = {"rank": 2, "epochs": 1, "max_length": 200, "max_rows": 20}


@pytest.mark.parametrize("kind", ["causal", "encoder"])
def test_made_rows_are_learnt_from_and_kept_with_their_source(
    datasets: dict[str, Dataset], make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path, kind: str
) -> None:
    dataset = datasets["classify"]
    asked: dict[str, Any] = {"weights": WEIGHTS, "augment": {"share": 0.5}, "prompt": {"sensitivity": 0}}
    if kind == "encoder":
        weights = {"method": "head", "epochs": 1, "max_rows": 20}
        asked = {"model": str(tiny_encoder), "weights": weights, "augment": {"share": 0.5}}
    built = build("it", ApproachSettings.model_validate(asked), dataset, make_resources(), tmp_path / "it")
    lines = [json.loads(line) for line in (tmp_path / "it" / "augmented.jsonl").read_text().splitlines()]
    own = {row.id: row for row in dataset.train}
    assert len(lines) == 10
    assert built.record.trained_examples == 30
    assert built.record.rows_in_weights == 20
    assert any("10 training rows were made" in note for note in built.record.notes)
    assert all(line["target"] == own[line["made_from"][0]].target for line in lines)
    assert {line["id"] for line in lines} <= {count.id for count in built.tokens}
    held_out = {row.input for row in dataset.validation}
    assert not held_out & {line["input"] for line in lines}
    assert len(load(tmp_path / "it", dataset.task, make_resources()).predict(dataset.validation)) == len(held_out)


def test_paraphrases_are_judged_by_likeness_and_by_a_second_model(
    datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = datasets["classify"]

    def reworded(author: Author, conversations: Any, **_: Any) -> list[str]:
        return [" ".join(reversed(one[-1].content.split())) for one in conversations]

    monkeypatch.setattr(Author, "ask", reworded)
    settings = ApproachSettings.model_validate(
        {"weights": WEIGHTS, "augment": {"edits": [], "paraphrase": True, "likeness": [-1, 1]}}
    )
    made = augmenting.with_made_rows(dataset.train, settings.augment, dataset, make_resources(), tmp_path)
    assert len(made.examples) > len(dataset.train)
    assert "paraphrase" in made.notes[0]
    strict = ApproachSettings.model_validate(
        {"weights": WEIGHTS, "augment": {"edits": [], "paraphrase": True, "likeness": [0.99999, 1]}}
    )
    made = augmenting.with_made_rows(dataset.train, strict.augment, dataset, make_resources(), tmp_path)
    assert "unlike" in made.notes[0]


@pytest.mark.parametrize(
    ("settings", "path", "said"),
    [
        ({"augment": {}}, "augment", "weights to train"),
        ({"weights": WEIGHTS, "augment": {"edits": ["typo"]}}, "augment.edits", "did you mean 'typos'"),
        ({"weights": WEIGHTS, "augment": {"paraphrase": True, "model": "./none"}}, "augment.model", ""),
    ],
)
def test_misuse_is_refused(make_resources: MakeResources, settings: dict[str, Any], path: str, said: str) -> None:
    problems = check("it", ApproachSettings.model_validate(settings), None, make_resources())
    assert any(problem.path == f"approaches.it.{path}" and said in str(problem) for problem in problems)
