"""Real text with a right and a wrong answer: messages to a bank (banking77, CC-BY-4.0), eight intents in the prompt.

SmolLM2 names one of the eight now and then by itself, so that both pairs and rewards have something to teach.
"""

import csv
import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

from shapes import Made
from texts import shared

LABELS = (
    "activate my card", "age limit", "card arrival", "change pin", "exchange rate", "lost or stolen phone",
    "request refund", "verify my identity",
)  # fmt: skip


def make(count: int, held_out: int, cache: Path, model: Path) -> Made:
    """Write ``rows.jsonl`` and, of the test messages, ``held-out.jsonl``, as ids of the model's tokenizer."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    folder = cache / "pairs" / f"{_version(model)}-{count}-{held_out}"
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(7)
    written: dict[str, list[dict[str, Any]]] = {}
    for split, name, wanted in (("train", "rows", count), ("test", "held-out", held_out)):
        with (shared() / "data" / "banking77" / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            known = [(row["text"], row["category"].replace("_", " ")) for row in csv.DictReader(file)]
        drawn = random.sample([pair for pair in known if pair[1] in LABELS], wanted)
        rows = written[name] = [
            _encoded(tokenizer, text.strip(), label, random.choice([other for other in LABELS if other != label]))
            for text, label in drawn
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    tokens = sum(len(row["prompt_ids"]) for row in written["rows"])
    return Made(model, folder, {"rows": count, "held_out": held_out, "prompt_tokens": tokens})


def _encoded(tokenizer: Any, text: str, chosen: str, rejected: str) -> dict[str, Any]:
    system = "Name the intent of the customer's message. Intents: " + ", ".join(LABELS)
    prompt = f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"

    def ids(written: str) -> list[int]:
        return tokenizer.encode(written, add_special_tokens=False)

    row: dict[str, Any] = {"prompt": prompt, "chosen": chosen, "rejected": rejected, "prompt_ids": ids(prompt)}
    for name in ("chosen", "rejected"):
        assert ids(prompt + row[name]) == row["prompt_ids"] + ids(row[name]), "tokens cross the border"
        row[f"{name}_ids"] = [*ids(row[name]), tokenizer.eos_token_id]
    return row


def _version(model: Path) -> str:
    """Changes with this file and the model."""
    return hashlib.sha256(Path(__file__).read_bytes() + str(model).encode()).hexdigest()[:10]
