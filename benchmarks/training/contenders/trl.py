"""TRL's ``SFTTrainer``; its defaults but for gradient checkpointing, which on a machine with memory only costs time."""

from typing import Any

PACKED = {"packing": True, "max_length": 2048}
LENGTH = {"train_sampling_strategy": "group_by_length"}
SETTINGS: dict[str, dict[str, Any]] = {
    "bfloat16": {"gradient_checkpointing": True},  # as it comes
    "bfloat16 by length": {**LENGTH},
    "bfloat16 packed": {**PACKED},
    "float32 by length": {"bf16": False, **LENGTH},
    "float32 packed": {"bf16": False, **PACKED},
}
BEST = ("bfloat16 by length", "bfloat16 packed", "float32 packed")


def run(job: Any, meter: Any) -> None:
    import torch
    from counting import count_in_trainer
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    rows = [{"input_ids": row["ids"], "labels": job.labels(row)} for row in job.rows()]
    setting = {"gradient_checkpointing": False, "max_length": None, **SETTINGS[job.setting]}
    # A packed row holds several examples, so fewer of them make a step of about job.batch examples.
    packed = sum(len(row["input_ids"]) for row in rows) / len(rows) / 2048 * job.batch
    config = SFTConfig(
        output_dir=job.scratch,
        num_train_epochs=1,
        learning_rate=job.rate,
        lr_scheduler_type="constant",
        per_device_train_batch_size=max(1, round(packed)) if setting.get("packing") else job.batch,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        seed=job.seed,
        **setting,
    )
    lora = LoraConfig(r=job.rank, lora_alpha=job.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
    model = AutoModelForCausalLM.from_pretrained(job.model, dtype=torch.float32)
    count_in_trainer(meter)
    SFTTrainer(
        model,
        config,
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(job.model),
        peft_config=lora,
    ).train()
