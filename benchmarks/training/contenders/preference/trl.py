"""TRL's ``DPOTrainer`` and ``GRPOTrainer``; defaults but for gradient checkpointing, which here only costs time."""

from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "bfloat16": {},
    "float32": {"bf16": False},
    "bfloat16 as it comes": {"gradient_checkpointing": True},
}
BEST = ("bfloat16", "float32")


def run(job: Any, meter: Any) -> None:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer

    rows = job.rows()
    tokenizer = AutoTokenizer.from_pretrained(job.model)
    common: dict[str, Any] = {
        "output_dir": job.scratch,
        "num_train_epochs": 1,
        "learning_rate": job.rate,
        "lr_scheduler_type": "cosine_with_min_lr",  # as Metier's: along a cosine to a tenth
        "lr_scheduler_kwargs": {"min_lr_rate": 0.1},
        "weight_decay": 0.01,
        "use_cpu": True,
        "report_to": [],
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": True,
        "seed": job.seed,
        "gradient_checkpointing": False,
        **SETTINGS[job.setting],
    }
    around: dict[str, Any] = {
        "model": AutoModelForCausalLM.from_pretrained(job.model, dtype=torch.float32),
        "processing_class": tokenizer,
        "peft_config": LoraConfig(r=job.rank, lora_alpha=job.alpha, target_modules="all-linear", task_type="CAUSAL_LM"),
    }
    trainer = (_dpo if job.paradigm == "dpo" else _grpo)(job, rows, common, around, Dataset.from_list)
    meter.begin()
    trainer.train()
    trainer.save_model(str(Path(job.scratch) / "adapter"))


def _dpo(job: Any, rows: list[dict[str, Any]], common: dict[str, Any], around: dict[str, Any], table: Any) -> Any:
    from trl import DPOConfig, DPOTrainer

    texts = [{name: row[name] for name in ("prompt", "chosen", "rejected")} for row in rows]
    config = DPOConfig(beta=job.beta, per_device_train_batch_size=job.batch, max_length=None, **common)
    trainer = DPOTrainer(args=config, train_dataset=table(texts), **around)
    for name in ("prompt_ids", "chosen_ids", "rejected_ids"):
        assert list(trainer.train_dataset[name]) == [row[name] for row in rows], f"other tokens in {name}"
    return trainer


def _grpo(job: Any, rows: list[dict[str, Any]], common: dict[str, Any], around: dict[str, Any], table: Any) -> Any:
    from likeness import likeness
    from trl import GRPOConfig, GRPOTrainer

    def reward(completions: list[str], chosen: list[str], **_: Any) -> list[float]:
        return [likeness(answer, wanted) for answer, wanted in zip(completions, chosen, strict=True)]

    config = GRPOConfig(
        per_device_train_batch_size=job.batch * job.answers,  # it counts answers, Metier prompts
        num_generations=job.answers,
        max_completion_length=job.tokens,
        loss_type="grpo",  # the paper's; its default is another
        beta=0.0,
        temperature=1.0,
        top_k=0,
        **common,
    )
    texts = [{name: row[name] for name in ("prompt", "chosen")} for row in rows]
    return GRPOTrainer(args=config, train_dataset=table(texts), reward_funcs=reward, **around)
