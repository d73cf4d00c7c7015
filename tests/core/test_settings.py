from typing import Literal

import pytest
from pydantic import Field, ValidationError

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
    assert by_path["entries.b.rank"].expected == "input should be greater than or equal to 1"
    assert by_path["name"].got == "nothing"


def test_an_error_reads_well_and_survives_a_process() -> None:
    import pickle

    error = UserError(problems({"nam": "x"}))
    assert str(error).startswith("There are 2 problems:\n  recipe.yaml: ")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.problems == error.problems
