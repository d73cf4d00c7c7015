"""Out of memory: smaller micro-batches, the same result, and said."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.training.tiny_training import PLAN, ROWS, STEPS, Training, failing, same

from metier.core import TrainingError
from metier.training import OBJECTIVES, Row
from metier.training.computing.memory import is_out_of_memory, smaller
from metier.training.stepping import saving


def cramped(most: int, error: BaseException, calls: list[int]) -> Any:
    """The completion objective on a machine that has room for ``most`` rows at a time."""
    plain = OBJECTIVES.get("completion")

    def loss(module: Any, rows: Sequence[Row], **how: Any) -> Any:
        if not hasattr(module, "peft_config"):  # the self-test of the layout, on a small twin
            return plain(module, rows, **how)
        calls.append(len(rows))
        if len(rows) > most:
            raise error
        return plain(module, rows, **how)

    return loss


def errors() -> list[BaseException]:
    import torch

    return [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
    ]


def test_a_step_is_done_again_in_smaller_parts_with_the_same_result(tiny_causal: Path, tmp_path: Path) -> None:
    import torch

    calls: list[int] = []
    small = Training(tiny_causal, tmp_path / "a", objective=cramped(1, MemoryError(), calls))
    trained = small.go(tokens_per_micro_batch=4096)
    assert trained.steps == STEPS
    assert max(calls) > 1
    assert set(calls[5:]) == {1}  # found once, not at every step
    assert "Memory ran out at step 1 (" in small.said
    assert any("Memory ran out" in note for note in trained.notes)
    plain = Training(tiny_causal, tmp_path / "b")
    plain.go(tokens_per_micro_batch=1)
    assert same(plain.weights, small.weights)  # as if it had been told so from the start, dropout included
    assert all(torch.isfinite(tensor).all() for tensor in small.weights.values())


def test_a_continued_training_remembers_it(tiny_causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "CHECKPOINT_SHARE", 1e9)
    calls: list[int] = []
    training = Training(tiny_causal, tmp_path, objective=cramped(1, MemoryError(), calls))
    training.go(tokens_per_micro_batch=4096, epochs=1)
    del calls[:]
    training.go(tokens_per_micro_batch=4096)
    assert set(calls) == {1}


def test_one_row_that_does_not_fit_is_an_error_that_says_what_to_do(tiny_causal: Path, tmp_path: Path) -> None:
    training = Training(tiny_causal, tmp_path, objective=cramped(0, MemoryError(), []))
    with pytest.raises(TrainingError, match=r"with a single row of \d+ tokens. Lower weights.max_length"):
        training.go()


@pytest.mark.parametrize("number", range(3))
def test_memory_runs_out_in_several_words(number: int) -> None:
    assert is_out_of_memory(errors()[number])


def test_other_errors_are_not_taken_for_it(tiny_causal: Path, tmp_path: Path) -> None:
    assert not is_out_of_memory(RuntimeError("shapes do not match"))
    assert not is_out_of_memory(KeyError("out of memory"))
    with pytest.raises(RuntimeError, match="shapes"):
        Training(tiny_causal, tmp_path, objective=failing(2, RuntimeError("shapes do not match"))).go()


def test_the_optimisers_own_memory_is_no_matter_of_micro_batches(
    tiny_causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def full(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(torch.optim.AdamW, "step", full)
    with pytest.raises(TrainingError, match="the optimiser's two moments"):
        Training(tiny_causal, tmp_path).go()


def test_the_bound_falls_until_something_changes() -> None:
    bound = smaller(PLAN.tokens_per_micro_batch * 1000, ROWS, "tree", "full")
    assert bound < sum(len(row.ids) for row in ROWS) * 2
    with pytest.raises(TrainingError):
        smaller(1, ROWS, "tree", "full")
