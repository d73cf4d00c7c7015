"""The plain Hugging Face ``Trainer`` with PEFT: what most tutorials show."""

from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "float32": {},
    "float32 by length": {"train_sampling_strategy": "group_by_length"},
    "bfloat16 by length": {"bf16": True, "train_sampling_strategy": "group_by_length"},
}
BEST = ("float32 by length", "bfloat16 by length")


def run(job: Any, meter: Any) -> None:
    import torch
    from counting import count_in_trainer
    from peft import LoraConfig, get_peft_model
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        DataCollatorForSeq2Seq,
        Trainer,
        TrainingArguments,
    )

    tokenizer = AutoTokenizer.from_pretrained(job.model)
    model = AutoModelForCausalLM.from_pretrained(job.model, dtype=torch.float32)
    torch.manual_seed(job.seed)
    model = get_peft_model(
        model, LoraConfig(r=job.rank, lora_alpha=job.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    rows = [
        {"input_ids": row["ids"], "attention_mask": [1] * len(row["ids"]), "labels": job.labels(row)}
        for row in job.rows()
    ]
    arguments = TrainingArguments(
        output_dir=str(Path(job.scratch)),
        per_device_train_batch_size=job.batch,
        num_train_epochs=1,
        learning_rate=job.rate,
        lr_scheduler_type="constant",
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        seed=job.seed,
        **SETTINGS[job.setting],
    )
    count_in_trainer(meter)
    Trainer(model, arguments, train_dataset=rows, data_collator=DataCollatorForSeq2Seq(tokenizer)).train()
