from pathlib import Path
from typing import Any

import pytest
import torch
from tests.conftest import CPU
from tests.training.method_cases import write_bart

from metier.models import load_module, locate, num_parameters
from metier.models.slicing.measuring import peak_bytes_of, seconds_of
from metier.models.slicing.sizing import memory_at_hand, stored_bytes, weight_bytes
from metier.models.slicing.slices import (
    Outputs,
    Quantities,
    TooLargeToTryError,
    num_layers,
    over_layers,
    skeleton,
    slice_of,
)
from metier.models.slicing.tiny import write_tiny

FAMILIES = [("causal", None), ("encoder", 3), ("seq2seq", None)]
PLENTY = 1e12


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda param: param[0])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    family, labels = request.param
    folder = write_tiny(tmp_path_factory.mktemp("six") / family, family, layers=6)
    return locate(str(folder), folder=Path()), labels


def test_a_skeleton_has_every_number_of_the_model_and_takes_no_memory(source: Any) -> None:
    model, labels = source
    whole = load_module(model, CPU, num_labels=labels)
    bones = skeleton(model, CPU, outputs=labels and Outputs(labels))
    assert {n: p.shape for n, p in bones.named_parameters()} == {n: p.shape for n, p in whole.named_parameters()}
    assert all(p.device.type == "meta" for p in bones.parameters())
    assert weight_bytes(bones, CPU) == 4 * num_parameters(whole)
    assert weight_bytes(bones, CPU._replace(dtype="bfloat16")) == 2 * num_parameters(whole)
    assert stored_bytes(model) > weight_bytes(skeleton(model, CPU), CPU)


def test_few_bits_are_counted_for_linear_layers_alone(source: Any) -> None:
    model, labels = source
    bones = skeleton(model, CPU, outputs=labels and Outputs(labels))
    layers = {name: item for name, item in bones.named_modules() if isinstance(item, torch.nn.Linear)}
    linear = sum(item.weight.numel() for name, item in layers.items() if name != "lm_head")
    whole = weight_bytes(bones, CPU)
    assert weight_bytes(bones, CPU._replace(bits=8)) == whole - 3 * linear
    assert weight_bytes(bones, CPU._replace(bits=4)) == pytest.approx(whole - (4 - 4.127 / 8) * linear)


def test_what_grows_with_layers_is_carried_on_to_all_of_them(source: Any) -> None:
    model, labels = source
    whole = num_parameters(load_module(model, CPU, num_labels=labels))
    seen: list[int] = []

    def measure(module: Any) -> Quantities:
        seen.append(int(module.config.num_hidden_layers))
        depth = float(module.config.num_hidden_layers)
        return Quantities({"numbers": num_parameters(module), "same": 7.0}, {"of the deeper": depth})

    found = over_layers(measure, model, CPU, outputs=labels and Outputs(labels), room=PLENTY)
    assert found == {"numbers": whole, "same": 7.0, "of the deeper": 4.0}
    assert (seen, num_layers(model)) == ([1, 4], 6)


def test_sides_of_unequal_depth_keep_their_proportion(tmp_path: Path) -> None:
    model = locate(str(write_bart(tmp_path, encoder_layers=6, decoder_layers=3)), folder=Path())
    whole = num_parameters(load_module(model, CPU))
    sides: list[tuple[int, int]] = []

    def measure(module: Any) -> Quantities:
        sides.append((module.config.encoder_layers, module.config.decoder_layers))
        return Quantities({"numbers": num_parameters(module)})

    assert over_layers(measure, model, CPU, room=PLENTY) == {"numbers": whole}
    assert (sides, num_layers(model)) == ([(2, 1), (6, 3)], 3)


def test_the_head_for_words_is_counted_too(tmp_path: Path) -> None:
    model = locate(str(write_tiny(tmp_path / "words", "encoder")), folder=Path())
    words = Outputs(0, words=True)
    assert num_parameters(skeleton(model, CPU, outputs=words)) == num_parameters(load_module(model, CPU, words=True))


def test_a_model_of_one_layer_is_measured_as_it_is(tmp_path: Path) -> None:
    model = locate(str(write_tiny(tmp_path / "one", layers=1)), folder=Path())
    assert over_layers(lambda module: Quantities({"a": 3.0}, {"b": 1.0}), model, CPU, room=PLENTY) == {
        "a": 3.0,
        "b": 1.0,
    }


def test_slices_that_do_not_fit_are_not_made(source: Any) -> None:
    model, labels = source
    with pytest.raises(TooLargeToTryError, match="2 of its layers alone take 0"):
        over_layers(lambda module: Quantities({}), model, CPU, outputs=labels and Outputs(labels), room=1000)


def test_a_slice_leaves_the_random_state_alone(source: Any) -> None:
    model, labels = source
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    slice_of(model, CPU, 1, outputs=labels and Outputs(labels))
    assert torch.equal(torch.rand(3), expected)


def test_the_peak_of_tensors_is_counted_and_not_their_sum() -> None:
    start = torch.randn(1000, 1000)

    def work() -> None:
        first = start + 1  # 4 MB
        second = first + 1  # 8 MB
        del first
        third = second + 1  # 8 MB again
        del second, third

    assert peak_bytes_of(work) == pytest.approx(8e6, rel=0.01)


def test_seconds_are_those_of_a_warm_call() -> None:
    calls: list[int] = []
    assert seconds_of(lambda: calls.append(1)) < 0.1
    assert len(calls) == 4


def test_memory_at_hand_is_what_is_free() -> None:
    import psutil

    assert 0 < memory_at_hand("cpu") <= psutil.virtual_memory().total
