import json
from pathlib import Path

import pytest

from metier.core import ModelError
from metier.models import locate
from metier.models.slicing.tiny import write_tiny


def test_a_folder_is_found_relative_to_the_recipe(tmp_path: Path) -> None:
    write_tiny(tmp_path / "model")
    source = locate("model", folder=tmp_path)
    assert source.profile.family == "causal"
    assert source.max_tokens == 1024
    assert source.fingerprint == locate(str(tmp_path / "model"), folder=Path()).fingerprint


def test_other_weights_have_another_fingerprint(tmp_path: Path) -> None:
    before = locate(str(write_tiny(tmp_path / "a")), folder=Path()).fingerprint
    assert locate(str(write_tiny(tmp_path / "b", layers=3)), folder=Path()).fingerprint != before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"auto_map": {"AutoModel": "x.Y"}}, "run code of its own"),
        (
            {"architectures": ["WhisperForConditionalGeneration"], "is_encoder_decoder": True},
            "of one of these families",
        ),
        ({"architectures": ["Nonsense"], "model_type": "nonsense"}, "of one of these families"),
    ],
)
def test_models_that_cannot_be_used_say_why(tmp_path: Path, change: dict[str, object], message: str) -> None:
    folder = write_tiny(tmp_path / "m")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ModelError, match=message):
        locate(str(folder), folder=Path())


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="only pytorch_model"):
        locate(str(folder), folder=Path())


def test_misspelt_names_answer_with_the_nearest() -> None:
    with pytest.raises(ModelError, match="did you mean 'builtin'"):
        locate("bultin", folder=Path())


def test_broken_configs_are_told(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path / "m")
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match="a readable config"):
        locate(str(folder), folder=Path())
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match="without config"):
        locate(str(folder), folder=Path())
