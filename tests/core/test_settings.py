from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from metier.core import Problem, Settings, UserError, problems_of


class Inner(Settings):
    rank: int = Field(default=1, ge=1)
    """Rank."""
    kind: Literal["lora", "full"] = "lora"
    """Kind."""


class Outer(Settings):
    name: str
    """Name."""
    entries: dict[str, Inner] = Field(default_factory=dict)
    """Entries."""


def problems(value: object) -> list[Problem]:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(value)
    return problems_of(caught.value, where="recipe.yaml", model=Outer)


def test_all_problems_come_together_with_paths() -> None:
    found = problems({"entries": {"a": {"rnak": 3, "kind": "lorra"}, "b": {"rank": 0}}})
    by_path = {problem.path: problem for problem in found}
    assert by_path.keys() == {"name", "entries.a.rnak", "entries.a.kind", "entries.b.rank"}
    assert by_path["entries.a.rnak"].remedy == "did you mean 'rank'?"
    assert by_path["entries.a.kind"].remedy == "did you mean 'lora'?"
    assert by_path["entries.b.rank"].expected == "at least 1"
    assert by_path["name"].got == "nothing"


def test_an_error_reads_well_and_survives_a_process() -> None:
    import pickle

    error = UserError(problems({"nam": "x"}))
    assert str(error).startswith("There are 2 problems:\n  recipe.yaml: ")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.problems == error.problems


class Deep(Settings):
    metres: int = 0
    """Depth."""
    rows: int = 0
    """Rows."""


class Group(Settings):
    deep: Deep = Deep()
    """Deep."""
    own: list[int] = Field(default_factory=list, max_length=1)
    """Own."""
    rows: int = 0
    """Rows."""


class Whole(Settings):
    group: Group = Group()
    """Group."""
    named: dict[str, Group] = Field(default_factory=dict)
    """Named."""
    seed: int = 0
    """Seed."""
    name: str = Field(default="a", pattern="^[a-z]+$", max_length=3)
    """Name."""


def told(value: object) -> dict[str, Problem]:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(value)
    return {problem.path: problem for problem in problems_of(caught.value, where="r", model=Whole)}


@pytest.mark.parametrize(
    ("value", "path", "remedy"),
    [
        ({"group": {"metres": 1}}, "group.metres", "write it as 'deep.metres'"),
        ({"named": {"x": {"metres": 1}}}, "named.x.metres", "write it as 'deep.metres'"),
        ({"group": {"seed": 1}}, "group.seed", "write 'seed' at the top of the recipe, not indented"),
        ({"own": [1]}, "own", "it belongs elsewhere: 'group.own' or 'named.NAME.own'"),
        ({"group": {"ons": [1]}}, "group.ons", "did you mean 'own'?"),
        ({"zzz": 1}, "zzz", "use one of: group, name, named, seed"),
    ],
)
def test_a_setting_in_the_wrong_group_is_told_where_it_belongs(value: object, path: str, remedy: str) -> None:
    assert told(value)[path].remedy == remedy


@pytest.mark.parametrize(
    ("value", "path", "expected", "got"),
    [
        ({"group": "deep"}, "group", "a group of settings", "'deep'"),
        ({"group": None}, "group", "a group of settings", "nothing"),
        ({"named": ["a"]}, "named", "a group of settings", "['a']"),
        ({"group": {"own": 3}}, "group.own", "a list", "3"),
        ({"group": {"own": [1, 2]}}, "group.own", "at most 1 entry", "[1, 2]"),
        ({"seed": "many"}, "seed", "a whole number", "'many'"),
        ({"seed": 0.5}, "seed", "a whole number", "0.5"),
        ({"name": "A"}, "name", "a text of the form ^[a-z]+$", "'A'"),
        ({"name": "abcd"}, "name", "a text of at most 3 characters", "'abcd'"),
    ],
)
def test_what_was_expected_is_said_in_words_of_the_recipe(value: object, path: str, expected: str, got: str) -> None:
    problem = told(value)[path]
    assert (problem.expected, problem.got) == (expected, got)
    assert "valid" not in str(problem)


def test_a_complaint_of_ours_says_which_part_is_meant() -> None:
    class Picky(Settings):
        name: str
        """Name."""

        @field_validator("name")
        @classmethod
        def _is_known(cls, value: str) -> str:
            raise ValueError(f"a known name (not {value[:3]!r})")

    with pytest.raises(ValidationError) as caught:
        Picky.model_validate({"name": "abcdef"})
    (problem,) = problems_of(caught.value, where="r", model=Picky)
    assert (problem.expected, problem.got) == ("a known name", "'abc'")


class Bounded(Settings):
    layers: Annotated[int, Field(ge=1)] | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Layers."""
    share: Annotated[float, Field(gt=0)] | Literal["auto"] = "auto"
    """Share."""


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({"layers": 0}, "layers", "at least 1"),
        ({"layers": []}, "layers", "at least 1 entry"),
        ({"share": -0.5}, "share", "more than 0"),
        ({"share": "atuo"}, "share", "one of auto"),
    ],
)
def test_a_bound_of_one_of_several_kinds_is_one_problem_at_its_key(value: object, path: str, expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Bounded.model_validate(value)
    (problem,) = problems_of(caught.value, where="recipe.yaml", model=Bounded)
    assert (problem.path, problem.expected) == (path, expected)
