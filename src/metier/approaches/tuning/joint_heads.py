"""Several tasks learnt by one encoder: a head with the outputs of all, of which the run's own remain.

The body, and what stands between it and the last layer, are shared. Validation of the run's own task decides when to
stop. The other tasks' outputs are used once more, to tell how well those tasks were learnt, and then cut away: what is
saved is a model of the run's task like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.heads import HEADS, HeadSystem, Reader, State
from metier.approaches.prompting.halving import in_even_order
from metier.approaches.tuning.rows import Prepared
from metier.approaches.tuning.together import Joined, Other, in_words, joined
from metier.data import Dataset
from metier.models import EncoderModel
from metier.training import OfPart, Part, Row, keep_outputs
from metier.training.computing.precision import is_mixed


class Beside(NamedTuple):
    """Another task and its outputs.

    Attributes:
        other: the task with its rows.
        reader: reads its texts.
        state: what its head has settled.
        part: of the joint head.
        rows: what is learnt.
    """

    other: Other
    reader: Reader
    state: State
    part: Part
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Joint:
    """A head for the run's own task and for others; with no others it is the run's own.

    Attributes:
        reader: of the run's own task.
        outputs: of the run's own task.
        beside: the other tasks.
    """

    reader: Reader
    outputs: int
    beside: tuple[Beside, ...]

    @property
    def all_outputs(self) -> int:
        """Outputs of all tasks."""
        return self.beside[-1].part.last if self.beside else self.outputs

    def joined(self, own: Prepared) -> Joined:
        """The rows of all tasks, weighed."""
        if not self.beside:
            return Joined(own, ())
        others, rows = [one.other for one in self.beside], {one.other.name: one.rows for one in self.beside}
        found = joined(own, others, rows, max_length=self.reader.max_length)
        parts = Part(own.objective, 0, self.outputs), *(one.part for one in self.beside)
        return found._replace(rows=replace(found.rows, objective="several", bound={"parts": parts}))

    def finish(self, module: Any, *, seed: int) -> list[str]:
        """Tell how well the other tasks are answered, in sentences, and leave the outputs of the run's own.

        Args:
            module: trained; its head is cut.
            seed: draws the rows that are answered.
        """
        import torch

        module.eval()
        compute = self.reader.model.compute
        mixed = torch.autocast(compute.device.partition(":")[0], dtype=torch.bfloat16)
        with mixed if is_mixed(compute, module) else nullcontext():
            found = [_measured(one, module, seed=seed) for one in self.beside]
        keep_outputs(module, self.reader.model.source.profile, self.outputs)
        return [sentence for sentence in found if sentence]


def joint_head(reader: Reader, outputs: int, others: Sequence[Other]) -> Joint:
    """The head of all tasks.

    Args:
        reader: of the run's own task.
        outputs: of the run's own task.
        others: kinds of task whose heads stand at the same place.
    """
    beside: list[Beside] = []
    for number, other in enumerate(others, start=1):
        its_own, head = reader._replace(task=other.task), HEADS.get(other.task.kind)
        state = head.settle(its_own, other.train)
        rows = head.rows(its_own, other.train, state)
        first = beside[-1].part.last if beside else outputs
        part = Part(rows.objective, first, first + head.outputs(other.task, state))
        beside.append(Beside(other, its_own, state, part, other.named(rows.rows, part=number)))
    return Joint(reader, outputs, tuple(beside))


def _measured(one: Beside, module: Any, *, seed: int) -> str:
    """How well a task is answered, with what its head fits on the same rows; empty where no row is to be answered."""
    other, source = one.other, one.reader.model.source
    rows = in_even_order(other.validation, other.settings.measured, seed=seed)
    if not rows:
        return ""
    head = HEADS.get(other.task.kind)
    model = EncoderModel(source, one.reader.model.compute, outputs=one.part.last - one.part.first, tokens=head.tokens)
    model.module = OfPart(module, one.part)
    reader = one.reader._replace(model=model)
    looked_at = Dataset(folder=Path(), task=other.task, train=(), validation=tuple(rows), summary={})
    return in_words(other, HeadSystem(reader, head, head.fit(reader, looked_at, one.state)), rows)
