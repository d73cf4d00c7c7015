"""The harness that compares fine-tuning engines: its data, its counting and its tables, without the peers."""

import importlib
import json
import statistics
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks" / "training"


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Gives the harness's modules by name; text is generated, as no shared corpus is found."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setenv("METIER_SHARED", str(tmp_path / "nowhere"))
    return importlib.import_module


def test_every_peer_has_a_file_and_an_environment_and_tries_known_settings(harness: Any) -> None:
    load, peers = harness("contend").load, harness("peers")
    for name in peers.CONTENDERS:
        contender: ModuleType = load(name)
        assert set(contender.BEST) <= set(contender.SETTINGS)
    own = set(harness("environments").ENVIRONMENTS)
    assert set(peers.CONTENDERS) - own == {"metier", "trainer"}
    assert {file.stem for file in (FOLDER / "contenders").glob("*.py")} == set(peers.CONTENDERS)


def test_shapes_share_what_they_promise(harness: Any) -> None:
    shapes = harness("shapes")
    instruction = shapes.shared_instruction(12)
    assert len({pair.prompt.split("\nMessage: ")[0] for pair in instruction}) == 1
    assert {pair.completion for pair in instruction} <= set(shapes.LABELS)
    documents = shapes.questions_on_documents(15)
    assert len({pair.prompt.split("\nQuestion: ")[0] for pair in documents}) == 3
    assert len(set(documents)) == 15
    tail = shapes.long_tail(30)
    assert len({pair.prompt[:20] for pair in tail}) == 30
    lengths = [len(pair.completion.split()) for pair in tail]
    assert max(lengths) > 3 * statistics.median(lengths)
    assert shapes.long_tail(30) == tail


def test_tokens_that_must_be_computed_are_the_nodes_of_a_trie(harness: Any) -> None:
    count = harness("shapes").distinct_prefixes
    assert count([[1, 2, 3], [1, 2, 4, 5], [1, 2, 3]]) == 5
    assert count([[1], [2], [1, 2]]) == 3


def test_operations_by_hand(harness: Any) -> None:
    config = {
        "num_hidden_layers": 2,
        "hidden_size": 4,
        "intermediate_size": 6,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "vocab_size": 10,
    }
    frozen = 2 * (16 + 8 + 8 + 16 + 3 * 24)
    adapters = 2 * 1 * (8 + 6 + 6 + 8 + 3 * 10)
    expected = 5 * (4 * frozen + 6 * adapters) + 6 * (9 + 4) * 4 * 2 + 3 * 4 * 40
    assert harness("flops").of_task(config, [3, 2], 3, 1) == expected


def test_the_clock_runs_from_the_first_forward_to_the_last_step(harness: Any) -> None:
    class Model(torch.nn.Module):
        def __init__(self, rows: int) -> None:
            super().__init__()
            self.inner = torch.nn.Embedding(rows, 2)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return self.inner(ids).sum()

    meter = harness("meter").Meter(vocabulary=8)
    small, model, ids = Model(4), Model(8), torch.tensor([1])
    small(ids)
    with torch.no_grad():
        model(ids)
    assert meter.begun is None
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for loss in (3.0, 5.0):
        meter.batch(2, loss)
        model(ids).backward()
        optimizer.step()
    found = meter.result()
    optimizer.step()
    assert (found["steps"], meter.steps) == (2, 2)
    assert (found["trained_tokens"], found["first_loss"], found["mean_loss"]) == (4, 1.5, 2.0)
    assert found["seconds"] > 0
    assert found["peak_rss_mb"] > 50


def test_metier_contends_and_counts_every_trained_token(harness: Any, tiny_causal: Path, tmp_path: Path) -> None:
    rows = [{"prompt": "", "completion": "", "ids": [5, 6, 7, 8 + i, 1], "prompt_length": 3} for i in range(10)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    job = harness("job").Job(
        contender="metier",
        setting="float32",
        onednn=False,
        model=str(tiny_causal),
        data=str(tmp_path),
        scratch=str(tmp_path / "scratch"),
        prepared="",
        out="",
        first=9,
    )
    meter = harness("meter").Meter(job.config()["vocab_size"])
    harness("contend").load("metier").run(job, meter)
    found = meter.result()
    assert found["trained_tokens"] == 9 * 2
    assert found["steps"] == 2
    assert 3 < found["first_loss"] < 8  # untrained: about the logarithm of 259 tokens


def _found() -> dict[str, Any]:
    def run(contender: str, setting: str, seconds: float, **other: Any) -> dict[str, Any]:
        whole = {
            "shape": "a",
            "contender": contender,
            "setting": setting,
            "onednn": False,
            "round": 1,
            "seconds": seconds,
            "cpu_seconds": 2 * seconds,
            "peak_rss_mb": 900.0,
            "startup_seconds": 3.0,
            "first_loss": 9.7,
            "mean_loss": 9.7,
            "trained_tokens": 30,
            "steps": 5,
        }
        return whole | other

    return {
        "machine": {"cpu": "a processor", "threads": 2, "python": "3.11"},
        "peaks": [{"float32": 100.0, "bfloat16": 400.0}],
        "shapes": {
            "a": {
                "rows": 40,
                "tokens": 1000,
                "longest": 50,
                "trained_tokens": 30,
                "tokens_if_shared": 400,
                "flops": 4e11,
            }
        },
        "checks": [],
        "runs": [
            run("metier", "auto", 2.0),
            run("metier", "auto", 4.0),
            run("metier", "auto", 2.5),
            run("trl", "packed", 20.0),
            run("trl", "by length", 12.0, peak_rss_mb=2000.0),
            run("litgpt", "bfloat16", 10.0),
            run("torchtune", "bfloat16", 0.1) | {"error": "broke\nreason"},
        ],
    }


def test_tables_take_medians_and_hold_them_against_the_fastest_peer(harness: Any) -> None:
    tables, found = harness("tables"), _found()
    best = tables.best_of_each(tables.lines(found, "a", onednn=False))
    assert [(line.contender, line.setting, line.seconds) for line in best] == [
        ("metier", "auto", 2.5),
        ("litgpt", "bfloat16", 10.0),
        ("trl", "by length", 12.0),
    ]
    page = tables.markdown(found)
    assert "| metier auto | 2.50 | 80% | 5.00 | 16.00 | 4.00 | 900 | 40% |" in page
    assert "litgpt bfloat16, 10.00 s | 4.00 x | 4.00 x" in page
    assert "Failed: a: torchtune bfloat16." in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trained_tokens": 29}, "a: trl packed trains 29 tokens, most train 30"),
        ({"mean_loss": 9.0}, "a: trl packed has a loss of 9.00000, the median is 9.70000"),
        ({"error": "a\nreason"}, "a: trl packed failed: reason"),
    ],
)
def test_other_work_is_told(harness: Any, change: dict[str, Any], said: str) -> None:
    tables, found = harness("tables"), _found()
    found["checks"] = [run for run in found["runs"] if "error" not in run]
    assert tables.disagreements(found) == []
    found["checks"] = [run | change if run["setting"] == "packed" else run for run in found["checks"]]
    assert tables.disagreements(found) == [said]
