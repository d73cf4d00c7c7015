"""Rewards, teachers, marked answers and replay beside earlier weights, sweeps, made rows, estimates and shown rows."""

import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import MakeResources
from tests.approaches.test_hosted_systems import knows_the_desk
from tests.approaches.test_rendering import shown, text
from tests.approaches.tuning.test_starting import Workshop, approach
from tests.chat_service import KEY, Service, chat_service
from tests.small_task import write_recipe

from metier.approaches import ApproachSettings, Resources, check, outside_inputs, unestimated
from metier.approaches.build import build
from metier.approaches.tuning.beforehand import beforehand, lent
from metier.approaches.tuning.marking import with_undesirable
from metier.comparison.checking import check_recipe
from metier.comparison.working.curves import Point, part_of
from metier.core.artifacts import read_json
from metier.data import Dataset
from metier.models import HostedSettings
from metier.training import DistillSettings, PreferenceSettings, ReinforceSettings, ReplaySettings, WeightsSettings

TEXT = "\n\n".join(f"Paragraph {i} of a text about the sea, the hills and the weather of day {i}." for i in range(30))


@pytest.fixture
def workshop(make_resources: MakeResources, datasets: dict[str, Dataset], tmp_path: Path) -> Workshop:
    (tmp_path / "general.txt").write_text(TEXT, encoding="utf-8")
    return Workshop(make_resources(), datasets["classify"], tmp_path)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    monkeypatch.setenv("DESK_KEY", KEY)
    with chat_service(knows_the_desk) as running:
        yield running


def training(folder: Path) -> dict[str, Any]:
    return read_json(folder / "weights/training.json")


def test_rewards_and_closeness_begin_where_an_earlier_training_ended(workshop: Workshop) -> None:
    general = {"texts": "general.txt", "length": 40, "measured": 8}
    workshop(
        early=approach(epochs=4, replay=ReplaySettings(**general, share=0.0)),
        rewarded=approach(start="early", reinforce=ReinforceSettings(answers=2, kl=0.1)),
        near=approach(start="early", learning_rate=1e-9, replay=ReplaySettings(**general, kl=0.1, l2=0.1)),
        measured=approach(start="early", epochs=0, replay=ReplaySettings(**general, share=0.0)),
    )
    early, near, measured = (training(workshop.folder / name)["forgetting"] for name in ("early", "near", "measured"))
    assert early["before"] == near["before"] == measured["before"]  # of the base
    moved = abs(early["after"] - early["before"])
    assert moved > 0
    assert measured["after"] == pytest.approx(early["after"], abs=moved / 10)
    assert near["after"] == pytest.approx(early["after"], abs=moved / 10)
    assert training(workshop.folder / "rewarded")["rows"] == 16


def test_marked_answers_go_on_from_earlier_weights_and_respect_max_rows(
    workshop: Workshop, datasets: dict[str, Dataset]
) -> None:
    good = [replace(row, fields={"desirable": True}) for row in datasets["classify"].train]
    bad = tuple(replace(row, id=f"{row.id}b", target="login", fields={"desirable": False}) for row in good)
    held = tuple(replace(row, fields={"desirable": True}) for row in datasets["classify"].validation)
    workshop.dataset = replace(workshop.dataset, train=tuple(good), validation=held, undesirable=bad)
    workshop(early=approach(), marked=approach(start="early", preference=PreferenceSettings(loss="kto")))
    expected = len(with_undesirable(good[:16], workshop.dataset, kto(max_rows=16), seed=0)[0])
    assert 16 < training(workshop.folder / "marked")["rows"] == expected < 16 + len(bad)


def kto(**more: Any) -> WeightsSettings:
    return WeightsSettings(preference=PreferenceSettings(loss="kto"), **more)


def test_a_point_of_a_curve_has_its_share_of_answers_to_avoid(datasets: dict[str, Dataset]) -> None:
    dataset = datasets["classify"]
    dataset = replace(dataset, undesirable=dataset.train[:20])
    assert len(part_of(dataset, Point(len(dataset.train) // 2, 0), 0).undesirable) in (9, 10)


def test_the_trials_of_a_sweep_ask_a_teacher_once(
    service: Service,
    make_resources: MakeResources,
    datasets: dict[str, Dataset],
    tiny_encoder: Path,
    tmp_path: Path,
) -> None:
    hosted = HostedSettings(address=service.address, key_variable="DESK_KEY")
    entry = {
        "model": str(tiny_encoder),
        "weights": {
            "method": "head",
            "epochs": 1,
            "distill": {"teacher": "openai:desk-1", "hosted": hosted.model_dump()},
        },
        "sweep": {"over": {"weights.learning_rate": [0.02, 0.05]}},
    }
    dataset, settings = datasets["classify"], ApproachSettings.model_validate(entry)
    assert check("it", settings, dataset.task, make_resources()) == []
    built = build("it", settings, dataset, make_resources(), tmp_path)
    assert built.record.sweep is not None
    assert (built.record.sweep.trials, built.record.sweep.failed) == (3, 0)
    assert len(service.asked) == len(dataset.train)


def test_rewards_are_swept(make_resources: MakeResources, datasets: dict[str, Dataset], tmp_path: Path) -> None:
    weights = {"rank": 2, "epochs": 1, "max_rows": 8, "max_length": 200, "reinforce": {"answers": 2}}
    over = {
        "rewards": [["accuracy"], [{"metric": "accuracy", "weight": 2.0}]],
        "weights.reinforce.loss": ["grpo", "rloo"],
    }
    entry = {"prompt": {"sensitivity": 0}, "weights": weights, "sweep": {"over": over, "trials": 3}}
    settings, dataset = ApproachSettings.model_validate(entry), datasets["classify"]
    assert check("it", settings, dataset.task, make_resources()) == []
    built = build("it", settings, dataset, make_resources(), tmp_path)
    assert built.record.sweep is not None
    assert (built.record.sweep.trials, built.record.sweep.failed) == (3, 0)
    assert "from rewards" in built.record.summary
    assert not beforehand(tmp_path / "trials").exists()


def test_files_that_a_sweep_may_take_are_inputs_too(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.txt").write_text(TEXT + name, encoding="utf-8")
    entry = {"weights": {"replay": {"texts": "one.txt"}}, "sweep": {"over": {"weights.replay.texts": ["other.txt"]}}}
    before = outside_inputs(ApproachSettings.model_validate(entry), folder=tmp_path, model="builtin")
    assert len(before) == 2
    (tmp_path / "other.txt").write_text("Another text.", encoding="utf-8")
    after = outside_inputs(ApproachSettings.model_validate(entry), folder=tmp_path, model="builtin")
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


def test_what_is_lent_comes_back_with_what_was_added(tmp_path: Path) -> None:
    owner, trial = tmp_path / "owner", tmp_path / "owner/trials/one"
    beforehand(owner).mkdir(parents=True)
    (beforehand(owner) / "a").touch()
    with pytest.raises(KeyError), lent(owner, trial):
        assert (beforehand(trial) / "a").is_file()
        (beforehand(trial) / "b").touch()
        raise KeyError
    assert sorted(path.name for path in beforehand(owner).iterdir()) == ["a", "b"]


def test_made_rows_are_answered_too(workshop: Workshop) -> None:
    settings = approach(reinforce=ReinforceSettings(answers=2), max_rows=8)
    entry = settings.model_dump() | {"augment": {"edits": ["case"], "share": 1.0}}
    workshop(made=ApproachSettings.model_validate(entry))
    made = (workshop.folder / "made/augmented.jsonl").read_text(encoding="utf-8").splitlines()
    assert made
    assert training(workshop.folder / "made")["rows"] == 8 + len(made)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"start": "one", "epochs": 0, "reinforce": {}}, "epochs: something to learn, got reinforce beside 0 epochs"),
        ({"start": "one", "epochs": 0, "replay": {"l2": 0.1}}, "epochs: something to learn, got replay beside"),
        ({"scale": (0.5, 0.7), "reinforce": {}}, "scale: one number"),
        ({"scale": (0.5, 0.7), "preference": {"loss": "kto"}}, "scale: one number"),
    ],
)
def test_what_does_not_go_together_is_refused(resources: Resources, settings: dict[str, Any], words: str) -> None:
    entry = ApproachSettings.model_validate({"weights": settings})
    found = check("it", entry, None, replace(resources, siblings={"one": approach(), "it": entry}))
    assert [words in f"{problem.path}: {problem.expected}, got {problem.got}" for problem in found] == [True]


def test_a_reward_model_begins_at_its_encoder(
    tiny_causal: Path, tiny_encoder: Path, resources: Resources, tmp_path: Path
) -> None:
    lines = [json.dumps({"prompt": f"say {i}", "chosen": f"blue {i}", "rejected": "red"}) for i in range(20)]
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    learnt = {"pairs": "pairs.jsonl", "model": str(tiny_encoder), "weights": {"method": "full", "start": "one"}}
    entry = ApproachSettings.model_validate({"weights": {"reinforce": {}}, "rewards": [learnt]})
    found = check("it", entry, None, replace(resources, recipe_folder=tmp_path))
    assert [problem.path for problem in found] == ["approaches.it.rewards.weights"]


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        (WeightsSettings(reinforce=ReinforceSettings()), "reinforce"),
        (WeightsSettings(distill=DistillSettings(teacher="builtin", by="logits")), "distill"),
        (WeightsSettings(replay=ReplaySettings(kl=0.1)), "replay"),
        (kto(), "kto"),
    ],
)
def test_what_has_no_estimate_says_so(weights: WeightsSettings, name: str) -> None:
    assert name in unestimated(weights)
    assert not unestimated(WeightsSettings(preference=PreferenceSettings()))
    assert not unestimated(WeightsSettings(distill=DistillSettings(teacher="builtin")))
    assert not unestimated(WeightsSettings(replay=ReplaySettings(generated=9, l2=0.1)))


def test_a_check_goes_on_past_what_it_cannot_estimate(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    entry = {"weights": {"reinforce": {}}, "sweep": {"over": {"weights.rank": [2, 4]}}}
    path = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={"grpo": entry})
    checked = check_recipe(path, estimates=True)
    assert checked.expected["grpo"].memory_mb is None
    assert "no estimate yet for trainings with 'reinforce'" in "\n".join(checked.lines)


def test_shown_rows_are_those_of_the_paradigm(datasets: dict[str, Dataset], make_resources: MakeResources) -> None:
    dataset = datasets["classify"]
    row = dataset.train[0]
    (asked,) = shown(dataset, make_resources, [row], weights={"reinforce": {}})
    assert (text(asked, "expected"), text(asked, "learnt")) == (row.target, "")
    assert "card, login, refund" in text(asked, "read")  # nothing else would tell it the labels
    (taught,) = shown(dataset, make_resources, [row], weights={"distill": {"teacher": "large"}})
    assert text(taught, "learnt") == "[what large answers]"
    weights = {"rank": 2, "preference": {"loss": "kto"}}
    bad = replace(row, fields={"desirable": False})
    pair = replace(row, id="pair", fields={"rejected": "No."})
    marked, both = shown(dataset, make_resources, [bad, pair], weights=weights)
    assert (text(marked, "rejected"), text(marked, "learnt")) == (f"{row.target}<|im_end|>", "")
    assert text(both, "learnt") == f"{row.target}<|im_end|>"
    assert text(both, "rejected") == "No.<|im_end|>"
