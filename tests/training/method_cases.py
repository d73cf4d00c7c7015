"""One row for each method, variant and family: what the conformance suite runs on. A new method is found by itself."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import CPU

from metier.models import Compute, ModelSource, load_module, locate
from metier.models.slicing.tiny import write_tiny
from metier.training import METHODS, Method, Row, WeightsSettings, resolved

LABELS = 3
TAGGER = "tagger"
"""An encoder with a head on every token."""
VARIANTS: dict[str, dict[str, Any]] = {
    "lora-pissa": {"method": "lora", "init": "pissa"},
    "lora-eva": {"method": "lora", "init": "eva"},
    "qlora-eva": {"method": "qlora", "init": "eva"},
    "qlora-loftq": {"method": "qlora", "init": "loftq"},
    "lora-olora": {"method": "lora", "init": "olora"},
    "lora-rank-stabilised": {"method": "lora", "rank_stabilised": True},
    "lora-plus": {"method": "lora", "rate_ratio": 16},
    "lora-pissa-rank-stabilised": {"method": "lora", "init": "pissa", "rank_stabilised": True},
    "freeze-named": {"method": "freeze", "layers": ("self_attn", "norm")},
}
SMALL = {"rank": 4, "virtual_tokens": 5, "encoder_width": 8}


@dataclass(frozen=True)
class Case:
    """A method, perhaps in a variant, on a tiny model of a family."""

    name: str
    family: str
    settings: WeightsSettings
    folder: Path

    @property
    def method(self) -> Method:
        return METHODS.get(self.settings.method)

    @property
    def source(self) -> ModelSource:
        return locate(str(self.folder), folder=Path())

    @property
    def compute(self) -> Compute:
        return CPU._replace(bits=self.settings.bits) if "bits" in self.method.uses else CPU

    @property
    def head(self) -> dict[str, Any]:
        """What stands behind an encoder."""
        return {"num_labels": LABELS, "tokens": self.family == TAGGER} if self.family in ("encoder", TAGGER) else {}

    @property
    def objective(self) -> str:
        objectives = {"causal": "completion", "seq2seq": "sequence", TAGGER: "tagging"}
        return objectives.get(self.family, "classification")

    def base(self) -> Any:
        """The base as it is before training; a head's random start is always the same."""
        import torch

        torch.manual_seed(1)
        return load_module(self.source, self.compute, **self.head)

    def fresh(self) -> Any:
        """The module to train."""
        import torch

        base = self.base()
        torch.manual_seed(2)
        module = self.method.prepare(base, self.settings, self.source.profile)
        if self.method.look:
            self.method.look(module, self.settings, self.rows(), 2)
        return module

    def rows(self) -> list[Row]:
        """Ten rows to learn from, of different lengths."""
        found: list[Row] = []
        for i, length in enumerate([2, 3, 4, 5, 6] * 2):
            ids = tuple(10 + (i * 7 + j) % 50 for j in range(4 + length))
            weights = (0.0,) * 4 + (1.0,) * length
            if self.family == TAGGER:
                tags = tuple(-1 if place % 4 == 0 else (i + place) % LABELS for place in range(len(ids)))
                found.append(Row(id=f"r{i}", ids=ids, tags=tags))
            elif self.family == "encoder":
                found.append(Row(id=f"r{i}", ids=ids, label=i % LABELS))
            elif self.family == "seq2seq":
                found.append(Row(id=f"r{i}", ids=ids[4:], weights=weights[4:], source=ids[:4] + ids[: i % 3]))
            else:
                found.append(Row(id=f"r{i}", ids=ids, weights=weights))
        return found


def small(name: str, **given: Any) -> WeightsSettings:
    """Settings of a method that fit tiny models."""
    method = METHODS.get(given.get("method", name))
    own = {key: value for key, value in SMALL.items() if key in method.uses}
    return WeightsSettings(**{"method": name, **own, **given})


def case_names() -> list[tuple[str, str]]:
    """(name, family) of every row of the suite."""
    all_settings = {name: small(name) for name in METHODS.names()}
    all_settings |= {name: small(name, **given) for name, given in VARIANTS.items()}
    every = [(name, family) for name, given in all_settings.items() for family in METHODS.get(given.method).families]
    every += [(name, TAGGER) for name, family in every if family == "encoder"]
    return [(name, family) for name, family in every if name not in VARIANTS or family == "causal"]


def make_case(name: str, family: str, folder: Path) -> Case:
    settings = small(name, **VARIANTS.get(name, {}))
    return Case(name, family, resolved(settings, "causal" if family == "causal" else "encoder"), folder)


def expected_parameters(case: Case) -> int:
    """How many numbers a method trains, by its formula, from the shapes of the base alone."""
    import torch

    base, settings, profile = case.base(), case.settings, case.source.profile
    modules = dict(base.named_modules())
    parameters = dict(base.named_parameters())
    heads = () if case.family == "causal" else profile.head
    in_head = {name for name in parameters if any(f".{head}." in f".{name}" for head in heads)}
    head = sum(parameters[name].numel() for name in in_head)
    linear = [
        item
        for name, item in modules.items()
        if isinstance(item, torch.nn.Linear)
        and name.rpartition(".")[2] in profile.lora_targets
        and f"{name}.weight" not in in_head
    ]
    sides = [(item.in_features, item.out_features) for item in linear]
    rank, config = settings.rank or 0, base.config
    virtual, width = settings.virtual_tokens or 0, config.hidden_size
    kv_heads = getattr(config, "num_key_value_heads", config.num_attention_heads)
    kv = kv_heads * width // config.num_attention_heads
    inner = settings.encoder_width or width

    def of(wanted: Callable[[str], bool]) -> int:
        return sum(p.numel() for name, p in parameters.items() if wanted(name) and name not in in_head)

    layers = config.num_hidden_layers
    upper = [f"{number}" for number in range(layers - math.ceil(layers / 4), layers)]
    lora = sum(rank * (i + o) for i, o in sides)
    formulas: dict[str, Callable[[], int]] = {
        "full": lambda: of(lambda name: True),
        "head": lambda: 0,
        "freeze": lambda: of(lambda name: any(f".{part}." in f".{name}" for part in settings.layers or upper)),
        "bitfit": lambda: of(lambda name: name.endswith(".bias")),
        "layer_norm": lambda: of(lambda name: "norm" in name.lower()),
        "lora": lambda: lora,
        "qlora": lambda: lora,
        "dora": lambda: lora + sum(o for _, o in sides),
        "adalora": lambda: sum(math.ceil(1.5 * rank) * (i + o + 1) for i, o in sides),
        "vera": lambda: sum(rank + o for _, o in sides),
        "ia3": lambda: layers * (2 * kv + config.intermediate_size + (0 if case.family == "causal" else width)),
        "prompt_tuning": lambda: virtual * width,
        "p_tuning": lambda: virtual * width + inner * (width + 1 + inner + 1) + width * (inner + 1),
        "p_tuning_v2": lambda: virtual * 2 * layers * kv,
        "prefix_tuning": lambda: virtual * kv + inner * (kv + 1) + 2 * layers * kv * (inner + 1),
    }
    if case.family == "seq2seq":
        formulas |= {
            "ia3": lambda: sum(
                item.in_features if name.rpartition(".")[2] in profile.ia3_feedforward else item.out_features
                for name, item in modules.items()
                if isinstance(item, torch.nn.Linear) and name.rpartition(".")[2] in profile.ia3_targets
            ),
            "freeze": lambda: of(lambda name: bool(re.search(rf"(?:block|layers)\.(?:{'|'.join(upper)})\.", name))),
        }
    return formulas[settings.method]() + head


def write_bart(folder: Path, *, encoder_layers: int = 2, decoder_layers: int = 2) -> Path:
    """A tiny BART: learned positions, biases, a bias behind its head."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration, PreTrainedTokenizerFast

    write_tiny(folder, "seq2seq")
    size = len(PreTrainedTokenizerFast.from_pretrained(folder))
    sizes = {"encoder_layers": encoder_layers, "decoder_layers": decoder_layers}
    sizes |= {"encoder_attention_heads": 4, "decoder_attention_heads": 4}
    wide = {"d_model": 32, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 256}
    marks = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1, "decoder_start_token_id": 1}
    torch.manual_seed(0)
    config = BartConfig(vocab_size=size, dropout=0.0, forced_eos_token_id=None, **sizes, **wide, **marks)
    BartForConditionalGeneration(config).save_pretrained(folder)
    return folder


def write_gpt2(folder: Path) -> Path:
    """A tiny GPT-2: layers with biases, learned positions, transposed weights."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    write_tiny(folder, "causal")
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=259, n_embd=32, n_layer=2, n_head=4, n_positions=256, eos_token_id=1, bos_token_id=1)
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder
