"""Turns a GGUF file of a Llama model into a Hugging Face folder: safetensors, config, tokenizer.

Used once, for the bundled model. The ``gguf`` package reads and dequantises; here is what it leaves open: names,
the order of rotary dimensions, and the tokenizer's pre-tokenization.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from metier.core.artifacts import write_json, write_text

_NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}


def convert_llama(source: Path, folder: Path) -> None:
    """Write ``config.json``, ``model.safetensors`` (bfloat16) and the tokenizer files into ``folder``.

    Args:
        source: a GGUF file of architecture ``llama`` with a byte-level BPE tokenizer.
        folder: an existing, empty folder.

    Raises:
        ValueError: the file is of another architecture or tokenizer.
    """
    from gguf import GGUFReader

    reader = GGUFReader(source)
    meta: dict[str, Any] = {key: field.contents() for key, field in reader.fields.items()}
    if meta["general.architecture"] != "llama" or meta["tokenizer.ggml.model"] != "gpt2":
        found = f"{meta['general.architecture']} / {meta['tokenizer.ggml.model']}"
        raise ValueError(f"{source.name}: expected a llama model with a gpt2 tokenizer, got {found}")
    _write_weights(reader, meta, folder)
    write_json(folder / "config.json", _config(meta))
    _write_tokenizer(meta, folder)


def _config(meta: dict[str, Any]) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": meta["llama.embedding_length"],
        "intermediate_size": meta["llama.feed_forward_length"],
        "num_hidden_layers": meta["llama.block_count"],
        "num_attention_heads": meta["llama.attention.head_count"],
        "num_key_value_heads": meta["llama.attention.head_count_kv"],
        "max_position_embeddings": meta["llama.context_length"],
        "rope_theta": meta["llama.rope.freq_base"],
        "rms_norm_eps": round(meta["llama.attention.layer_norm_rms_epsilon"], 10),
        "vocab_size": meta["llama.vocab_size"],
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "bos_token_id": meta["tokenizer.ggml.bos_token_id"],
        "eos_token_id": meta["tokenizer.ggml.eos_token_id"],
        "pad_token_id": meta["tokenizer.ggml.padding_token_id"],
        "dtype": "bfloat16",
    }


def _write_weights(reader: Any, meta: dict[str, Any], folder: Path) -> None:
    import torch
    from gguf import dequantize
    from safetensors.torch import save_file

    heads = {"attn_q": meta["llama.attention.head_count"], "attn_k": meta["llama.attention.head_count_kv"]}
    tensors: dict[str, torch.Tensor] = {}
    for tensor in reader.tensors:
        parts = tensor.name.split(".")  # blk.3.attn_q.weight, or token_embd.weight
        # A copy: the file is mapped read-only.
        values = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        if parts[0] == "blk":
            name = f"model.layers.{parts[1]}.{_NAMES[parts[2]]}.{parts[3]}"
            if parts[2] in heads:
                values = _rotary_halves(values, heads[parts[2]])
        else:
            name = f"{_NAMES[parts[0]]}.{parts[1]}"
        tensors[name] = torch.from_numpy(np.ascontiguousarray(values)).to(torch.bfloat16)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _rotary_halves(values: np.ndarray[Any, Any], num_heads: int) -> np.ndarray[Any, Any]:
    """From GGUF's interleaved rotary pairs (x0 y0 x1 y1 ...) to transformers' halves (x0 x1 ... y0 y1 ...).

    ``values``: [num_heads * head width, D], returned in the same shape.
    """
    width = values.shape[0] // num_heads
    return values.reshape(num_heads, width // 2, 2, -1).swapaxes(1, 2).reshape(values.shape)


def _write_tokenizer(meta: dict[str, Any], folder: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens: list[str] = meta["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in meta["tokenizer.ggml.merges"]]
    tokenizer: Any = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    # "smollm" splits digits one by one before the byte-level rule.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = 3
    kinds: list[int] = meta["tokenizer.ggml.token_type"]
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == control]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    write_text(folder / "tokenizer.json", tokenizer.to_str())
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[meta["tokenizer.ggml.bos_token_id"]],
        "eos_token": tokens[meta["tokenizer.ggml.eos_token_id"]],
        "unk_token": tokens[meta["tokenizer.ggml.unknown_token_id"]],
        "pad_token": tokens[meta["tokenizer.ggml.padding_token_id"]],
        "model_max_length": meta["llama.context_length"],
        "clean_up_tokenization_spaces": False,
        "chat_template": meta["tokenizer.chat_template"],
    }
    write_text(folder / "tokenizer_config.json", json.dumps(config, indent=2, ensure_ascii=False) + "\n")
