"""Whatever stands in a recipe: it loads, or every problem is told; nothing else comes out, and it takes no time."""

import copy
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from metier.comparison import check_recipe, load_recipe
from metier.core import Problem, RecipeError, UserError

START: dict[str, Any] = {
    "name": "desk",
    "task": {"kind": "classify", "instruction": "Sort.", "labels": ["a", "b"]},
    "data": {
        "examples": {"train": "a.csv", "test": "b.csv"},
        "input": "text",
        "split": {"train": 0.7, "validation": 0.1, "test": 0.2, "by": "auto"},
    },
    "model": "builtin",
    "approaches": {
        "few": {"prompt": {"demonstrations": 4, "choose": "nearest", "label_words": {"a": "first"}}},
        "lora": {"weights": {"method": "lora", "rank": 8, "targets": ["q_proj"]}},
    },
    "evaluate": {"metrics": ["accuracy"], "confidence": 0.95},
    "limits": {"latency_ms": 500, "memory_gb": 4},
    "seed": 0,
    "device": "cpu",
}
ODD: list[Any] = [
    None, True, 0, -1, 1e308, float("nan"), float("inf"), 2**63 - 1, 10**30, "", " ", "x" * 5000, "\u0000", "\ud7ff",
    "..", "/", "~nobody/x", "*", "&a", "!!int", "[]", [], {}, [[]], {"a": {"b": {"c": 1}}}, [None], {1: 2}, {"": 1},
    {None: None}, "null", "2024-01-01", "a\nb", "🙂", {"<<": 1}, -0.0, "=", "NaN", b"bytes", 0.1 + 0.2j,
]  # fmt: skip
Step = Callable[[random.Random, Any], Any]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a recipe."""
    found: list[tuple[Any, Any]] = []
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found += [(value, key), *places(value[key])]
    return found


def mutated(draw: random.Random) -> str:
    """A recipe with a few things changed, as text."""
    recipe = copy.deepcopy(START)
    for _ in range(draw.randint(1, 4)):
        container, key = draw.choice(places(recipe) or [({"x": 1}, "x")])
        match draw.randrange(6):
            case 0:
                del container[key]
            case 1:
                container[key] = copy.deepcopy(draw.choice(ODD))
            case 2 if isinstance(container, dict):
                container[draw.choice([f"{key}s", str(key)[::-1], "weights", 7, None, "a.b"])] = container.pop(key)
            case 3 if isinstance(container, dict):
                container[f"{key}x"] = container[key]
            case 4:
                container[key] = [container[key]] * draw.randint(0, 3)
            case _:
                inner: Any = container[key]
                for _ in range(draw.randint(1, 60)):
                    inner = draw.choice([{"a": inner}, [inner]])
                container[key] = inner
    text = yaml.dump(recipe, sort_keys=False, allow_unicode=draw.random() < 0.5)  # tags of Python objects included
    return damaged(draw, text) if draw.random() < 0.4 else text


def damaged(draw: random.Random, text: str) -> str:
    """The text itself broken: characters, lines, what only YAML can say."""
    place = draw.randrange(len(text))
    lines = text.splitlines(keepends=True)
    match draw.randrange(6):
        case 0:
            extra = draw.choice("\x00\x07\t\r\u2028\ufeff\x85:#&*!|>'\"%@`{}[],-?\n")
            return text[:place] + extra * draw.randint(1, 3) + text[place:]
        case 1:
            return text[:place]
        case 2:
            return text + draw.choice(lines)
        case 3:
            draw.shuffle(lines)
            return "".join(lines)
        case 4:
            bomb = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
                f"{b}: &{b} [{','.join(['*' + a] * 8)}]\n" for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True)
            )
            return draw.choice([bomb + text, text + bomb, "approaches: *l\n" + bomb])
        case _:
            tag = draw.choice(["!!python/object:os.system", "!!set", "!!binary", "!x", "!!timestamp", "&a *a"])
            return text.replace(": ", f": {tag} ", draw.randint(1, 3))


@pytest.mark.parametrize("seed", range(300))
def test_a_mutated_recipe_loads_or_is_refused_with_reasons(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(mutated(random.Random(seed)), encoding="utf-8", errors="surrogatepass")
    started = time.monotonic()
    problems = problems_of(path)
    assert all(len(str(problem)) < 2000 for problem in problems)
    assert time.monotonic() - started < 20


def problems_of(path: Path) -> tuple[Problem, ...]:
    try:
        load_recipe(path)
    except RecipeError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("seed", range(40))
def test_a_recipe_that_loads_is_checked_without_a_crash(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    recipe = copy.deepcopy(START)
    recipe |= {"model": "none", "embedder": "none", "data": {**recipe["data"], "examples": "none.csv"}}
    for container, key in [draw.choice(places(recipe)) for _ in range(3)]:
        if isinstance(container.get(key) if isinstance(container, dict) else None, str):
            container[key] = draw.choice(["~nobody/x", "x" * 300, "\u202e", "..", "/", "a/b", "a b", ""])
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    with pytest.raises(UserError):
        check_recipe(path)
