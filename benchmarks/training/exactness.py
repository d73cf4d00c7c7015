"""Is a layout exact? ``python benchmarks/training/exactness.py``: a table of architectures and layouts.

For each architecture a small random float32 model (two layers or one of each kind, 64 tokens) is trained on one step of
five rows with shared starts. Shown: the largest relative difference of the loss, and of the gradient of any parameter,
between a layout and one row an example, for trees also behind a soft prompt; what Metier would choose; and whether the
last layer may compute trained positions alone. Infinity: the layout raises.
"""

import transformers

from metier.models.slicing.twin import small_twin
from metier.models.trees import last_layer
from metier.training import OBJECTIVES, Row
from metier.training.adapting.soft_prompting import behind_prefix
from metier.training.batching.layouts import TOLERANCE, choose, difference

ARCHITECTURES = (
    "Llama", "Qwen2", "Qwen3", "Mistral", "Gemma", "Gemma2", "Gemma3Text", "Phi", "Phi3", "GPT2", "GPTNeoX", "Olmo2",
    "Granite", "OPT", "StableLm", "Cohere", "Starcoder2", "SmolLM3", "Mixtral", "Qwen3Moe", "GptOss", "Bloom",
)  # fmt: skip


class _Holder:
    def __init__(self, config: object) -> None:
        self.config = config


def main() -> None:
    objective = OBJECTIVES.get("completion")
    row = Row(id="a", ids=(1, 2), weights=(0.0, 1.0))
    heads = ("tree", "chain", "padded", "behind soft prompt")
    print(f"| {'architecture':<24} | {' | '.join(f'{head:>8}' for head in heads)} | chosen | last layer |")
    print("|---|---:|---:|---:|---:|---|---|")
    configs = [(name, getattr(transformers, f"{name}Config")()) for name in ARCHITECTURES]
    windows = ((name, getattr(transformers, f"{name}Config")(sliding_window=6)) for name in ("Mistral", "Gemma2"))
    configs += [(f"{name}, window 6", config) for name, config in windows]
    for name, config in configs:
        module = small_twin(_Holder(config))
        worst = [difference(module, objective, layout) for layout in ("tree", "chain", "padded")]
        chosen = choose(module, objective, row).layout
        narrow = "as asked" if last_layer.difference(module) < TOLERANCE else "whole"
        worst.append(difference(behind_prefix(module), objective, "tree"))
        figures = " | ".join(f"{value:8.0e}" for value in worst)
        print(f"| {name:<24} | {figures} | {chosen} | {narrow} |")


if __name__ == "__main__":
    main()
