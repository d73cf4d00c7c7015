"""Modules and tokenizers from folders, through transformers and PEFT: safetensors only, never a model's own code."""

from __future__ import annotations

import logging as plain_logging
import sys
import warnings
from pathlib import Path
from typing import Any

from metier.core import ModelError, Problem
from metier.models.device import Compute
from metier.models.finding.source import ModelSource
from metier.models.virtual.soft_prompts import has_soft_prompt, with_soft_prompt

ADAPTER_FILE = "adapter_config.json"


def load_tokenizer(source: ModelSource) -> Any:
    """The fast tokenizer of a base model, with a padding token.

    Raises:
        ModelError: the folder has no usable tokenizer.
    """
    from transformers import AutoTokenizer

    quiet()
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(source.path, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            [
                Problem(
                    where=str(source.path),
                    expected="a tokenizer (tokenizer.json or the files of its family)",
                    got=str(error).splitlines()[0],
                    remedy="put the model's tokenizer files beside its weights",
                )
            ]
        ) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    return tokenizer


def load_module(
    source: ModelSource,
    compute: Compute,
    *,
    weights: Path | None = None,
    num_labels: int | None = None,
    tokens: bool = False,
    words: bool = False,
) -> Any:
    """A module in evaluation mode on its device.

    Args:
        source: the base model.
        compute: device and precision of its weights.
        weights: a folder with a PEFT adapter, or with a whole model; None: the base as it is.
        num_labels: for encoders: with a head of so many outputs; None: the bare body.
        tokens: for encoders: the head stands on every token, and not on the whole text.
        words: for encoders: with the head that foretells masked words, in place of the bare body.
    """
    whole = weights is not None and not (weights / ADAPTER_FILE).is_file()
    folder = weights if whole and weights is not None else source.path
    quiet()
    module = auto_class(source, num_labels, tokens=tokens, words=words).from_pretrained(
        folder,
        dtype=compute.torch_dtype,
        trust_remote_code=False,
        use_safetensors=True,
        # A base's own head for other labels gives way to a new one; trained weights must fit.
        **({"num_labels": num_labels, "ignore_mismatched_sizes": weights is None} if num_labels else {}),
        **({"quantization_config": _quantisation(compute), "device_map": {"": compute.device}} if compute.bits else {}),
    )
    for layer in module.modules() if compute.bits else ():
        if hasattr(layer, "support_avx512bf16_for_cpu"):
            # That way of answering repacks the weights for good, and products of repacked ones have no gradients.
            layer.support_avx512bf16_for_cpu = False
    if weights is not None and not whole:
        from peft import PeftModel

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Unsupported layer type")  # norms: PEFT takes them all the same
            module = PeftModel.from_pretrained(module, weights, is_trainable=False)
        if source.profile.family == "causal" and has_soft_prompt(module):
            module = with_soft_prompt(module)
    return (module if compute.bits else module.to(compute.device)).eval()


def num_parameters(module: Any) -> int:
    """Numbers that a module holds, however many stand in a byte."""
    return sum(p.numel() * (2 if type(p).__name__ == "Params4bit" else 1) for p in module.parameters())


def _quantisation(compute: Compute) -> Any:
    """bitsandbytes: NF4 with doubly quantised constants (arXiv 2305.14314), or LLM.int8 (arXiv 2208.07339)."""
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=compute.bits == 4,
        load_in_8bit=compute.bits == 8,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute.torch_dtype,
    )


def auto_class(source: ModelSource, num_labels: int | None, *, tokens: bool = False, words: bool = False) -> Any:
    """Transformers' class that makes a model of this family; an encoder bare, with a head, or with that for words."""
    import transformers

    if source.profile.family == "causal":
        return transformers.AutoModelForCausalLM
    if source.profile.family == "seq2seq":
        return transformers.AutoModelForSeq2SeqLM
    if words:
        return transformers.AutoModelForMaskedLM
    if not num_labels:
        return transformers.AutoModel
    headed = transformers.AutoModelForTokenClassification, transformers.AutoModelForSequenceClassification
    return headed[0] if tokens else headed[1]


def forbid_fetched_kernels() -> None:
    """No code from a hub: the package ``kernels``, which fetches compiled code and runs it, cannot be imported.

    bitsandbytes does so by itself when it is imported (by PEFT, say) on a processor with bfloat16 instructions. Who
    has imported the package before keeps it.
    """
    sys.modules.setdefault("kernels", None)  # pyright: ignore[reportArgumentType] - how Python forbids an import


def quiet() -> None:
    """Keep transformers' own bars and advice out of our output; its errors still come as exceptions."""
    forbid_fetched_kernels()
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    plain_logging.getLogger("bitsandbytes").setLevel(plain_logging.ERROR)
    warnings.filterwarnings("ignore", module=r"torch(\..*)?")
