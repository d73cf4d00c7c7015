"""torchtune's single-device LoRA recipe, from a configuration; packed rows of 2,048 tokens, its documented fast way."""

import importlib.util
from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "bfloat16 packed": {"dtype": "bf16", "packed": True},
    "bfloat16": {"dtype": "bf16", "packed": False},
    "float32 packed": {"dtype": "fp32", "packed": True},
}
BEST = ("bfloat16 packed", "bfloat16", "float32 packed")
HERE = __name__  # under this name the configuration finds what stands below


class Padding:
    """In the place of a tokenizer: the rows are ids already, and the recipe asks for the padding id alone."""

    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id


class Rows:
    """The rows as torchtune's datasets give them."""

    def __init__(self, job: Any) -> None:
        self.rows = [{"tokens": row["ids"], "labels": job.labels(row)} for row in job.rows()]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, list[int]]:
        return dict(self.rows[index])


def dataset(_tokenizer: Any, *, job: str, packed: bool) -> Any:
    """Named by the configuration."""
    import job as jobs
    from torchtune.datasets import PackedDataset

    rows = Rows(jobs.read(Path(job)))
    return PackedDataset(rows, max_seq_len=2048) if packed else rows


def model_config(job: Any) -> dict[str, Any]:
    """The model's shape in torchtune's words."""
    config = job.config()
    rope = config.get("rope_parameters") or {}
    shape = {
        "vocab_size": config["vocab_size"],
        "num_layers": config["num_hidden_layers"],
        "num_heads": config["num_attention_heads"],
        "num_kv_heads": config["num_key_value_heads"],
        "embed_dim": config["hidden_size"],
        "intermediate_dim": config["intermediate_size"],
        "max_seq_len": config["max_position_embeddings"],
        "norm_eps": config["rms_norm_eps"],
        "rope_base": int(rope.get("rope_theta") or config.get("rope_theta", 10000)),
        "tie_word_embeddings": True,
        "lora_attn_modules": ["q_proj", "k_proj", "v_proj", "output_proj"],
        "apply_lora_to_mlp": True,
        "apply_lora_to_output": False,
        "lora_rank": job.rank,
        "lora_alpha": job.alpha,
        "lora_dropout": 0.0,
    }
    if config["model_type"] == "qwen2":
        return {"_component_": "torchtune.models.qwen2.lora_qwen2", **shape}
    return {"_component_": "torchtune.models.llama3_2.lora_llama3_2", "scale_factor": 1, **shape}


def run(job: Any, meter: Any) -> None:
    import torchtune
    from omegaconf import OmegaConf

    recipe_file = Path(torchtune.__file__).parents[1] / "recipes" / "lora_finetune_single_device.py"
    spec = importlib.util.spec_from_file_location("recipe", recipe_file)
    assert spec, recipe_file
    assert spec.loader, recipe_file
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    setting, scratch = SETTINGS[job.setting], Path(job.scratch)
    job.write(scratch / "rows-of.json")
    config = {
        "output_dir": str(scratch),
        "model": model_config(job),
        "tokenizer": {"_component_": f"{HERE}.Padding", "pad_id": 0},
        "checkpointer": {
            "_component_": "torchtune.training.FullModelHFCheckpointer",
            "checkpoint_dir": job.model,
            "checkpoint_files": ["model.safetensors"],
            "output_dir": str(scratch),
            "recipe_checkpoint": None,
            "model_type": "QWEN2" if job.config()["model_type"] == "qwen2" else "LLAMA3_2",
        },
        "resume_from_checkpoint": False,
        "save_adapter_weights_only": True,
        "dataset": {
            "_component_": f"{HERE}.dataset",
            "job": str(scratch / "rows-of.json"),
            "packed": setting["packed"],
        },
        # Two micro-batches of four rows were faster than one of eight; a packed row is a step by itself.
        "batch_size": 1 if setting["packed"] else job.batch // 2,
        "gradient_accumulation_steps": 1 if setting["packed"] else 2,
        "seed": job.seed,
        "shuffle": True,
        "epochs": 1,
        "max_steps_per_epoch": None,
        "clip_grad_norm": 1.0,
        "compile": False,
        "optimizer": {"_component_": "torch.optim.AdamW", "fused": True, "weight_decay": 0.01, "lr": job.rate},
        "lr_scheduler": {
            "_component_": "torchtune.training.lr_schedulers.get_cosine_schedule_with_warmup",
            "num_warmup_steps": 0,
            "num_cycles": 0.0,
        },
        "loss": {"_component_": "torchtune.modules.loss.CEWithChunkedOutputLoss"},
        "metric_logger": {"_component_": "torchtune.training.metric_logging.DiskLogger", "log_dir": str(scratch)},
        "log_every_n_steps": 1,
        "log_peak_memory_stats": False,
        "dtype": setting["dtype"],
        "device": "cpu",
        "enable_activation_checkpointing": False,
        "enable_activation_offloading": False,
    }
    recipe = module.LoRAFinetuneRecipeSingleDevice(OmegaConf.create(config))
    recipe.setup(cfg=OmegaConf.create(config))
    step = recipe._loss_step

    def counted(batch: dict[str, Any]) -> Any:
        tokens = int((batch["labels"][:, 1:] != -100).sum())
        loss = step(batch)
        meter.batch(tokens, float(loss.detach()) * tokens)
        return loss

    recipe._loss_step = counted
    recipe.train()
    recipe.cleanup()
