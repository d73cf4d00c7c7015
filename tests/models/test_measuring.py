"""What a piece of work holds, at which moment; sizes that a model reads."""

from typing import Any

import torch

from metier.models import Compute
from metier.models.slicing.measuring import compiled_bytes, held_by, peak_bytes_of, products_of, sizes_read

MEGABYTE = 1 << 20


class Layers(torch.nn.Module):
    """Rows of an embedding through layers that each keep their input for the way back."""

    def __init__(self, layers: int, words: int = 8) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(words, 256)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(256, 256) for _ in range(layers))

    def forward(self, ids: Any) -> Any:
        state = self.words(ids)
        for layer in self.layers:
            state = torch.tanh(layer(state))
        return state.sum()


def after_gradients(module: Any, ids: Any) -> Any:
    module(ids).backward()
    return held_by(lambda: module(ids))


IDS = torch.zeros(1024, dtype=torch.long)  # 1 MiB of float32 after the embedding, and after each layer


def test_what_is_kept_grows_with_layers_and_what_comes_on_top_does_not() -> None:
    two, six = (after_gradients(Layers(layers), IDS) for layers in (2, 6))
    assert 4 * MEGABYTE <= six.kept - two.kept < 5 * MEGABYTE
    assert 0 < two.over < 4 * MEGABYTE
    assert abs(six.over - two.over) < MEGABYTE
    assert six.kept <= six.peak <= six.kept + six.over


def test_the_gradient_of_large_embeddings_comes_when_layers_have_gone() -> None:
    held = after_gradients(Layers(2, words=32_000), IDS)
    assert held.peak > 31 * MEGABYTE
    assert held.kept + held.over < 10 * MEGABYTE


def test_the_peak_is_the_most_at_one_moment() -> None:
    def work() -> None:
        for _ in range(3):
            torch.zeros(MEGABYTE // 4)

    assert MEGABYTE <= peak_bytes_of(work) < 2 * MEGABYTE
    assert peak_bytes_of(lambda: None) == 0


def test_sizes_are_told_apart_and_the_hook_goes() -> None:
    module = torch.nn.Linear(4, 4)
    assert sizes_read(module, lambda: [module(torch.zeros(n, 4)) for n in (1, 2, 2, 3)]) == 3
    assert not module._forward_pre_hooks


def test_products_of_new_sizes_leave_what_was_compiled_for_them_on_a_cpu_alone() -> None:
    left = compiled_bytes(Compute("cpu", "bfloat16", ""))
    assert 0 <= left < 5 * MEGABYTE
    assert compiled_bytes(Compute("cpu", "bfloat16", "asked again")) == left
    assert compiled_bytes(Compute("cuda", "bfloat16", "")) == 0


def test_products_are_counted_once_for_all_layers_and_both_ways() -> None:
    module = Layers(3)
    forward = products_of(lambda: module(IDS[:7]))
    both = products_of(lambda: module(IDS[:7]).backward())
    assert list(forward.values()) == [1]
    assert len(both) == 3
    assert not set(both) & set(products_of(lambda: module(IDS[:9]).backward()))
