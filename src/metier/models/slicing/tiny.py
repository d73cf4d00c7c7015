"""Tiny random models in Hugging Face layout: for tests and experiments that should take milliseconds.

Deterministic, made from config alone, a few hundred kilobytes. They know nothing, and learn small tasks in seconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from metier.models.finding.profile import Family

_CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

_SPECIAL: dict[str, list[str]] = {
    "causal": ["<|im_start|>", "<|im_end|>", "<pad>"],
    "encoder": ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"],
    "seq2seq": ["<pad>", "</s>", *(f"<extra_id_{number}>" for number in range(32))],
}
"""Special tokens; those of T5 end with the marks of hidden spans."""


def write_tiny(folder: Path, family: Family = "causal", *, chat: bool = True, width: int = 64, layers: int = 2) -> Path:
    """Write a tiny model and its tokenizer (one token a byte) into ``folder``.

    Args:
        folder: created.
        family: ``causal`` (a Llama), ``encoder`` (a BERT) or ``seq2seq`` (a T5).
        chat: causal: with a chat template (ChatML).
        width: hidden size.
        layers: number of layers.

    Returns:
        ``folder``.
    """
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _byte_tokenizer(family)
    if family == "causal" and chat:
        tokenizer.chat_template = _CHATML
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        _module(family, len(tokenizer), tokenizer, width, layers).save_pretrained(folder)
    return folder


def _byte_tokenizer(family: Family) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = _SPECIAL[family]
    vocabulary = {token: i for i, token in enumerate([*special, *alphabet])}
    inner: Any = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(special)
    if family == "causal":
        return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|im_end|>", pad_token="<pad>")
    if family == "seq2seq":
        inner.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", vocabulary["</s>"])]
        )
        return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="</s>", pad_token="<pad>")
    ends = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    inner.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        cls_token="[CLS]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        unk_token="[UNK]",
        mask_token="[MASK]",
    )


def _module(family: Family, vocabulary: int, tokenizer: Any, width: int, layers: int) -> Any:
    from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, T5Config, T5ForConditionalGeneration

    if family == "seq2seq":
        beside: dict[str, Any] = {"n_positions": 512, "decoder_start_token_id": tokenizer.pad_token_id}
        return T5ForConditionalGeneration(
            T5Config(
                vocab_size=vocabulary,
                d_model=width,
                d_kv=width // 4,
                d_ff=2 * width,
                num_layers=layers,
                num_heads=4,
                dropout_rate=0.0,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=tokenizer.eos_token_id,
                **beside,
            )
        )
    if family == "encoder":
        return BertModel(
            BertConfig(
                vocab_size=vocabulary,
                hidden_size=width,
                num_hidden_layers=layers,
                num_attention_heads=4,
                intermediate_size=2 * width,
                max_position_embeddings=512,
                pad_token_id=tokenizer.pad_token_id,
            )
        )
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            num_key_value_heads=2,
            intermediate_size=2 * width,
            max_position_embeddings=1024,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
