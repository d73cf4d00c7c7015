"""Encoder-decoder models in a recipe: prompted, fine-tuned, continued; a T5 from its config learns a small task."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import MakeResources
from tests.small_task import dataset_of, documents_of, rows, write_recipe

from metier.approaches import ApproachSettings, build, check, load
from metier.approaches.tuning.likelihood import foretold
from metier.comparison import predict, run
from metier.core import Silent
from metier.models import Seq2SeqModel, locate
from metier.models.slicing.tiny import write_tiny
from metier.training import WeightsSettings

SORT = {"method": "full", "epochs": 1, "learning_rate": 3e-3, "batch_size": 8, "max_length": 200}


def test_a_recipe_sorts_with_an_encoder_decoder(tiny_seq2seq: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    approaches: dict[str, Any] = {
        "zero-shot": {"prompt": {"sensitivity": 2}},
        "few-shot": {"prompt": {"demonstrations": 2, "sensitivity": 0}},
        "full": {"prompt": {"sensitivity": 0}, "weights": SORT},
        "prefix": {"weights": {"method": "lora", "rank": 2, "epochs": 1, "max_length": 200}},
    }
    recipe = write_recipe(tmp_path, causal=tiny_seq2seq, encoder=tiny_encoder, approaches=approaches)
    finished = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    rows_of = {row["name"]: row for row in finished.leaderboard["approaches"]}
    assert {name: rows_of[name]["status"] for name in approaches} == dict.fromkeys(approaches, "done")
    (answer,) = predict(tmp_path / "run", approach="full", texts=["my card was stolen"])
    assert sum(answer.scores.values()) == pytest.approx(1)


def test_what_does_not_apply_is_refused_before_any_work(make_resources: MakeResources, tiny_seq2seq: Path) -> None:
    def problems(**weights: Any) -> list[str]:
        settings = ApproachSettings(model=str(tiny_seq2seq), weights=WeightsSettings(**weights))
        return [problem.path for problem in check("x", settings, None, make_resources())]

    for method in ("prefix_tuning", "p_tuning_v2", "head", "qlora", "bitfit"):
        assert problems(method=method) == ["approaches.x.weights.method"], method
    assert problems(preference={}) == ["approaches.x.weights.preference"]
    assert problems(method="lora", targets=("nothing",)) == ["approaches.x.weights.targets"]
    assert problems(method="lora") == []


def test_written_answers_are_trained_whole_or_not_at_all(
    make_resources: MakeResources, tiny_seq2seq: Path, tmp_path: Path
) -> None:
    answers = [
        (text, f"We look after your {label}. " * (20 if i == 3 else 1)) for i, (text, label) in enumerate(rows(30))
    ]
    dataset = dataset_of(tmp_path / "data", answers, kind="generate")
    settings = ApproachSettings(model=str(tiny_seq2seq), weights=WeightsSettings(**SORT))
    built = build("full", settings, dataset, make_resources(), tmp_path / "full")
    long = [count for count in built.tokens if not count.trained]
    assert len(long) <= 1
    assert all("does not fit" in count.why for count in long)
    (answer,) = load(tmp_path / "full", dataset.task, make_resources()).predict(dataset.validation[:1])
    assert answer.tokens_in > 0


def test_hidden_stretches_are_learnt_and_every_token_is_measured_once(
    make_resources: MakeResources, tiny_seq2seq: Path, tmp_path: Path
) -> None:
    texts = [f"Check the pump before valve {n}. Then close valve {n} and note it down." for n in range(24)]
    dataset = documents_of(tmp_path / "data", texts)
    weights = WeightsSettings(method="full", epochs=4, learning_rate=5e-3, batch_size=4, max_length=80)
    build("t5", ApproachSettings(model=str(tiny_seq2seq), weights=weights), dataset, make_resources(), tmp_path / "t5")
    base = Seq2SeqModel(locate(str(tiny_seq2seq), folder=Path()), make_resources().compute)
    held_out = dataset.open_test(by="test")
    before = foretold(base, [example.input for example in held_out], reporter=Silent())
    after = load(tmp_path / "t5", dataset.task, make_resources()).predict(held_out)
    assert [each.tokens_in for each in after] == [each.tokens for each in before]
    assert [each.tokens for each in before] == [len(base.encode(example.input)) for example in held_out]
    assert sum(each.bits or 0 for each in after) < 0.8 * sum(each.bits for each in before)


@pytest.mark.slow
def test_a_t5_from_its_config_learns_a_small_task_to_99_percent(make_resources: MakeResources, tmp_path: Path) -> None:
    """Which of six words stands in a line of other words: 99% on lines that it has not seen."""
    draw = random.Random(5)
    words = {"pump": "water", "lamp": "light", "fan": "air", "belt": "drive", "lock": "door", "fuse": "power"}
    others = ["the", "a", "big", "old", "new", "this", "that", "left", "right", "wide", "thin", "first", "second"]
    lines: dict[str, str] = {}
    while len(lines) < 900:
        word = draw.choice(sorted(words))
        line = draw.choices(others, k=draw.randint(1, 2))
        line.insert(draw.randrange(len(line) + 1), word)
        lines[" ".join(line)] = words[word]
    dataset = dataset_of(tmp_path / "data", list(lines.items()), instruction="Sort.")
    folder = write_tiny(tmp_path / "model", "seq2seq")
    weights = WeightsSettings(method="full", epochs=12, learning_rate=4e-3, batch_size=16, patience=0)
    settings = ApproachSettings(model=str(folder), weights=weights)
    build("t5", settings, dataset, make_resources(), tmp_path / "t5")
    test = dataset.open_test(by="test")
    answers = load(tmp_path / "t5", dataset.task, make_resources()).predict(test)
    right = sum(answer.text == example.target for answer, example in zip(answers, test, strict=True))
    assert len(test) >= 150
    assert right / len(test) >= 0.99
