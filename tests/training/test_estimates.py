from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.training.tiny_training import ROWS, Training

from metier.models import Compute, locate, num_parameters
from metier.models.slicing.slices import skeleton
from metier.models.slicing.tiny import write_tiny
from metier.models.trees.forest import plant
from metier.training import OBJECTIVES, Row, WeightsSettings, resolved
from metier.training.estimating.estimates import (
    HEAP,
    PRODUCTS_KEPT,
    Line,
    Pace,
    kept_of,
    lengths,
    line_through,
    memory_terms,
    time_terms,
    total,
)
from metier.training.estimating.fitting import fitting_tokens, quickest, surely_fits
from metier.training.estimating.probing import Setup, probe, samples_of
from metier.training.estimating.work import Work, steps_of, tokens_of, work_of

CPU = Compute("cpu", "float32", "")
PACE = Pace(Line(0.1, 0.01), Line(0.05, 0.002), Line(1e6, 1e3), Line(0, 4e3), update=0.5, products=5.0, compiled=3.0)
STEM = tuple(range(20, 50))
FAMILY = [Row(id=str(i), ids=(*STEM, 60 + i, 70 + i), weights=(0.0,) * 31 + (1.0,)) for i in range(10)]


def counted(**changes: Any) -> Work:
    facts: dict[str, Any] = {
        "epoch": (100, 200), "validation": (50,), "share": 0.5, "validation_share": 1.0, "given": 800, "trained": 40,
        "steps": 8, "epochs": 2.0, "validations": 2, "several": True,
    }  # fmt: skip
    return Work(**facts | changes)


def test_a_line_through_two_measurements_never_falls_and_never_starts_below_zero() -> None:
    assert line_through((100, 3.0), (300, 5.0)) == Line(2.0, 0.01)
    assert line_through((100, 1.0), (300, 5.0)).fixed == pytest.approx(0.0)
    assert line_through((100, 6.0), (300, 5.0)) == Line(5.0, 0.0)
    assert line_through((100, 9.0), (110, 11.0)) == Line(0.0, 0.1)


def test_memory_is_the_sum_of_what_stays_and_the_largest_micro_batch() -> None:
    terms = memory_terms(PACE, counted(), floor=100.0, base=50.0, trained=10, stored=20.0)
    assert terms == {
        "process": 100.0, "weights": 50.0, "gradients": 40.0, "optimiser": 80.0, "best weights": 40.0,
        "micro-batch": 1e6 + 200 * 1e3, "heap": HEAP * 1.2e6,
        "compiled products": 4 / 0.5 * 5.0 * 3.0,
    }  # fmt: skip


def test_validation_counts_by_what_looking_takes() -> None:
    most = memory_terms(PACE, counted(validation=(50, 500)), floor=0, base=0, trained=1, stored=0)["micro-batch"]
    assert most == 500 * 4e3


def test_another_epoch_brings_as_many_new_lengths_as_came_once() -> None:
    work = counted(epoch=(5, 5, 7, 9), share=1.0)
    assert lengths(work, epochs=1.0) == 3
    assert lengths(work, epochs=3.0) == 3 + 2 * 2


def test_with_one_micro_batch_a_step_gradients_come_while_tensors_go() -> None:
    work = counted(several=False)
    small = memory_terms(PACE, work, floor=0, base=0, trained=10, stored=0)
    assert small["gradients"] + small["micro-batch"] == 1e6 + 200e3
    large = memory_terms(PACE, work, floor=0, base=0, trained=10**6, stored=0)
    assert large["gradients"] + large["micro-batch"] == 4e6


def test_rows_that_are_read_once_cost_their_epochs_next_to_nothing() -> None:
    work, around = counted(), {"trained": 10, "reference": False, "checkpoint_every": 60.0}
    often, once = time_terms(PACE, work, **around), time_terms(PACE, work, **around, read_once=True)
    assert once["read"] == pytest.approx((2 * 0.05 + 300 * 0.002) / 0.5 + 0.05 + 50 * 0.002)
    assert "validate" not in once
    assert once["train"] < often["train"]
    assert memory_terms(PACE, work, floor=0, base=0, trained=1, stored=0, kept=5e6)["states"] == 5e6


def test_a_model_may_need_more_while_it_is_loaded_than_while_it_is_trained() -> None:
    terms = memory_terms(PACE, counted(), floor=1.0, base=50.0, trained=1, stored=1e9)
    assert terms == {"process": 1.0, "weights": 50.0, "file being read": 1e9}


def test_no_more_products_stay_compiled_than_are_kept() -> None:
    assert kept_of(1000) < kept_of(1024) == kept_of(5000) == PRODUCTS_KEPT
    many = memory_terms(PACE, counted(epoch=tuple(range(100))), floor=0, base=0, trained=1, stored=0, one_copy=True)
    assert not {"compiled products", "heap"} & set(many)


def test_time_is_epochs_updates_and_validations() -> None:
    terms = time_terms(PACE, counted(), trained=1000, reference=False, checkpoint_every=30)
    assert terms["train"] == pytest.approx(2 * (0.2 + 3.0) / 0.5 + 8 * 0.5)
    assert terms["validate"] == pytest.approx(2 * (0.05 + 0.1))
    assert terms["reference"] == 0
    asked = time_terms(PACE, counted(), trained=1000, reference=True, checkpoint_every=30)
    assert total(asked) == pytest.approx(total(terms) + (0.1 + 0.6) / 0.5 + 0.15)


@pytest.mark.parametrize(("layout", "expected"), [("tree", 30 + 20), ("chain", 320), ("padded", 320)])
def test_a_shared_start_is_computed_once_and_counted_once(layout: Any, expected: int) -> None:
    settings = WeightsSettings(batch_size=10, epochs=1.5)
    work = work_of(FAMILY, FAMILY[:2], settings, layout=layout, max_tokens=2048, seed=0)
    assert (work.computed, work.given, work.trained) == (expected, 320, 10)
    assert (work.steps, work.validations, work.several) == (2, 2, False)
    assert max(work.epoch) == expected


def test_a_share_of_the_rows_stands_for_all_of_them() -> None:
    settings = WeightsSettings(batch_size=2, epochs=3)
    whole = work_of(FAMILY, [], settings, layout="chain", max_tokens=64, seed=0)
    half = work_of(FAMILY[:5], [], settings, layout="chain", max_tokens=64, seed=0, share=0.5)
    assert (half.computed, half.given, half.steps) == (whole.computed, whole.given, whole.steps)


def test_what_is_counted_is_what_training_computes(tmp_path: Path) -> None:
    seen: list[int] = []
    plain = OBJECTIVES.get("completion")

    def counting(module: Any, rows: Sequence[Row], **how: Any) -> Any:
        if hasattr(module, "peft_config") and module.training:
            ids = [row.ids for row in rows]
            tree = how["layout"] == "tree"
            seen.append(len(plant(ids).ids if tree else plant(ids, min_shared=None).ids))
        return plain(module, rows, **how)

    training = Training(write_tiny(tmp_path / "model"), tmp_path / "run", objective=counting)
    training.go(epochs=1)
    plan = training.plan
    settings = WeightsSettings(batch_size=plan.batch_size, epochs=1)
    work = work_of(ROWS, [], settings, layout="tree", max_tokens=plan.tokens_per_micro_batch, seed=plan.seed)
    assert list(work.epoch) == seen
    assert work.several


def test_the_micro_batch_is_halved_until_it_fits() -> None:
    assert fitting_tokens(Line(0.0, 1e6), fixed=0.0, room=1e12, most=2048) == 2048
    assert fitting_tokens(Line(0.0, 1e6), fixed=1e9, room=2e9, most=2048) == 512
    assert fitting_tokens(Line(0.0, 1e9), fixed=0.0, room=1.0, most=2048) == 64
    assert quickest("cuda:1") > quickest("cpu") == quickest("something new")


def test_what_surely_fits_has_room_for_more_than_was_measured(tmp_path: Path) -> None:
    source = locate(str(write_tiny(tmp_path / "m", width=128, layers=3)), folder=Path())
    module = skeleton(source, CPU)
    assert surely_fits(module, itemsize=4, trained=num_parameters(module), room=8e9, most=2048)
    assert not surely_fits(module, itemsize=4, trained=num_parameters(module), room=1e8, most=2048)
    assert not surely_fits(object(), itemsize=4, trained=0, room=1e12, most=1)


@pytest.mark.parametrize("method", ["lora", "full", "prefix_tuning"])
def test_a_probe_finds_a_pace_and_leaves_the_random_state_alone(method: str, tmp_path: Path) -> None:
    import torch

    source = locate(str(write_tiny(tmp_path / "m", layers=3)), folder=Path())
    settings = resolved(WeightsSettings(method=method, batch_size=10, epochs=1), "causal")
    setup = Setup(source, CPU, settings, OBJECTIVES.get("completion"), pad=2, seed=0)
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    layout, pace = probe(setup, FAMILY, max_tokens=2048, room=1e12)
    assert torch.equal(torch.rand(2), expected)
    assert layout == "tree"
    tokens = 32 * 10
    assert min(pace.forward.at(tokens), pace.train.at(tokens), pace.update) > 0
    assert pace.tensors.at(tokens) > 3 * 64 * 4 * tokens  # three layers keep more than their input


def test_a_small_sample_is_a_micro_batch_of_its_own_where_there_is_one() -> None:
    lengths = [*[40] * 5, *[10] * 7]
    rows = [Row(id=str(i), ids=tuple(range(n)), weights=(1.0,) * n) for i, n in enumerate(lengths)]
    small, large = samples_of([rows], max_tokens=200, layout="padded")
    assert {len(row.ids) for row in large} == {40}
    assert {len(row.ids) for row in small} == {10}


def test_samples_are_a_large_micro_batch_and_a_part_of_it() -> None:
    steps = steps_of(FAMILY, batch_size=10, order="given", seed=0)
    small, large = samples_of(steps, max_tokens=200, layout="chain")
    assert tokens_of(large, "chain") <= 200
    assert 0.3 * tokens_of(large, "chain") <= tokens_of(small, "chain") < tokens_of(large, "chain")
