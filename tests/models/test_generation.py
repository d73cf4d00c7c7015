from pathlib import Path

import pytest
from tests.conftest import CPU

from metier.core import Silent
from metier.models import CausalModel, locate
from metier.models.causal import batches_by_length


@pytest.fixture(scope="module")
def model(tiny_causal: Path) -> CausalModel:
    return CausalModel(locate(str(tiny_causal), folder=Path()), CPU)


def test_a_batch_answers_as_single_rows_do(model: CausalModel, silent: Silent) -> None:
    prompts = [model.encode(text) for text in ("a", "a longer prompt", "x" * 40)]
    together = model.generate(prompts, max_new_tokens=12, reporter=silent)
    alone = [model.generate([prompt], max_new_tokens=12, reporter=silent)[0] for prompt in prompts]
    assert together == alone
    assert all(answer.unfinished == (answer.tokens == 12) or answer.tokens <= 12 for answer in together)


def test_stops_at_the_end_mark_of_the_template(model: CausalModel) -> None:
    assert model.stop_ids() == [model.tokenizer.convert_tokens_to_ids("<|im_end|>")]


def test_batches_hold_every_prompt_once() -> None:
    prompts = [[0] * n for n in (5, 900, 3, 3000, 5000, 10)]
    batches = batches_by_length(prompts, extra=20)
    assert sorted(i for batch in batches for i in batch) == list(range(6))
    assert batches[0] == [4]
