"""LLaMA-Factory by a configuration as its users write them; its template adds nothing but the end token."""

import json
from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "float32": {"disable_gradient_checkpointing": False},  # as it comes
    "bfloat16 by length": {"bf16": True, "train_sampling_strategy": "group_by_length"},
    "bfloat16 packed": {"bf16": True, "neat_packing": True, "cutoff_len": 2048},
    "float32 by length": {"train_sampling_strategy": "group_by_length"},
}
BEST = ("bfloat16 by length", "bfloat16 packed", "float32 by length")


def run(job: Any, meter: Any) -> None:
    from counting import count_in_trainer
    from llamafactory.data.formatter import StringFormatter
    from llamafactory.data.template import register_template
    from llamafactory.train.tuner import run_exp

    register_template(
        "plain",
        format_user=StringFormatter(slots=["{{content}}"]),
        format_assistant=StringFormatter(slots=["{{content}}", {"eos_token"}]),
    )
    scratch, rows = Path(job.scratch), job.rows()
    texts = [{"prompt": row["prompt"], "response": row["completion"]} for row in rows]
    (scratch / "rows.json").write_text(json.dumps(texts), encoding="utf-8")
    columns = {"file_name": "rows.json", "columns": {"prompt": "prompt", "response": "response"}}
    (scratch / "dataset_info.json").write_text(json.dumps({"rows": columns}), encoding="utf-8")
    setting = SETTINGS[job.setting]
    packed = sum(len(row["ids"]) for row in rows) / len(rows) / 2048 * job.batch
    count_in_trainer(meter)
    run_exp(
        {
            "model_name_or_path": job.model,
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "lora",
            "lora_rank": job.rank,
            "lora_alpha": job.alpha,
            "lora_target": "all",
            "lora_dropout": 0.0,
            "dataset": "rows",
            "dataset_dir": str(scratch),
            "template": "plain",
            "cutoff_len": 4096,
            "overwrite_cache": True,
            "output_dir": str(scratch / "out"),
            "save_strategy": "no",
            "logging_strategy": "no",
            "report_to": "none",
            "plot_loss": False,
            "num_train_epochs": 1,
            "learning_rate": job.rate,
            "per_device_train_batch_size": max(1, round(packed)) if setting.get("neat_packing") else job.batch,
            "gradient_accumulation_steps": 1,
            "lr_scheduler_type": "constant",
            "dataloader_num_workers": 0,
            "use_cpu": True,
            "disable_gradient_checkpointing": True,
            "seed": job.seed,
            "disable_tqdm": True,
            **setting,
        }
    )
