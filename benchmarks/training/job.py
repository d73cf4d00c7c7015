"""One run of one contender: what it is given. Standard library alone, for it is read in every environment."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a contender is given.

    Attributes:
        contender: the file in ``contenders/``.
        setting: a name in its ``SETTINGS``.
        onednn: float32 products through oneDNN (``torch.set_float32_matmul_precision("medium")``).
        model: a folder in Hugging Face layout, with tokenizer.
        data: a folder with ``rows.jsonl``: ``prompt`` and ``completion`` as text, ``ids`` (both, with the end token)
            and ``prompt_length``, the number of ids without loss.
        first: take so many rows from the start; 0: all.
        scratch: an empty folder for what the contender writes.
        prepared: a folder for conversions of the model, kept between runs.
        out: where the result goes, as JSON.
        threads: threads of torch.
        batch: rows of an optimiser step.
        rank, alpha: of LoRA, on all linear layers but the output.
        rate: of AdamW.
        seed: of order and adapters.
        paradigm: ``dpo`` or ``grpo`` where answers are preferred or rewarded; rows then have ``prompt``, ``chosen`` and
            ``rejected`` as text, and their ids as ``prompt_ids`` and so on. Empty: they are right answers.
        beta: of DPO.
        answers, tokens: GRPO: answers drawn for each prompt of a step (``batch`` counts prompts), most tokens of one.
    """

    contender: str
    setting: str
    onednn: bool
    model: str
    data: str
    scratch: str
    prepared: str
    out: str
    first: int = 0
    threads: int = 2
    batch: int = 8
    rank: int = 16
    alpha: int = 32
    rate: float = 2e-4
    seed: int = 0
    paradigm: str = ""
    beta: float = 0.1
    answers: int = 8
    tokens: int = 12

    def rows(self) -> list[dict[str, Any]]:
        """The rows to train on."""
        lines = (Path(self.data) / "rows.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines][: self.first or None]

    def labels(self, row: dict[str, Any]) -> list[int]:
        """The ids of a row, with -100 where there is no loss."""
        start = row["prompt_length"]
        return [-100] * start + row["ids"][start:]

    def config(self) -> dict[str, Any]:
        """The model's ``config.json``."""
        return json.loads((Path(self.model) / "config.json").read_text(encoding="utf-8"))

    def write(self, file: Path) -> None:
        """Save it for the contender's process."""
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")


def read(file: Path) -> Job:
    """A job as :meth:`Job.write` saved it."""
    return Job(**json.loads(file.read_text(encoding="utf-8")))
