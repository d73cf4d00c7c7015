"""Choosing metrics: defaults, and what is wrong with a choice."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import get_args

import pytest

from metier.core import MissingPackageError, Registry, TaskKind
from metier.evaluation import METRICS, check_metrics, default_metrics
from metier.evaluation.statistics.item_mean import item_mean

KINDS: tuple[TaskKind, ...] = get_args(TaskKind)


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_fit(kind: TaskKind):
    assert default_metrics(kind)
    assert check_metrics(default_metrics(kind), kind) == []


def test_every_problem_is_found_at_once():
    problems = check_metrics(["accuracy", "rouge_l", "macrof1", "accuracy"], "classify", where="recipe.yaml")
    assert [problem.got for problem in problems] == [
        "'rouge_l', which is for generate and chat",
        "'macrof1'",
        "'accuracy' twice",
    ]
    assert {(problem.where, problem.path) for problem in problems} == {("recipe.yaml", "evaluate.metrics")}
    assert "macro_f1" in problems[1].remedy


def test_no_metric_is_a_problem():
    (problem,) = check_metrics([], "chat")
    assert "token_f1" in problem.remedy


def test_a_missing_package_is_a_problem(monkeypatch: pytest.MonkeyPatch):
    def get(self: Registry, name: str) -> None:
        raise MissingPackageError("Install it with: pip install rouge-score")

    monkeypatch.setattr(Registry, "get", get)
    (problem,) = check_metrics(["rouge_l"], "chat")
    assert problem.remedy == "Install it with: pip install rouge-score"


def test_a_third_party_metric_is_one_file(monkeypatch: pytest.MonkeyPatch):
    module = ModuleType("their_package")
    module.same_start = item_mean("same_start", lambda t, a: t[:1] == a[:1], kinds=("chat",), proportion=True)
    monkeypatch.setitem(sys.modules, "their_package", module)
    point = EntryPoint("same_start", "their_package", METRICS.package)
    monkeypatch.setattr("metier.core.registry.entry_points", lambda group: [point])
    theirs = Registry(METRICS.package, kind="metric")
    assert "same_start" in theirs.names()
    assert theirs.get("same_start").point(["yes", "no"], ["yeah", "yes"]) == 0.5


def test_the_room_imports_nothing_heavy():
    heavy = ("torch", "scipy", "sklearn", "sacrebleu", "rouge_score", "nltk", "psutil", "pyarrow")
    code = f"import sys, metier.evaluation.settings; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
