"""What a trained adapter does to held-out rows: ``python judged.py JOB.json [ADAPTER]``; prints JSON.

The same for every contender, with plain transformers and PEFT. For ``dpo`` the reward margin (beta times how much
likelier the chosen answer has become than the rejected one, in nats) and in which share of the pairs it is above 0; for
``grpo`` the likeness of the likeliest answers to the right ones.
"""

import json
import sys
from pathlib import Path
from typing import Any

import job as jobs
import torch
from likeness import likeness
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    job = jobs.read(Path(sys.argv[1]))
    torch.set_num_threads(job.threads)
    lines = (Path(job.data) / "held-out.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    module: Any = AutoModelForCausalLM.from_pretrained(job.model, dtype=torch.float32).eval()
    if len(sys.argv) < 3:  # the base: there is no margin to itself
        print(json.dumps({"reward": _answered(module, rows, job)} if job.paradigm == "grpo" else {"margin": 0.0}))
        return
    from peft import PeftModel

    trained: Any = PeftModel.from_pretrained(module, sys.argv[2]).eval()
    if job.paradigm == "grpo":
        print(json.dumps({"reward": _answered(trained, rows, job)}))
        return
    with torch.no_grad():
        after = [_apart(trained, row) for row in rows]
        with trained.disable_adapter():
            before = [_apart(trained, row) for row in rows]
    margins = [job.beta * (now - then) for now, then in zip(after, before, strict=True)]
    above = sum(margin > 0 for margin in margins) / len(margins)
    print(json.dumps({"margin": sum(margins) / len(margins), "above": above}))


def _apart(module: Any, row: dict[str, Any]) -> float:
    """Log-probability of the chosen answer less that of the rejected one, in nats."""
    chosen, rejected = (_log_prob(module, row["prompt_ids"], row[name]) for name in ("chosen_ids", "rejected_ids"))
    return chosen - rejected


def _log_prob(module: Any, prompt: list[int], answer: list[int]) -> float:
    logits = module(input_ids=torch.tensor([[*prompt, *answer]])).logits[0, len(prompt) - 1 : -1]  # [T, V]
    return float(logits.log_softmax(-1).gather(1, torch.tensor(answer)[:, None]).sum())


def _answered(module: Any, rows: list[dict[str, Any]], job: jobs.Job) -> float:
    """Mean likeness of the likeliest answers."""
    tokenizer, found = AutoTokenizer.from_pretrained(job.model), 0.0
    for row in rows:
        ids = torch.tensor([row["prompt_ids"]])
        written = module.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=job.tokens,
            do_sample=False,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
        found += likeness(tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True), row["chosen"])
    return found / len(rows)


if __name__ == "__main__":
    main()
