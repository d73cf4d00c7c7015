"""A drafted recipe loads and passes the check, whatever the data and its columns are called."""

import csv
import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows

from metier.comparison import check_recipe, draft_recipe, load_recipe
from metier.comparison.recipe import Recipe
from metier.core import DataError, UserError
from metier.data import inspect_source

ODD = [
    "a: b", "C#", "#1", "it's", 'say "x"', "two\nlines", "tab\tbed", "null", "3", "- x", "{a}", "[b]", "*c", "&d",
    "!e", "%f", "@g", "`h", "|", ">", "?", "ü", "日本", "🙂", " space ", "a b #c", "=", "~", "true", "\x07bell",
    "line\u2028sep", "back\\slash", "x" * 300,
]  # fmt: skip


@pytest.fixture
def draft(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    """Drafts a recipe, and checks it with tiny models in place of the bundled ones."""

    def go(source: Path, out: Path | None = None) -> Recipe:
        path = out or tmp_path / "recipe.yaml"
        draft_recipe(source, out=path, force=True)
        recipe = load_recipe(path).recipe
        encoders = [name for name, approach in recipe.approaches.items() if approach.model == "builtin-encoder"]
        overrides = [f"approaches.{name}.model={tiny_encoder}" for name in encoders]
        check_recipe(path, overrides=[f"model={tiny_causal}", f"embedder={tiny_encoder}", *overrides])
        return recipe

    return go


def write(path: Path, header: Sequence[str], content: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *content])
    return path


def test_labelled_texts_get_a_panel_for_sorting(draft: Any, tmp_path: Path) -> None:
    recipe = draft(write(tmp_path / "tickets.csv", ("message", "intent"), rows(240)))
    assert (recipe.name, recipe.task.kind) == ("tickets", "classify")
    assert (recipe.data.examples, recipe.data.input, recipe.data.target) == ("tickets.csv", "message", "intent")
    assert set(recipe.approaches) == {
        "zero-shot", "few-shot", "lora", "encoder-head", "encoder-lora", "encoder-full",
    }  # fmt: skip


@pytest.mark.parametrize(("count", "has_lora"), [(199, False), (200, True)])
def test_fine_tuning_is_a_comment_where_rows_are_few(draft: Any, tmp_path: Path, count: int, has_lora: bool) -> None:
    recipe = draft(write(tmp_path / "tickets.csv", ("message", "intent"), rows(count)))
    assert ("lora" in recipe.approaches) is has_lora
    assert ("  # lora:" in (tmp_path / "recipe.yaml").read_text()) is not has_lora


def test_a_few_rows_that_cannot_be_read_are_proposed_to_be_left_out(draft: Any, tmp_path: Path) -> None:
    source = write(tmp_path / "tickets.csv", ("message", "intent"), rows(240))
    source.write_text(source.read_text() + "Total: 240\n")
    recipe = draft(source)
    assert recipe.data.broken_rows == "leave_out"
    assert "leave_out    # 1 of 241 rows cannot be read; error stops at them" in (tmp_path / "recipe.yaml").read_text()
    source.write_text("message,intent\n" + "one,two,three\n" * 30 + source.read_text().partition("\n")[2])
    with pytest.raises(DataError, match="2 fields in every row"):
        draft_recipe(source, out=tmp_path / "recipe.yaml", force=True)


def test_mail_bodies_in_html_are_proposed_to_be_read_as_text(draft: Any, tmp_path: Path) -> None:
    content = [(f"<p>{text}</p>" if i % 10 == 0 else text, label) for i, (text, label) in enumerate(rows(240))]
    recipe = draft(write(tmp_path / "mails.csv", ("message", "intent"), content))
    assert recipe.data.html == "text"
    assert "# 10% of the texts hold HTML" in (tmp_path / "recipe.yaml").read_text()


def test_questions_of_surveys_are_asked_as_such(draft: Any, tmp_path: Path) -> None:
    header = ("Why did you give this score?", "How satisfied are you?", "Customer")
    content = [(text, i % 5 + 1, f"C{i % 30}") for i, (text, _) in enumerate(rows(240))]
    recipe = draft(write(tmp_path / "survey.csv", header, content))
    asked = 'Read what was said about "Why did you give this score?" and answer: How satisfied are you?'
    assert recipe.task.instruction == asked


def test_what_the_recipe_solves_or_cannot_solve_is_said(tmp_path: Path) -> None:
    content = [(text, label, f"C{i % 30}") for i, (text, label) in enumerate(rows(240))]
    source = write(tmp_path / "tickets.csv", ("message", "intent", "customer"), content)
    lines = draft_recipe(source, out=tmp_path / "recipe.yaml").lines
    assert "  Group: 'customer', so that rows of one value stay in one split." in lines
    assert not any("may land" in line for line in lines)
    write(source, ("message", "number"), [(text, i % 50) for i, (text, _) in enumerate(rows(240))])
    lines = draft_recipe(source, out=tmp_path / "recipe.yaml", force=True).lines
    assert any(line.startswith("  ! could not be told: a column with the right answer") for line in lines)
    assert any("Write data.target into the recipe" in line for line in lines)


@pytest.mark.parametrize("count", [199, 200])
def test_pairs_of_answers_get_an_approach_that_learns_from_both(draft: Any, tmp_path: Path, count: int) -> None:
    pairs = [
        {"prompt": text, "chosen": f"{text} yes", "rejected": f"no {i}"} for i, (text, _) in enumerate(rows(count))
    ]
    source = tmp_path / "pairs.jsonl"
    source.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    recipe = draft(source)
    assert ("dpo" in recipe.approaches) is (count == 200)
    assert "preference: {loss: dpo}" in (tmp_path / "recipe.yaml").read_text()


def test_texts_to_be_written_get_a_panel_for_writing(draft: Any, tmp_path: Path) -> None:
    draw = random.Random(0)
    words = "the machine makes noise when water runs and then stops so we send a new part by mail"
    content = [
        (" ".join(draw.choices(words.split(), k=9)), " ".join(draw.choices(words.split(), k=25))) for _ in range(220)
    ]
    recipe = draft(write(tmp_path / "answers.csv", ("question", "answer"), content))
    assert recipe.task.kind == "generate"
    assert set(recipe.approaches) == {"zero-shot", "few-shot", "lora"}


def test_several_columns_stand_as_lists_in_the_recipe(draft: Any, tmp_path: Path) -> None:
    header = ("sentence, 1", "sentence, 2", "is_same")
    content = [
        (text, other, "yes" if i % 2 else "no")
        for i, ((text, _), (other, _)) in enumerate(zip(rows(240), rows(240, seed=1), strict=True))
    ]
    recipe = draft(write(tmp_path / "pairs.csv", header, content))
    assert recipe.data.input == header[:2]
    assert recipe.task.instruction == "Say whether this holds for the sentence, 1 and the sentence, 2: is same."
    header = ("comment", "rude", "spam: yes", "[x]")
    content = [(text, i % 2, int(i % 3 == 0), int(i % 5 == 0)) for i, (text, _) in enumerate(rows(240))]
    recipe = draft(write(tmp_path / "flags.csv", header, content))
    assert (recipe.task.kind, recipe.data.target) == ("multilabel", header[1:])


@pytest.mark.parametrize(
    ("header", "targets", "instruction"),
    [
        (("评论", "类别"), ("退款", "物流"), "判断评论的类别。"),
        (("评论", "满意"), ("是", "否"), "判断评论是否符合：满意。"),
        (("评论", "类别 A"), ("退款", "物流"), "Decide the 类别 A of the 评论."),
    ],
)
def test_columns_in_chinese_are_asked_for_in_chinese(
    draft: Any, tmp_path: Path, header: tuple[str, str], targets: tuple[str, str], instruction: str
) -> None:
    content = [(f"{text} 我的订单{i}", targets[i % 2]) for i, (text, _) in enumerate(rows(60))]
    assert draft(write(tmp_path / "a.csv", header, content)).task.instruction == instruction


def test_conversations_get_a_panel_for_chats(draft: Any, tmp_path: Path) -> None:
    talks = [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": f"Yes, {label}."}]}
        for text, label in rows(40)
    ]
    path = tmp_path / "talks.jsonl"
    path.write_text("".join(json.dumps(talk) + "\n" for talk in talks))
    recipe = draft(path)
    assert (recipe.task.kind, recipe.data.input) == ("chat", None)


def test_a_folder_with_a_file_for_each_split_is_taken_as_split(draft: Any, tmp_path: Path) -> None:
    folder = tmp_path / "Support Tickets (2024)"
    folder.mkdir()
    for name, start in (("train", 0), ("dev", 100), ("test-set", 130)):
        write(folder / f"{name}.csv", ("message", "intent"), rows(160)[start : start + 30])
    (folder / ".hidden.csv").touch()
    recipe = draft(folder)
    assert recipe.name == "Support-Tickets-2024"
    assert recipe.data.examples.model_dump() == {
        "train": f"{folder.name}/train.csv",
        "test": f"{folder.name}/test-set.csv",
        "validation": f"{folder.name}/dev.csv",
    }


def test_several_files_of_a_split_follow_their_names(draft: Any, tmp_path: Path) -> None:
    folder = tmp_path / "visits"
    folder.mkdir()
    for name, start in (("Visits-TrainingSet", 0), ("Visits-TestSet-1", 80), ("Visits-TestSet-2", 120)):
        write(folder / f"{name}.csv", ("message", "intent"), rows(160)[start : start + 40])
    recipe = draft(folder)
    assert recipe.data.examples == "visits"
    seen = inspect_source(recipe.data, folder=tmp_path)
    assert (seen.split, seen.rows) == ("given", 120)


def test_senders_hold_their_mail_together_where_no_other_column_does(draft: Any, tmp_path: Path) -> None:
    wide = [(*row, f"ann{number % 80}@example.org") for number, row in enumerate(rows(240))]
    recipe = draft(write(tmp_path / "mail.csv", ("message", "intent", "sender"), wide))
    assert recipe.data.group == "sender"
    wide = [(*row, f"C{number % 50}") for number, row in enumerate(wide)]
    recipe = draft(write(tmp_path / "mail.csv", ("message", "intent", "sender", "customer_id"), wide))
    assert recipe.data.group == "customer_id"


def test_a_column_that_says_the_split_and_one_that_groups_are_found(draft: Any, tmp_path: Path) -> None:
    content = [
        (text, label, f"c{number // 3}", ("train", "train", "validation", "test")[number % 4], "2024-01-31")
        for number, (text, label) in enumerate(rows(240))
    ]
    write(tmp_path / "t.csv", ("message", "intent", "customer_id", "split", "date"), content)
    recipe = draft(tmp_path / "t.csv")
    assert recipe.data.group == "customer_id"
    assert recipe.data.split.by == "given"


@pytest.mark.parametrize("name", ODD)
def test_columns_of_any_name_survive(draft: Any, tmp_path: Path, name: str) -> None:
    keys = (name, f"{name} target")
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows(30)))
    recipe = draft(path)
    assert (recipe.data.input, recipe.data.target) == keys


@pytest.mark.parametrize("name", [name for name in ODD if "/" not in name and len(name) < 200])
def test_a_file_of_any_name_survives(tmp_path: Path, name: str) -> None:
    source = write(tmp_path / f"{name}.csv", ("message", "intent"), rows(12))
    recipe, folder, _ = load_recipe(draft_recipe(source, out=tmp_path / "recipe.yaml").path)
    assert folder / str(recipe.data.examples) == source


def test_a_long_file_name_makes_a_name_that_a_run_may_have(draft: Any, tmp_path: Path) -> None:
    recipe = draft(write(tmp_path / f"{'long ' * 40}.csv", ("message", "intent"), rows(30)))
    assert recipe.name == ("long-" * 13)[:64]


def test_columns_that_cannot_be_told_are_left_to_the_user(tmp_path: Path) -> None:
    content = [(number, number * 2) for number in range(30)]
    drafted = draft_recipe(write(tmp_path / "n.csv", ("a\x07", "b\nc"), content), out=tmp_path / "recipe.yaml")
    text = drafted.path.read_text()
    assert "# input: NAME" in text
    assert load_recipe(drafted.path).recipe.data.input is None
    assert any(line.startswith("  ! ") for line in drafted.lines)


def test_paths_are_relative_to_the_recipe_where_they_can_be(
    draft: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "recipes").mkdir()
    source = write(tmp_path / "data" / "t.csv", ("message", "intent"), rows(30))
    monkeypatch.chdir(tmp_path)
    assert draft(Path("data/t.csv"), Path("recipe.yaml")).data.examples == "data/t.csv"
    assert draft(Path("data/t.csv"), Path("recipes/recipe.yaml")).data.examples == str(source.resolve())


def test_a_recipe_that_is_there_is_only_replaced_when_asked(tmp_path: Path) -> None:
    source = write(tmp_path / "t.csv", ("message", "intent"), rows(30))
    out = tmp_path / "recipe.yaml"
    out.write_text("mine")
    with pytest.raises(UserError, match="--force to replace it"):
        draft_recipe(source, out=out)
    assert out.read_text() == "mine"
    draft_recipe(source, out=out, force=True)
    assert load_recipe(out).recipe.name == "t"


def test_a_folder_without_rows_says_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ([], ["picture.png"]):
        for each in name:
            (folder / each).touch()
        with pytest.raises(DataError, match=", ".join(name) or "no files"):
            draft_recipe(folder, out=tmp_path / "recipe.yaml")
        assert not (tmp_path / "recipe.yaml").exists()


def test_a_folder_of_files_that_are_no_split_is_one_data_set(draft: Any, tmp_path: Path) -> None:
    for name, start in (("a", 0), ("b", 100)):
        (tmp_path / "folder").mkdir(exist_ok=True)
        write(tmp_path / "folder" / f"{name}.csv", ("message", "intent"), rows(160)[start : start + 60])
    recipe = draft(tmp_path / "folder")
    assert recipe.data.examples == "folder"
    assert (recipe.data.input, recipe.data.target) == ("message", "intent")


def test_documents_get_an_approach_that_answers_from_them(
    tmp_path: Path, tiny_causal: Path, tiny_encoder: Path
) -> None:
    (tmp_path / "hand book").mkdir()
    (tmp_path / "hand book/card.md").write_text("# Cards\nBlocked at once.")
    (tmp_path / "hand book/old.doc").write_text("x")
    data = tmp_path / "questions.jsonl"
    data.write_text(
        "".join(json.dumps({"question": f"who {text}?", "answer": f"{text}."}) + "\n" for text, _ in rows(40))
    )
    drafted = draft_recipe(data, out=tmp_path / "recipe.yaml", documents=tmp_path / "hand book")
    assert "  1 document, 24 characters" in drafted.lines
    assert any("old.doc is left out" in line for line in drafted.lines)
    recipe = load_recipe(drafted.path).recipe
    assert recipe.data.documents == "hand book"
    assert recipe.approaches["rag"].retrieval is not None
    check_recipe(drafted.path, overrides=[f"model={tiny_causal}", f"embedder={tiny_encoder}"])


def test_answers_that_come_again_are_written_from_the_documents_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/card.md").write_text("# Cards\nBlocked at once.")
    data = tmp_path / "questions.jsonl"
    asked = [{"question": f"who {text}?", "answer": label, "article": "card.md"} for text, label in rows(60)]
    data.write_text("".join(json.dumps(row) + "\n" for row in asked))
    kinds: list[str | None] = []
    for documents in (None, tmp_path / "pages"):
        path = draft_recipe(data, out=tmp_path / "recipe.yaml", documents=documents, force=True).path
        kinds.append(load_recipe(path).recipe.task.kind)
    assert kinds == ["classify", "generate"]


def test_documents_that_are_none_leave_no_recipe(tmp_path: Path) -> None:
    data = tmp_path / "questions.jsonl"
    data.write_text('{"question": "who?", "answer": "ann"}\n')
    (tmp_path / "empty").mkdir()
    for name, said in (("empty", "an empty folder"), ("emty", "did you mean 'empty'")):
        with pytest.raises(DataError, match=said):
            draft_recipe(data, out=tmp_path / "recipe.yaml", documents=tmp_path / name)
    assert not (tmp_path / "recipe.yaml").exists()


def test_data_that_is_missing_leaves_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        draft_recipe(tmp_path / "none.csv", out=tmp_path / "recipe.yaml")
    assert not (tmp_path / "recipe.yaml").exists()


def test_a_path_that_no_recipe_can_hold_is_said(tmp_path: Path) -> None:
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.csv"))
    write(source, ("message", "intent"), rows(30))
    with pytest.raises(DataError, match="a path in UTF-8"):
        draft_recipe(source, out=tmp_path / "recipe.yaml")


@pytest.mark.parametrize(
    ("source", "out", "got"),
    [
        ("loop.csv", "recipe.yaml", "Too many levels"),
        ("x" * 300, "recipe.yaml", "File name too long"),
        ("~nobody-of-this-name/a.csv", "recipe.yaml", "home directory"),
        ("rows.csv", "folder", "a folder"),
        ("rows.csv", "rows.csv/recipe.yaml", "Not a directory"),
    ],
)
def test_what_is_no_path_is_refused_before_any_work(tmp_path: Path, source: str, out: str, got: str) -> None:
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "folder").mkdir()
    write(tmp_path / "rows.csv", ["text"], [["a"]])
    given = Path(source) if source.startswith("~") else tmp_path / source
    with pytest.raises(UserError) as error:
        draft_recipe(given, out=tmp_path / out, force=True)
    (problem,) = error.value.problems
    assert got in problem.got
    assert len(problem.where) <= 200
