from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metier.approaches import ApproachSettings
from metier.comparison import Recipe, load_recipe
from metier.comparison.recipe import MOST_BYTES, as_yaml
from metier.core import Problem, RecipeError
from metier.core.folder_names import trouble
from metier.prompts import PromptSettings
from metier.training import WeightsSettings

LEAST = "name: desk\ndata: {examples: tickets.csv}\n"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def put(text: str) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return path

    return put


def problems(path: Path, *overrides: str) -> tuple[Problem, ...]:
    with pytest.raises(RecipeError) as caught:
        load_recipe(path, overrides)
    return caught.value.problems


def problem(path: Path, *overrides: str) -> Problem:
    """The one and only problem."""
    found = problems(path, *overrides)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def test_a_recipe_needs_a_name_and_examples_and_nothing_else(write: Any, tmp_path: Path) -> None:
    recipe, folder, _ = load_recipe(write(LEAST))
    assert (recipe.name, recipe.data.examples, recipe.approaches, recipe.seed) == ("desk", "tickets.csv", {}, 0)
    assert folder == tmp_path


def test_an_approach_with_nothing_behind_it_has_defaults(write: Any) -> None:
    recipe = load_recipe(write(LEAST + "approaches:\n  zero-shot:\n  lora: {weights: {}}\n")).recipe
    assert recipe.approaches == {"zero-shot": ApproachSettings(), "lora": ApproachSettings(weights=WeightsSettings())}


def test_all_problems_come_together_each_with_its_place_and_a_remedy(write: Any) -> None:
    text = """
        nmae: desk
        task: {kind: classfy}
        data: {examples: a.csv, inptu: text, split: {train: 0.5, validation: 0.2, test: 0.2}}
        approaches:
          LoRA: {weights: {rnak: 8, epochs: -1}}
          weights: {promt: {}}
        limits: {latency_ms: .inf}
        seed: -1
    """
    found = {problem.path: problem for problem in problems(write(text))}
    assert {path: problem.remedy for path, problem in found.items() if "did you mean" in problem.remedy} == {
        "nmae": "did you mean 'name'?",
        "task.kind": "did you mean 'classify'?",
        "data.inptu": "did you mean 'input'?",
        "approaches.LoRA.weights.rnak": "did you mean 'rank'?",
        "approaches.weights.promt": "did you mean 'prompt'?",
    }
    assert found["name"].remedy == "add 'name' to the recipe"
    assert found["data.split"].expected == "shares that sum to 1 (train + validation + test is 0.9)"
    assert found["approaches.LoRA.weights.epochs"].expected == "at least 0"
    assert found["limits.latency_ms"].expected == "a finite number"
    assert found["seed"].got == "-1"
    assert len(found) == 10


@pytest.mark.parametrize(
    ("text", "path", "got"),
    [
        ("", "", "an empty file"),
        ("# only a comment\n", "", "an empty file"),
        ("- name: desk\n", "", "a list"),
        ("desk\n", "", "a text"),
        (LEAST + "seed: 1\nseed: 2\n", "", "line 4, column 1: the key 'seed' a second time"),
        (LEAST + "approaches: {a: {}, a: {}}\n", "", "line 3, column 21: the key 'a' a second time"),
        (LEAST + "task: {kind: classify\n", "", "line 4, column 1: expected ',' or '}', but got '<stream end>'"),
        (LEAST + "\tseed: 1\n", "", "line 3, column 1: found character '\\t' that cannot start any token"),
        (LEAST + "approaches:\n", "approaches", "nothing"),
        (LEAST + "approaches: [lora]\n", "approaches", "['lora']"),
        (LEAST + "approaches: {lora: yes}\n", "approaches.lora", "True"),
        (LEAST + "approaches: {lora: {weights: {method: [lora]}}}\n", "approaches.lora.weights.method", "['lora']"),
        (LEAST + "device: gpu\n", "device", "'gpu'"),
        (LEAST + "approaches: {nul: {}}\n", "approaches", "'nul'"),
        (LEAST + "approaches: {lora: {}, LoRA: {}}\n", "approaches", "'lora' and 'LoRA'"),
        ("name: desk.\ndata: {examples: a}\n", "name", "'desk.'"),
        (LEAST + "task: {labels: [1, b]}\n", "task.labels.0", "1"),
        ("name: 2024-01-31\ndata: {examples: a}\n", "name", "datetime.date(2024, 1, 31)"),
        ("name: desk\ndata: {examples: {train: a.csv}}\n", "data.examples.test", "nothing"),
        ("name: desk\ndata: {examples: 3}\n", "data.examples", "3"),
        ("name: desk\ndata: {examples: [a.csv, 3]}\n", "data.examples.1", "3"),
        (
            "name: desk\ndata: {examples: [{path: a.csv, wieght: 2}]}\n",
            "data.examples.0.wieght",
            "the unknown key 'wieght'",
        ),
    ],
)
def test_one_mistake_is_one_problem_at_its_place(write: Any, text: str, path: str, got: str) -> None:
    found = problems(write(text))
    assert {(item.path, item.got) for item in found} == {(path, got)}
    assert all(item.where.endswith("recipe.yaml") and item.remedy for item in found)


def test_text_that_yaml_reads_as_a_number_is_told_to_be_quoted(write: Any) -> None:
    assert problem(write(LEAST + "task: {labels: [1, b]}\n")).remedy == "write it in quotes"


@pytest.mark.parametrize("name", ["a/b", "..", ".", "../x", "", "-a", "a b", "ä", "a\\b", "x" * 65, "a\n"])
def test_names_that_are_no_folder_names_are_refused(write: Any, name: str) -> None:
    quoted = yaml.safe_dump(name, default_style='"').strip()
    assert problem(write(f"name: {quoted}\ndata: {{examples: a}}\n")).path == "name"
    assert problem(write(f"{LEAST}approaches:\n  {quoted}: {{}}\n")).path == "approaches"


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "1", "x" * 64])
def test_names_that_are_folder_names_are_taken(write: Any, name: str) -> None:
    recipe = load_recipe(write(f"name: '{name}'\ndata: {{examples: a}}\napproaches:\n  '{name}': {{}}\n")).recipe
    assert (recipe.name, list(recipe.approaches)) == (name, [name])


def test_a_missing_file_answers_with_the_nearest_name(write: Any, tmp_path: Path) -> None:
    write(LEAST)
    assert problem(tmp_path / "recipee.yaml").remedy == "did you mean 'recipe.yaml'?"
    assert problem(tmp_path / "none" / "there.yml").got == "no such file"


def test_what_is_no_recipe_at_all_is_said_and_not_read_whole(write: Any, tmp_path: Path) -> None:
    assert problem(tmp_path).got == "a folder"
    assert problem(write(LEAST + "x: \udcff")).expected == "a YAML file in UTF-8"
    large = tmp_path / "tickets.csv"
    large.write_bytes(b"text,label\n" * (MOST_BYTES // 10))
    assert problem(large).remedy == "if these are rows, write a recipe for them: metier init --from tickets.csv"


def test_a_byte_order_mark_is_no_part_of_the_recipe(write: Any) -> None:
    assert load_recipe(write("\ufeff" + LEAST)).recipe.name == "desk"


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("seed=7", ("seed",), 7),
        ("name=other", ("name",), "other"),
        ("task.instruction=Sort: this: now", ("task", "instruction"), "Sort: this: now"),
        ("data.examples={train: a.csv, test: b.csv}", ("data", "examples", "test"), "b.csv"),
        ("data.input=", ("data", "input"), None),
        ("evaluate.metrics=[accuracy]", ("evaluate", "metrics"), ("accuracy",)),
        ("approaches={}", ("approaches",), {}),
        (" seed =3", ("seed",), 3),
        ("data.input=2024-99-99", ("data", "input"), "2024-99-99"),
        ("data.input=a=b", ("data", "input"), "a=b"),
        ("limits.latency_ms=1.5", ("limits", "latency_ms"), 1.5),
    ],
)
def test_set_replaces_one_setting(write: Any, override: str, path: tuple[str, ...], value: object) -> None:
    found: Any = load_recipe(write(LEAST + "approaches: {lora: {weights: {rank: 4}}}\n"), [override]).recipe
    for part in path:
        found = getattr(found, part)
    assert found == value


def test_set_reaches_into_an_approach_and_makes_groups_that_are_missing(write: Any) -> None:
    path = write(LEAST + "approaches: {lora: {weights: {rank: 4}}}\n")
    recipe = load_recipe(path, ["approaches.lora.weights.epochs=2", "approaches.new.prompt.demonstrations=3"]).recipe
    assert recipe.approaches["lora"].weights == WeightsSettings(rank=4, epochs=2)
    assert recipe.approaches["new"].prompt == PromptSettings(demonstrations=3)


@pytest.mark.parametrize("override", ["seed", "=3", "a..b=3", ".=1", ""])
def test_set_without_a_path_or_a_value_is_an_error(write: Any, override: str) -> None:
    found = problem(write(LEAST), override)
    assert (found.where, found.got) == ("--set", repr(override))


def test_set_is_checked_as_the_recipe_is(write: Any) -> None:
    path = write(LEAST)
    assert problem(path, "sede=1").remedy == "did you mean 'seed'?"
    assert problem(path, "approaches.lora.weights.rank=a lot").path == "approaches.lora.weights.rank"
    assert problem(path, "seed=" + "9" * 5000).path == "seed"
    assert {item.path for item in problems(path, "name.x=1")} == {"name"}


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True).filter(lambda name: not trouble(name))
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
WEIGHTS = st.builds(
    WeightsSettings,
    rank=st.integers(1, 1024),
    alpha=st.none() | st.floats(1e-6, 1e6),
    learning_rate=st.none() | st.floats(1e-12, 1),
    targets=st.none() | st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    max_rows=st.none() | st.integers(1, 2**62),
)
PROMPTS = st.builds(
    PromptSettings,
    instruction=st.none() | TEXT,
    label_words=st.dictionaries(TEXT, TEXT, max_size=3),
    list_labels=st.none() | st.booleans(),
)
RECIPES = st.builds(
    lambda name, approaches, instruction, labels, column, seed, limit: Recipe.model_validate(
        {
            "name": name,
            "task": {"instruction": instruction, "labels": labels},
            "data": {"examples": column, "input": column},
            "approaches": approaches,
            "seed": seed,
            "limits": {"latency_ms": limit},
        }
    ),
    NAMES,
    st.dictionaries(
        NAMES,
        st.builds(ApproachSettings, model=st.none() | TEXT, prompt=st.none() | PROMPTS, weights=st.none() | WEIGHTS),
        max_size=3,
    ),
    TEXT,
    st.none() | st.lists(TEXT, max_size=3),
    TEXT,
    st.integers(0, 2**62),
    st.none() | st.floats(1e-9, 1e9),
)


@settings(
    max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(recipe=RECIPES)
def test_what_is_written_loads_to_the_same_recipe(recipe: Recipe, write: Any) -> None:
    assert load_recipe(write(as_yaml(recipe))).recipe == recipe


def test_a_floor_asked_for_by_name_stays_one_beside_a_hosted_model() -> None:
    hosted = {"address": "http://127.0.0.1:1/v1", "key_variable": None}
    recipe = Recipe.model_validate(
        {
            "name": "x",
            "data": {"examples": "x"},
            "model": "openai:desk",
            "hosted": hosted,
            "approaches": {"tfidf": {}, "zero-shot": {}},
        }
    )
    assert recipe.approaches["tfidf"] == ApproachSettings()
    assert recipe.approaches["zero-shot"].hosted == recipe.hosted


def test_names_must_differ_in_more_than_case(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    for names in (["Lora", "lora"], ["TFIDF"]):
        path.write_text("name: x\ndata: {examples: x.csv}\napproaches:\n" + "".join(f"  {n}:\n" for n in names))
        with pytest.raises(RecipeError, match="differ in more than case"):
            load_recipe(path)


def test_an_approach_with_a_dot_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("name: x\ndata: {examples: x.csv}\napproaches:\n  lora.v2: {weights: {rank: 4}}\n")
    recipe = load_recipe(path, ["approaches.lora.v2.weights.rank=8"]).recipe
    weights = recipe.approaches["lora.v2"].weights
    assert weights is not None
    assert weights.rank == 8


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (LEAST + "\tseed: 1\n", "indent with spaces"),
        ("message,intent\nhello,greeting\n", "metier init --from"),
        (LEAST + "approaches: {lora: {rank: 8}}\n", "write it as 'weights.rank'"),
        (LEAST + "approaches: {mine: {kind: lora}}\n", "it belongs elsewhere: 'task.kind'"),
    ],
)
def test_the_remedy_says_what_to_write(write: Any, text: str, remedy: str) -> None:
    (problem,) = problems(write(text))
    assert remedy in problem.remedy


def test_a_folder_and_other_encodings_are_told_as_what_they_are(tmp_path: Path) -> None:
    wide = tmp_path / "wide.yaml"
    wide.write_text(LEAST, encoding="utf-16")
    assert [problem.got for problem in (*problems(tmp_path), *problems(wide))] == ["a folder", "other bytes"]
