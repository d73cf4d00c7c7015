"""Words of a domain as tokens of their own: a base model with more rows in its embeddings, and the tokenizer to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from metier.core.artifacts import check_manifest, read_json, staged_folder, write_json
from metier.models.finding.source import ModelSource
from metier.models.loading import auto_class, load_tokenizer, quiet

_NOTE = "grown.json"


def grown(source: ModelSource, tokens: Sequence[str], folder: Path) -> ModelSource:
    """The model with ``tokens`` in its vocabulary, written to ``folder`` unless it is there already.

    A new row is the mean of the rows of the tokens that stood for the text before, in the embeddings and, where these
    are not the same, in the output layer: nearer to what the model knows than a random one (Hewitt 2021, "Initializing
    New Word Embeddings for Pretrained Language Models", argues for a mean). All else is as it was. Words match as whole
    words; what the tokenizer knows already stays as it is.

    Returns:
        the source with the other path; its name and fingerprint are still the base's.
    """
    made_of = {"model": source.fingerprint, "tokens": list(tokens)}
    if check_manifest(folder) is None and read_json(folder / _NOTE) == made_of:
        return replace(source, path=folder)
    quiet()
    tokenizer = load_tokenizer(source)
    before = tokenizer.get_vocab()
    parts = {token: tokenizer(token, add_special_tokens=False)["input_ids"] for token in tokens if token not in before}
    tokenizer.add_tokens([_whole_word(token) for token in parts])
    module = _module(source)
    _extend(module, {tokenizer.convert_tokens_to_ids(token): ids for token, ids in parts.items()}, len(tokenizer))
    with staged_folder(folder) as stage:
        module.save_pretrained(stage)
        tokenizer.save_pretrained(stage)
        write_json(stage / _NOTE, made_of)
    return replace(source, path=folder)


def _whole_word(token: str) -> Any:
    from tokenizers import AddedToken

    return AddedToken(token, single_word=token[0].isalnum() and token[-1].isalnum(), normalized=True)


def _module(source: ModelSource) -> Any:
    """The model as its files have it, with whatever head they have."""
    import transformers

    config: Any = transformers.AutoConfig.from_pretrained(source.path, trust_remote_code=False)
    own: Any = getattr(transformers, (getattr(config, "architectures", None) or [""])[0], None)
    chosen = own or auto_class(source, None)
    return chosen.from_pretrained(source.path, dtype="auto", trust_remote_code=False, use_safetensors=True)


def _extend(module: Any, parts: dict[int, list[int]], size: int) -> None:
    """Make room for ``size`` tokens, and fill the rows of the new ones."""
    import torch

    if module.get_input_embeddings().weight.shape[0] < size:
        module.resize_token_embeddings(size, mean_resizing=False)
    layers: list[Any] = [module.get_input_embeddings(), module.get_output_embeddings()]
    with torch.no_grad():
        for weight in (layer.weight for layer in layers if layer is not None):
            for row, ids in parts.items():
                weight[row] = weight[ids].mean(0) if ids else weight.mean(0)
