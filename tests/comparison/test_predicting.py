"""Answers for new rows, with the Systems of one finished run."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import write_recipe

from metier.comparison import check_run, load_system, predict
from metier.comparison import run as compare
from metier.comparison.using.new_rows import NewRows
from metier.core import DataError, IntegrityError, RecipeError, Silent, UnknownNameError, UserError
from metier.core.artifacts import read_json, write_json, write_text
from metier.data import DataSettings, TaskSettings, prepare

TEXTS = ["my card was stolen", "I forgot the password"]
LABELS = {"card", "login", "refund"}


@pytest.fixture
def ask(finished: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Answers as rows of the JSON lines on standard output."""

    def go(**asked: Any) -> list[dict[str, Any]]:
        capsys.readouterr()
        predict(finished, **{"approach": "tfidf", **asked})
        return [json.loads(line) for line in capsys.readouterr().out.split("\n") if line]

    return go


def test_texts_get_an_answer_with_its_probability_each(ask: Any) -> None:
    rows = ask(texts=TEXTS)
    assert [row["id"] for row in rows] == ["text:1", "text:2"]
    assert [row["answer"] for row in rows] == ["card", "login"]
    for row, text in zip(rows, TEXTS, strict=True):
        assert row["input"] == text
        assert set(row["scores"]) == LABELS
        assert row["probability"] == row["scores"][row["answer"]]
        assert row["cut_tokens"] == 0


@pytest.mark.parametrize(
    "name", ["majority", "tfidf", "nearest", "zero-shot", "few-shot", "lora", "encoder-head", None]
)
def test_every_approach_of_the_run_can_be_asked(ask: Any, name: str | None) -> None:
    assert {row["answer"] for row in ask(texts=[*TEXTS, ""], approach=name)} <= LABELS


def test_the_recommended_approach_is_the_default(ask: Any, finished: Path) -> None:
    recommended = read_json(finished / "leaderboard.json")["recommended"]
    assert ask(texts=TEXTS, approach=None) == ask(texts=TEXTS, approach=recommended)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "message,intent\nmy card was stolen,\nI forgot the password,\n"),
        ("b.csv", "when;text\nnow;my card was stolen\nthen;I forgot the password\n"),
        ("c.jsonl", '{"message": "my card was stolen", "x": 1}\n{"message": "I forgot the password", "x": 2}\n'),
        ("d.json", '[{"message": "my card was stolen"}, {"message": "I forgot the password"}]'),
        ("e.txt", "my card was stolen\r\n\r\n\ufeffI forgot the password"),
        ("f.tsv", "id\tmessage\n7\tmy card was stolen\n8\tI forgot the password\n"),
    ],
)
def test_rows_of_a_file_are_read_as_the_runs_own(ask: Any, tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode())
    rows = ask(file=tmp_path / name)
    assert [row["answer"] for row in rows] == ["card", "login"]
    assert all(row["id"].startswith(f"{name}:") for row in rows)


def test_a_line_of_a_text_file_ends_at_its_line_break_alone(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffone\u2028two\x0cthree\n".encode())
    assert [row["input"] for row in ask(file=tmp_path / "a.txt")] == ["one\u2028two\x0cthree"]


def test_lines_of_a_pipe_are_texts_or_json_rows(ask: Any) -> None:
    lines = [
        "my card was stolen\r\n",
        "\n",
        '{"id": 17, "message": "my card was stolen", "more": 1}\n',
        '{"text": "my card was stolen", "more": 1}\n',
        '{"anything": "my card was stolen"}\n',
        "{not json}\n",
        "[1]",
    ]
    rows = ask(lines=iter(lines))
    assert [row["id"] for row in rows] == ["line:1", "17", "line:4", "line:5", "line:6", "line:7"]
    assert [row["input"] for row in rows] == ["my card was stolen"] * 4 + ["{not json}", "[1]"]


def test_texts_file_and_pipe_may_be_asked_together(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("two")
    assert [row["input"] for row in ask(texts=["one"], file=tmp_path / "a.txt", lines=["three"])] == [
        "one", "two", "three",
    ]  # fmt: skip


def test_values_that_are_no_text_are_read_as_training_reads_them(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"message": 0}\n{"message": 3.0}\n{"message": null}\n{"message": true}\n')
    assert [example.input for example in NewRows(finished).file(tmp_path / "a.jsonl")] == ["0", "3", "", "true"]
    assert NewRows(finished).texts(["half \udc80"])[0].input == "half \ufffd"


@pytest.mark.parametrize(
    ("out", "form", "is_csv"),
    [("a.csv", None, True), ("a.txt", "csv", True), ("a.jsonl", None, False), ("a.csv", "jsonl", False)],
)
def test_answers_go_into_a_file(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, form: Any, is_csv: bool
) -> None:
    predictions = predict(finished, approach="tfidf", texts=['a, "b"\nc'], out=tmp_path / out, form=form)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"1 answers by tfidf in {tmp_path / out}\n"
    text = (tmp_path / out).read_bytes().decode()
    if not is_csv:
        assert json.loads(text)["answer"] == predictions[0].text
        return
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["input"], row["answer"]) == ('a, "b"\nc', predictions[0].text)
    assert float(row[f"score:{row['answer']}"]) == float(row["probability"])


def test_answers_do_not_go_into_a_folder(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a folder"):
        predict(finished, texts=TEXTS, out=tmp_path)


def test_nothing_to_answer_is_an_error(finished: Path) -> None:
    for nothing in ({}, {"texts": []}, {"lines": ["\n", " \n"]}):
        with pytest.raises(UserError, match="pipe lines into it"):
            predict(finished, **nothing)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "x,y\n1,2\n", "a text under 'message'"),
        ("b.jsonl", '{"message": ["a"]}\n', "a list under 'message'"),
        ("c.txt", b"\xff\xfe", "text in UTF-8"),
        ("d.csv", b"", "an empty file"),
    ],
)
def test_rows_that_cannot_be_read_say_what_is_missing(
    finished: Path, tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=says):
        predict(finished, file=tmp_path / name)


@pytest.mark.parametrize("name", ["none.csv", "none.txt"])
def test_a_missing_file_is_an_error_of_the_data(finished: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"[nN]o such file"):
        predict(finished, file=tmp_path / name)


def test_an_approach_that_is_not_there_answers_with_the_nearest_or_its_reason(finished: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'lora'"):
        predict(finished, approach="loar", texts=TEXTS)
    with pytest.raises(UnknownNameError, match=r"which was not built: .*does not fit"):
        predict(finished, approach="broken", texts=TEXTS)


def test_a_folder_that_is_no_finished_run_is_told_as_what_it_is(finished: Path, tmp_path: Path) -> None:
    check_run(finished)
    with pytest.raises(UserError, match="no such folder"):
        check_run(tmp_path / "none")
    with pytest.raises(UserError, match="give the folder that `metier run` named"):
        check_run(tmp_path)
    write_text(tmp_path / "recipe.yaml", "name: x\n")
    with pytest.raises(UserError, match="finish it with `metier run`"):
        check_run(tmp_path)


def test_a_damaged_run_is_an_error_and_no_crash(finished: Path, tmp_path: Path) -> None:
    for name in ("leaderboard.json", "run.json", "data", "recipe.yaml"):
        source = finished / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    shutil.copytree(finished / "approaches/majority", tmp_path / "approaches/majority")
    write_text(tmp_path / "recipe.yaml", "name: [")
    with pytest.raises(RecipeError, match="readable YAML"):
        load_system(tmp_path, "majority")
    write_text(tmp_path / "leaderboard.json", "{")
    with pytest.raises(IntegrityError, match="not readable JSON"):
        predict(tmp_path, texts=TEXTS)


def test_a_run_may_be_moved_and_still_answers(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "moved")
    before = predict(finished, approach="lora", texts=TEXTS, out=tmp_path / "a.jsonl")
    assert predict(tmp_path / "moved", approach="lora", texts=TEXTS, out=tmp_path / "b.jsonl") == before


@pytest.fixture(scope="module")
def talks(tiny_causal: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on conversations."""
    folder = tmp_path_factory.mktemp("talks")
    rows = [
        {"messages": [{"role": "user", "content": f"question {i}"}, {"role": "assistant", "content": f"answer {i}"}]}
        for i in range(20)
    ]
    (folder / "talks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = write_recipe(
        folder, causal=tiny_causal, encoder=tiny_encoder, approaches={}, task={}, data={"examples": "talks.jsonl"}
    )
    return compare(recipe, out=folder / "run", reporter=Silent(), isolate=False).folder


def test_a_conversation_is_asked_by_its_last_user_turn_with_what_came_before(talks: Path, tmp_path: Path) -> None:
    turns = [
        {"role": "system", "content": "You are a clerk."},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "and?"},
        {"role": "user", "content": "second"},
    ]
    (tmp_path / "new.jsonl").write_text(json.dumps({"messages": turns}) + "\n" + json.dumps({"text": "bare"}) + "\n")
    asked, bare = NewRows(talks).file(tmp_path / "new.jsonl")
    assert asked.input == "second"
    assert [(turn.role, turn.content) for turn in asked.history] == [
        ("system", "You are a clerk."), ("user", "first"), ("assistant", "and?"),
    ]  # fmt: skip
    assert (bare.input, bare.history) == ("bare", ())
    (line,) = NewRows(talks).lines([json.dumps({"messages": turns})])
    assert (line.input, line.history) == (asked.input, asked.history)


def test_a_conversation_that_is_none_is_an_error(talks: Path) -> None:
    with pytest.raises(DataError, match="the role 'wizard'"):
        NewRows(talks).lines(['{"messages": [{"role": "wizard", "content": "x"}]}'])


def test_generated_answers_have_no_probability(talks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    predict(talks, approach="copy", texts=["hello"], form="csv")
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row == {"id": "text:1", "input": "hello", "answer": "hello", "probability": "", "cut_tokens": "0"}


def test_a_label_with_odd_characters_survives_the_way_out(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    shares = {f'ü,"{label}"\n': share for label, share in {"card": 0.1, "login": 0.2, "refund": 0.7}.items()}
    write_json(run / "approaches/majority/majority.json", {"answer": 'ü,"refund"\n', "shares": shares})
    predict(run, approach="majority", texts=["x"], form="csv")
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))
    assert row["answer"] == 'ü,"refund"\n'
    assert row['score:ü,"card"\n'] == "0.1"


def test_new_rows_of_several_columns_are_put_together_as_in_the_run(tmp_path):
    lines = [json.dumps({"title": f"t{n}", "body": f"text {n} of many", "label": "ab"[n % 2]}) for n in range(40)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    data = DataSettings(examples="rows.jsonl", input=("title", "body"), target="label")
    prepare(TaskSettings(), data, folder=tmp_path, seed=0).save(tmp_path)
    (example,) = NewRows(tmp_path).lines(['{"title": "new", "body": "one"}'])
    assert example.input == "title: new\nbody: one"
    with pytest.raises(DataError, match="none for body"):
        NewRows(tmp_path).lines(['{"title": "new"}'])
