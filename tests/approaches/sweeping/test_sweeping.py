"""Sweeps: what is tried, what is kept, what survives a kill, and what is refused."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.approaches.systems import MakeResources

from metier.approaches import ApproachSettings, Resources, build, check, load
from metier.approaches.journal import OnceJournal
from metier.approaches.prompting.halving import rounds, survivors
from metier.approaches.sweeping import sweep as room
from metier.approaches.sweeping.settings import RangeSettings, SweepSettings
from metier.approaches.sweeping.space import Space, applied, drawn, own_values
from metier.approaches.sweeping.ways import WAYS
from metier.core import TrainingError
from metier.core.artifacts import check_manifest, read_json
from metier.data import Dataset
from metier.training import WeightsSettings


class Recorder:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def event(self, kind: str, **data: Any) -> None:
        self.events.append({"kind": kind, **data})


QUICK = WeightsSettings(method="head", epochs=1, batch_size=16, max_length=100)


def swept(encoder: Path, over: dict[str, Any], **more: Any) -> ApproachSettings:
    return ApproachSettings(model=str(encoder), weights=QUICK, sweep=SweepSettings(over=over, **more))


def test_the_best_on_validation_is_kept_and_the_recipes_own_is_a_trial(
    make_resources: MakeResources, datasets: dict[str, Dataset], tiny_encoder: Path, tmp_path: Path
) -> None:
    dataset, settings = datasets["classify"], swept(tiny_encoder, {"weights.learning_rate": [1e-9, 0.02, 0.05]})
    reporter = Recorder()
    built = build("it", settings, dataset, replace(make_resources(), reporter=reporter), tmp_path)
    found, told = built.record.sweep, read_json(tmp_path / "sweep.json")
    assert found is not None
    events = [event for event in reporter.events if event["kind"] == "trial"]
    assert [event["result"] is None for event in events] == [True, False] * 4  # before it is built, and after
    assert {event["settings"]["weights.learning_rate"] for event in events} == {None, 1e-9, 0.02, 0.05}
    assert [Path(event["training"]).name for event in events[1::2]] == [trial["key"] for trial in told["trials"]]
    assert [event["result"]["value"] for event in events[1::2]] == [trial["value"] for trial in told["trials"]]
    assert (found.combinations, found.trials, found.failed) == (4, 4, 0)
    assert told["trials"][0]["values"] == {}
    assert found.best == round(max(trial["value"] for trial in told["trials"]), 4)
    assert found.default == round(told["trials"][0]["value"], 4) <= found.best
    assert found.own == {"weights.learning_rate": None}
    chosen = read_json(tmp_path / "weights/training.json")["settings"]["learning_rate"]
    assert chosen == found.chosen.get("weights.learning_rate", 0.002)
    assert not (tmp_path / "trials").exists()
    assert built.record.seconds["sweep"] + built.record.seconds["train"] >= found.seconds - 0.1
    assert str(found) in built.record.notes
    answers = load(tmp_path, dataset.task, make_resources()).predict(dataset.validation)
    right = [answer.text == example.target for answer, example in zip(answers, dataset.validation, strict=True)]
    assert len(right) == len(dataset.validation)


def test_a_killed_sweep_goes_on_and_a_longer_one_does_only_what_is_new(
    make_resources: MakeResources,
    datasets: dict[str, Dataset],
    tiny_encoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[float] = []
    plain = room._Sweeper._try

    def counting(self: Any, candidate: ApproachSettings, folder: Path) -> Any:
        if len(built) == 2:
            built.append(0.0)
            raise KeyboardInterrupt
        assert candidate.weights is not None
        built.append(candidate.weights.learning_rate or 0.0)
        return plain(self, candidate, folder)

    monkeypatch.setattr(room._Sweeper, "_try", counting)
    rates = {"weights.learning_rate": {"low": 0.001, "high": 0.1, "log": True}}
    settings = swept(tiny_encoder, rates, trials=4)
    with pytest.raises(KeyboardInterrupt):
        build("it", settings, datasets["classify"], make_resources(), tmp_path / "killed")
    build("it", settings, datasets["classify"], make_resources(), tmp_path / "killed")
    assert len(built) == 5  # two, the killed one, two
    found = read_json(tmp_path / "killed/sweep.json")
    build("it", settings, datasets["classify"], make_resources(), tmp_path / "whole")
    whole = read_json(tmp_path / "whole/sweep.json")
    assert [trial["value"] for trial in found["trials"]] == [trial["value"] for trial in whole["trials"]]
    assert check_manifest(tmp_path / "killed/weights") is None
    built.clear()
    built += [1.0] * 3
    build("it", swept(tiny_encoder, rates, trials=5), datasets["classify"], make_resources(), tmp_path / "whole")
    assert len(built) == 4


def test_halving_gives_the_better_half_more_rows_and_keeps_the_default() -> None:
    assert rounds(8, 512, first=64) == [(8, 64), (4, 128), (2, 256), (2, 512)]
    assert survivors([3, 1, 0], 2, 0) == [3, 0]
    tried: list[tuple[Any, int | None]] = []

    def attempt(values: Any, rows: int | None) -> float | None:
        tried.append((values.get("weights.rank"), rows))
        return values.get("weights.rank", 0)

    settings = ApproachSettings(weights=WeightsSettings(), sweep=SweepSettings(over={"weights.rank": [1, 2, 3]}))
    WAYS["halving"](Space(settings, lambda one: [], seed=0), attempt, rows=256, seed=0)
    assert tried[:4] == [(None, 64), (1, 64), (2, 64), (3, 64)]
    assert tried[4:] == [(3, 128), (None, 128), (3, None), (None, None)]


def test_tpe_comes_nearer_and_asks_the_same_again() -> None:
    pytest.importorskip("optuna", reason="tpe needs optuna")

    def runs() -> list[float]:
        tried: list[float] = []

        def attempt(values: Any, rows: int | None) -> float | None:
            rate = values.get("weights.learning_rate", 0.9)
            tried.append(rate)
            return None if len(tried) == 4 else -abs(rate - 0.3)

        over: Any = {"weights.learning_rate": {"low": 0.001, "high": 1.0}, "weights.rank": [4, 8]}
        settings = ApproachSettings(
            weights=WeightsSettings(learning_rate=0.9, rank=4), sweep=SweepSettings(over=over, trials=40, method="tpe")
        )
        WAYS["tpe"](Space(settings, lambda one: [], seed=0), attempt, rows=10, seed=2**40)
        return tried

    first = runs()
    assert first == runs()
    assert len(first) == 40
    late, early = first[-15:], first[1:11]
    assert sum(abs(rate - 0.3) for rate in late) / 15 < sum(abs(rate - 0.3) for rate in early) / 10


def test_every_combination_of_lists_is_tried_once_where_there_are_few() -> None:
    over: Any = {"weights.rank": [4, 8], "weights.method": ["lora", "full"]}
    settings = ApproachSettings(weights=WeightsSettings(rank=4), sweep=SweepSettings(over=over, trials=9))
    found = Space(settings, lambda one: [], seed=0).draw(8)
    assert found == [
        {"weights.rank": 4, "weights.method": "full"},
        {"weights.rank": 8, "weights.method": "lora"},
        {"weights.rank": 8, "weights.method": "full"},
    ]


def test_combinations_that_cannot_be_built_are_not_tried(resources: Resources) -> None:
    over: Any = {"weights.rank": [4, 8], "weights.method": ["lora", "full"]}
    settings = ApproachSettings(weights=WeightsSettings(), sweep=SweepSettings(over=over, trials=9))
    found = Space(settings, lambda one: check("it", one, None, resources), seed=0).draw(8)
    assert {"weights.rank": 8, "weights.method": "full"} not in found
    assert {"weights.rank": 8, "weights.method": "lora"} in found


@pytest.mark.parametrize(
    ("span", "low", "high", "kind"),
    [
        ({"low": 1, "high": 4}, 1, 4, int),
        ({"low": 0.5, "high": 4}, 0.5, 4, float),
        ({"low": 1e-5, "high": 1e-2, "log": True}, 1e-5, 1e-2, float),
        ({"low": 1, "high": 512, "log": True}, 1, 512, int),
    ],
)
def test_ranges_give_numbers_within_them(span: dict[str, Any], low: float, high: float, kind: type) -> None:
    draws = Random(1)
    found = [drawn(RangeSettings(**span), draws) for _ in range(200)]
    assert all(isinstance(value, kind) and low <= value <= high for value in found)
    middle = (low * high) ** 0.5 if span.get("log") else (low + high) / 2
    assert 60 < sum(value <= middle for value in found) < 150


def test_values_go_into_groups_that_are_not_there_yet() -> None:
    settings = ApproachSettings(sweep=SweepSettings(over={"prompt.demonstrations": [0, 2]}))
    assert settings.sweep is not None
    assert own_values(settings, settings.sweep) == {"prompt.demonstrations": None}
    found = applied(settings, {"prompt.demonstrations": 2})
    assert found.prompt is not None
    assert (found.prompt.demonstrations, found.sweep) == (2, None)


@pytest.mark.parametrize(
    ("over", "more", "path", "words"),
    [
        ({"weights.rnak": [1]}, {}, "sweep.over.weights.rnak", "did you mean 'rank'"),
        ({"weights.rank": [0]}, {}, "sweep.over.weights.rank", "0: "),
        ({"weights.rank": {"low": 0, "high": 4}}, {}, "sweep.over.weights.rank", "0: "),
        ({"weights.method": ["loar"]}, {}, "sweep.over.weights.method", "did you mean 'lora'"),
        ({"data.seed": [0]}, {}, "sweep.over.data.seed", "the same for all trials"),
        ({"weights.max_rows": [10]}, {"method": "halving"}, "sweep.method", "which halving sets itself"),
        ({"weights.rank": [1]}, {"metric": "macro_f2"}, "sweep.metric", "macro_f1"),
    ],
)
def test_what_cannot_be_swept_is_refused_before_any_work(
    resources: Resources, over: dict[str, Any], more: dict[str, Any], path: str, words: str
) -> None:
    settings = ApproachSettings(weights=WeightsSettings(), sweep=SweepSettings(over=over, **more))
    (problem,) = check("it", settings, None, resources)
    assert problem.path == f"approaches.it.{path}"
    assert words in f"{problem.expected} {problem.got} {problem.remedy}"


def test_a_sweep_without_weights_tries_prompts_but_not_by_halving(resources: Resources) -> None:
    over: Any = {"prompt.demonstrations": [0, 2]}
    assert check("it", ApproachSettings(sweep=SweepSettings(over=over)), None, resources) == []
    (problem,) = check("it", ApproachSettings(sweep=SweepSettings(over=over, method="halving")), None, resources)
    assert problem.got == "no weights"


def test_where_every_trial_fails_the_reason_is_told(
    make_resources: MakeResources, datasets: dict[str, Dataset], tmp_path: Path
) -> None:
    weights = WeightsSettings(max_length=8)
    settings = ApproachSettings(weights=weights, sweep=SweepSettings(over={"weights.rank": [2]}))
    with pytest.raises(
        TrainingError, match="Every trial of the sweep failed, the recipe's own first: There is nothing"
    ):
        build("it", settings, datasets["classify"], make_resources(), tmp_path)


def test_prompts_are_swept_and_the_model_is_loaded_by_what_was_chosen(
    make_resources: MakeResources, datasets: dict[str, Dataset], tmp_path: Path
) -> None:
    from metier.prompts import PromptSettings

    reporter = Recorder()
    resources = replace(make_resources(), reporter=reporter)
    settings = ApproachSettings(
        prompt=PromptSettings(max_new_tokens=4, sensitivity=0), sweep=SweepSettings(over={"prompt.demonstrations": [1]})
    )
    built = build("it", settings, datasets["generate"], resources, tmp_path)
    assert built.record.sweep is not None
    assert built.record.sweep.tokens_in > 0
    said = [event["text"] for event in reporter.events if event["kind"] == "say"]
    assert any("trial 1: the recipe's own settings: token_f1" in text for text in said)
    assert any("trial 2: demonstrations 1: token_f1" in text for text in said)


def test_the_journal_passes_over_other_inputs_and_torn_lines(tmp_path: Path) -> None:
    path, calls = tmp_path / "x/j.jsonl", iter(range(9))

    def do() -> dict[str, Any]:
        return {"n": next(calls)}

    assert OnceJournal(path, ["a"]).once(["t"], do) == {"n": 0}
    path.write_text(path.read_text() + '\n{"key": "to')
    assert OnceJournal(path, ["a"]).once(["t"], do) == {"n": 0}
    assert OnceJournal(path, ["b"]).once(["t"], do) == {"n": 1}
