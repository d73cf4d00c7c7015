"""LitGPT's LoRA script through its Python entry; micro-batches of one row, its default, were its fastest on a CPU.

Its loss is the mean over the micro-batches' means, not over trained tokens: another objective, the same work.
"""

import json
import shutil
from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "bfloat16": {"precision": "bf16-true"},
    "bfloat16 rows of 8": {"precision": "bf16-true", "micro": 8},
    "float32": {"precision": "32-true"},
}
BEST = ("bfloat16", "float32")


def prepare(job: Any) -> None:
    """Convert the model to LitGPT's layout."""
    import torch
    from litgpt import Config
    from litgpt.scripts.convert_hf_checkpoint import copy_weights_hf_llama, copy_weights_qwen_2_5
    from litgpt.utils import save_config
    from safetensors.torch import load_file

    target, config = Path(job.prepared), job.config()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        if (Path(job.model) / name).is_file():
            shutil.copyfile(Path(job.model) / name, target / name)
    rope = config.get("rope_parameters") or {}
    qwen = config["model_type"] == "qwen2"
    lit = Config(
        name=target.name,
        block_size=config["max_position_embeddings"],
        vocab_size=config["vocab_size"],
        padded_vocab_size=config["vocab_size"],
        n_layer=config["num_hidden_layers"],
        n_head=config["num_attention_heads"],
        n_embd=config["hidden_size"],
        n_query_groups=config["num_key_value_heads"],
        rotary_percentage=1.0,
        parallel_residual=False,
        bias=False,
        attn_bias=qwen,
        norm_class_name="RMSNorm",
        mlp_class_name="LLaMAMLP",
        intermediate_size=config["intermediate_size"],
        norm_eps=config["rms_norm_eps"],
        rope_base=int(rope.get("rope_theta") or config.get("rope_theta", 10000)),
    )
    weights, converted = load_file(Path(job.model) / "model.safetensors"), {}
    (copy_weights_qwen_2_5 if qwen else copy_weights_hf_llama)(lit, {}, converted, weights)
    converted.setdefault("lm_head.weight", converted["transformer.wte.weight"])  # tied
    torch.save(converted, target / "lit_model.pth")
    save_config(lit, target)


def run(job: Any, meter: Any) -> None:
    from litgpt.args import EvalArgs, TrainArgs
    from litgpt.data import JSON
    from litgpt.finetune import lora
    from litgpt.prompts import PromptStyle

    class AsItIs(PromptStyle):
        def apply(self, prompt: str, *, sys_prompt: str | None = None, **_: str) -> str:
            return prompt

    scratch, rows = Path(job.scratch), job.rows()
    texts = [{"instruction": row["prompt"], "output": row["completion"]} for row in rows]
    for name, some in (("train", texts), ("val", texts[:1])):
        (scratch / f"{name}.json").write_text(json.dumps(some), encoding="utf-8")

    cross_entropy = lora.chunked_cross_entropy

    def counted(logits: Any, targets: Any, *arguments: Any, **named: Any) -> Any:
        loss = cross_entropy(logits, targets, *arguments, **named)
        if loss.requires_grad:
            tokens = int((targets != -100).sum())
            meter.batch(tokens, float(loss.detach()) * tokens)
        return loss

    lora.chunked_cross_entropy = counted
    lora.merge_lora = lambda **_: None  # after training, and made for a call from the command line alone
    setting = SETTINGS[job.setting]
    lora.setup(
        Path(job.prepared),
        out_dir=scratch / "out",
        precision=setting["precision"],
        lora_r=job.rank,
        lora_alpha=job.alpha,
        lora_dropout=0.0,
        lora_query=True,
        lora_key=True,
        lora_value=True,
        lora_projection=True,
        lora_mlp=True,
        lora_head=False,
        data=JSON(scratch, mask_prompt=True, prompt_style=AsItIs(), num_workers=0, seed=job.seed),
        train=TrainArgs(
            save_interval=10**6,
            log_interval=1,
            global_batch_size=job.batch,
            micro_batch_size=setting.get("micro", 1),
            lr_warmup_steps=100,  # its default; a warm-up as long as the run would divide by zero
            epochs=1,
        ),
        eval=EvalArgs(interval=10**6, max_new_tokens=1, max_iters=1, initial_validation=False, final_validation=False),
        optimizer={"class_path": "torch.optim.AdamW", "init_args": {"lr": job.rate}},
        seed=job.seed,
    )
