"""Reading a run folder: numbers against reference implementations, and tolerance for what is odd."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from report_fixture import write_run
from report_scenes import REPLIES, TICKETS
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from metier.comparison.report.reading import read_run
from metier.core.artifacts import read_json, write_json
from metier.evaluation import METRICS


def test_missing_analysis_is_counted_from_the_answers(tmp_path: Path) -> None:
    analysis = read_run(write_run(tmp_path, TICKETS)).analysis
    rows = pq.read_table(tmp_path / "approaches/encoder/predictions.parquet").to_pylist()
    right, given = [row["target"] for row in rows], [row["prediction"] for row in rows]
    assert analysis is not None
    labels = list(TICKETS.labels)
    assert np.array_equal(analysis.confusion.counts, confusion_matrix(right, given, labels=labels))
    expected = precision_recall_fscore_support(right, given, labels=labels, zero_division=0)
    found = [(score.precision, score.recall, score.f1, score.support) for score in analysis.scores]
    assert np.allclose(np.array(found).T, np.array(expected))


def test_stored_analysis_is_preferred_and_a_broken_one_is_counted_anew(tmp_path: Path) -> None:
    run = write_run(tmp_path, TICKETS)
    path = run / "approaches/encoder/analysis.json"
    scores = {"precision": 0.4, "recall": 0.5, "f1": 0.44, "support": 7, "recall_low": 0.3, "recall_high": 0.7}
    rows = [{"label": label, **scores} for label in ("a", "b")]
    write_json(path, {"confusion": {"labels": ["a", "b"], "counts": [[5, 1], [2, 4]]}, "per_class": rows})
    analysis = read_run(run).analysis
    assert analysis is not None
    assert analysis.confusion.counts == ((5, 1), (2, 4))
    assert [score.support for score in analysis.scores] == [7, 7]
    for broken in (
        {"confusion": {"labels": ["a", "b"], "counts": [[5, 1]]}, "per_class": rows},
        {"confusion": {"labels": ["a", "b"], "counts": [[5, 1], [2, 4]]}, "per_class": rows[:1]},
    ):
        write_json(path, broken)
        analysis = read_run(run).analysis
        assert analysis is not None
        assert analysis.confusion.labels == TICKETS.labels


def test_best_first_and_the_rival_is_the_best_other(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path, REPLIES))
    assert [item.name for item in run.finished] == ["lora", "few-shot", "nearest", "zero-shot", "copy"]
    assert run.subject is not None
    assert run.rival is not None
    assert (run.subject.name, run.rival.name) == ("few-shot", "lora")
    assert run.analysis is None


def test_numbers_of_the_wrong_type_are_nothing(tmp_path: Path) -> None:
    run = write_run(tmp_path, TICKETS)
    board = read_json(run / "leaderboard.json")
    board["approaches"][1] |= {"latency_p50_ms": "fast", "vs_best": "none", "privacy": None, "disk_mb": True}
    board |= {"resolvable_gap": None, "limits": None, "ties": None, "confidence": "high"}
    write_json(run / "leaderboard.json", board)
    read = read_run(run)
    approach = read.board.approaches[1]
    assert (approach.costs.latency_p50_ms, approach.vs_best, approach.rows_in_weights) == (None, None, 0)
    assert approach.costs.disk_mb is None
    assert (read.board.confidence, read.board.ties) == (0.95, ())


def test_curve_whose_lists_do_not_match_is_left_out(tmp_path: Path) -> None:
    run = write_run(tmp_path, TICKETS)
    path = run / "approaches/lora/record.json"
    write_json(path, {**read_json(path), "curve": {"steps": [1, 2], "losses": [0.5]}})
    assert read_run(run).records["lora"].curve is None


def test_ledger_gives_cut_rows_by_approach(tmp_path: Path) -> None:
    assert read_run(write_run(tmp_path, TICKETS)).data.cut_rows == {"lora": (4, 36)}


@pytest.mark.parametrize("primary", ["token_f1", "chrf", "exact_match", "a_plugin_that_is_gone"])
def test_answers_are_scored_one_by_one_by_the_primary_metric(tmp_path: Path, primary: str) -> None:
    run = write_run(tmp_path, REPLIES)
    text = (run / "leaderboard.json").read_text(encoding="utf-8").replace("token_f1", primary)
    (run / "leaderboard.json").write_text(text, encoding="utf-8")
    read = read_run(run)
    assert read.item_metric == (primary if primary in METRICS.names() else "token_f1")
    metric = METRICS.get(read.item_metric)
    for answer in read.answers[:20]:
        assert answer.score == pytest.approx(metric.point([answer.target], [answer.given]))


def test_what_was_found_in_the_documents_and_nothing_of_damaged_files(tmp_path: Path) -> None:
    run = write_run(tmp_path, REPLIES)
    found = read_run(run).retrievals
    assert list(found) == ["few-shot"]
    assert (found["few-shot"].documents, found["few-shot"].k, found["few-shot"].scores["mrr"].value) == (55, 4, 0.81)
    assert found["few-shot"].oracles is not None
    assert found["few-shot"].oracles.lost["generator"].value == 0.3
    path = run / "approaches/few-shot/retrieval.json"
    write_json(path, {**read_json(path), "oracles": {"values": {"none": 0.1}, "lost": []}})
    write_json(run / "approaches/few-shot/passages.json", {"scores": {"mrr": {"value": "high"}}})
    damaged = read_run(run).retrievals["few-shot"]
    assert (damaged.oracles, damaged.scores, damaged.questions) == (None, {}, 0)
