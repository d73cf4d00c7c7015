"""Every way in which a file can be unusable has a message that says where, what, and what to do."""

import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ticket_desk import WORDS, as_csv, sentence, ticket_csv

from metier.core import DataError


def test_a_missing_file_names_its_neighbours(desk):
    desk.write("tickets.csv", ticket_csv())
    problem = desk.problem("tikets.csv")
    assert problem.got == "no such file"
    assert problem.remedy == "did you mean 'tickets.csv'?"
    assert problem.path == "data.examples"


def test_a_missing_file_far_from_any_name_lists_the_folder(desk):
    desk.write("a.csv", ticket_csv())
    assert desk.problem("zzzzzz.parquet").remedy == "files in that folder: 'a.csv'"
    assert "there is no folder" in desk.problem("nowhere/a.csv").remedy


def test_a_folder_without_rows_lists_its_files(desk):
    desk.write("data/a.xyz", ticket_csv())
    problem = desk.problem("data")
    assert problem.got == "'a.xyz'"
    assert "data.format: lines" in problem.remedy


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 5_000, ""])
def test_an_impossible_path_is_no_crash(desk, name):
    assert desk.problem(name).path == "data.examples"


@pytest.mark.parametrize(("content", "got"), [(b"", "an empty file"), (b" \n\n", "a file with only white space")])
def test_an_empty_file(desk, content, got):
    desk.write("a.csv", content)
    assert desk.problem("a.csv").got == got


def test_a_header_without_rows(desk):
    desk.write("a.csv", "text,label\n")
    problem = desk.problem("a.csv")
    assert problem.got == "only the line 'text, label'"
    assert "export the rows too" in problem.remedy


def test_a_wrong_encoding_names_line_byte_and_a_candidate(desk):
    desk.write("a.csv", "text,label\nfine,x\nun café à Orléans,y\n".encode("cp1252"))
    problem = desk.problem("a.csv", encoding="utf-8")
    assert problem.where == "a.csv, line 3"
    assert problem.got == "byte 0xE9 at position 24"
    assert "data.encoding: cp1252" in problem.remedy
    assert "café à Orléans" in problem.remedy


def test_the_warning_shows_the_line_and_not_what_stands_before_it(desk):
    lines = ["text,label", *(f"café {sentence(n)},{'xy'[n % 2]}" for n in range(30))]
    desk.write("a.csv", "\n".join(lines).encode("cp1252"))
    (told,) = [text for text in desk.prepare("a.csv").summary["warnings"] if "read as cp1252" in text]
    assert f"(line 2 reads 'café {sentence(0)[:40]}" in told


def test_the_faulty_byte_is_found_behind_the_first_block(desk):
    filler = "some text,label\n" * 100_000
    desk.write("a.csv", filler.encode() + "café,x\n".encode("cp1252"))
    assert desk.problem("a.csv", encoding="utf-8").where == "a.csv, line 100,001"


@pytest.mark.parametrize(
    ("encoding", "candidate"), [("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")]
)
def test_sixteen_bit_text_is_recognised(desk, encoding, candidate):
    desk.write("a.csv", ticket_csv().encode(encoding))
    assert f"data.encoding: {candidate}" in desk.problem("a.csv", encoding="utf-8").remedy
    prepared = desk.prepare("a.csv")
    assert prepared.summary["rows"] == 30
    assert any(f"it is read as {candidate}" in text for text in prepared.summary["warnings"])


def test_japanese_and_chinese_candidates(desk):
    desk.write("ja.csv", ("text,label\n" + "カードをなくしました。,紛失\n" * 20).encode("shift_jis"))
    assert "shift_jis" in desk.problem("ja.csv", encoding="utf-8").remedy
    desk.write("zh.csv", ("text,label\n" + "我的银行卡丢了怎么办,挂失\n" * 20).encode("gb18030"))
    assert "data.encoding: gb18030" in desk.problem("zh.csv", encoding="utf-8").remedy


def test_a_named_encoding_that_does_not_fit_or_does_not_exist(desk):
    desk.write("a.csv", "text,label\ncafé,y\n".encode())
    problem = desk.problem("a.csv", encoding="ascii")
    assert "data.encoding: utf-8" in problem.remedy
    assert "utf-8" in desk.problem("a.csv", encoding="utf-88").remedy
    for unknown in ("rot13", "hex", "", "no\0"):
        assert desk.problem("a.csv", encoding=unknown).path == "data.encoding"


def test_nul_characters_are_a_damaged_file(desk):
    desk.write("a.csv", ticket_csv().replace(" card", "\0card", 1))
    problem = desk.problem("a.csv")
    assert problem.got.startswith("a NUL character")
    assert problem.where.startswith("a.csv, line ")


def _zip(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "content")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (_zip("word/document.xml"), "a Word file (docx)"),
        (_zip("rows.csv")[:40], "a damaged zip archive"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x80\x04\x95\x00", "a Python pickle"),
        (b"\xd0\xcf\x11\xe0\xa1", "an old Excel or Word file"),
        (bytes(range(256)) * 20, "a binary file"),
    ],
    ids=["docx", "zip", "pdf", "pickle", "xls", "binary"],
)
def test_files_that_are_no_text_are_named(desk, content, got):
    desk.write("a.csv", content)
    problem = desk.problem("a.csv")
    assert problem.got == got
    assert problem.remedy


def test_ragged_rows_name_lines_and_numbers(desk):
    desk.write("a.csv", "text,label\n" + "fine,x\n" * 30 + "one, too many,x\nalone\n" + "a,b,c,d\n" * 9)
    problem = desk.problem("a.csv")
    assert problem.expected == "2 fields in every row, as in the header"
    assert problem.got.startswith("11 of 41 rows with another number: line 32 has 3; line 33 has 1; line 34 has 4")
    assert problem.got.endswith("and 6 more")


def test_a_quote_that_is_never_closed_names_its_line(desk):
    desk.write("a.csv", "text,label\n" + "fine,x\n" * 5 + '"open,x\n' + "fine,x\n" * 5)
    assert "a quote opened in line 7 is never closed" in desk.problem("a.csv").got


def test_a_quote_inside_quotes_must_be_doubled(desk):
    desk.write("a.csv", "text,label\n" + "fine,x\n" * 5 + '"he said "hi" twice",x\n')
    problem = desk.problem("a.csv")
    assert "line 7 has text after a closing quote" in problem.got
    assert "double" in problem.remedy


def test_columns_of_one_name_are_numbered_and_it_is_said(desk):
    desk.write("a.csv", "text,label,text,note\n" + "".join(f"{sentence(n)},x{n % 2},beside {n},\n" for n in range(30)))
    seen = desk.inspect("a.csv")
    assert [column.name for column in seen.columns] == ["text", "label", "text 2", "note"]
    assert "columns of one name are numbered ('text', 'text 2')" in seen.evidence[0]
    assert desk.prepare("a.csv").train[0].input.startswith(tuple(word for word in WORDS.split()))


def test_broken_json_names_line_and_column(desk):
    desk.write("a.json", '[\n {"text": "a"},\n {"text": oops}\n]')
    assert desk.problem("a.json").got == "Expecting value at line 3, column 11"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a": [{"x": 1}], "b": [{"y": 1}]}', "an object with 2 of them: 'a', 'b'"),
        ('{"a": 1, "b": [1]}', "an object with 'a', 'b'"),
        ('[{"a": 1}, 2, "x"]', "2 of 3 are not: element 2 is a number; element 3 is a text"),
        ("[]", "an empty list"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"a": ' + "9" * 5_000 + "}]", "integer string conversion"),
    ],
)
def test_json_of_another_form(desk, content, words):
    desk.write("a.json", content)
    assert words in desk.problem("a.json").got


def test_broken_json_lines_are_all_counted(desk):
    lines = ['{"text": "a", "label": "x"}'] * 20 + ["{oops", "[1]", "7"]
    desk.write("a.jsonl", "\n".join(lines))
    problem = desk.problem("a.jsonl")
    assert problem.got.startswith("3 of 23 lines are not: line 21: Expecting property name")
    assert "line 22: a list, not an object; line 23: a number, not an object" in problem.got


def test_damaged_and_empty_parquet(desk):
    pq.write_table(pa.table({"text": ["a"], "label": ["x"]}), desk.folder / "a.parquet")
    whole = (desk.folder / "a.parquet").read_bytes()
    desk.write("cut.parquet", whole[: len(whole) // 2])
    assert desk.problem("cut.parquet").expected == "a whole Parquet file"
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), desk.folder / "none.parquet")
    assert desk.problem("none.parquet").got == "a Parquet file without rows"
    desk.write("a.csv", whole)
    assert desk.problem("a.csv", format="csv").remedy == "set data.format: parquet, or leave it out"


def test_an_unknown_format_names_the_nearest(desk):
    desk.write("a.csv", ticket_csv())
    problem = desk.problem("a.csv", format="jsnol")
    assert problem.path == "data.format"
    assert "'jsonl'" in problem.remedy


def test_the_faults_of_all_files_are_reported_together(desk):
    desk.write("train.csv", "text,label\nfine,x\nragged\n")
    desk.write("test.csv", b"text,label\ncaf\xc3\xa9 \xff,x\n")
    with pytest.raises(DataError) as caught:
        desk.prepare({"train": "train.csv", "test": "test.csv", "validation": "gone.csv"})
    assert {problem.where for problem in caught.value.problems} >= {"gone.csv", "test.csv, line 2"}
    desk.write("test.csv", "text,label\nalso ragged\n")
    assert [p.where for p in desk.problems({"train": "train.csv", "test": "test.csv"})] == ["train.csv", "test.csv"]


def test_one_file_for_two_splits(desk):
    desk.write("a.csv", ticket_csv())
    assert desk.problem({"train": "a.csv", "test": "a.csv"}).got == "the same file as data.examples.train"


def test_a_field_without_an_end_is_cut_short(desk, monkeypatch):
    monkeypatch.setattr("metier.data.reading.delimited.FIELD_LIMIT", 1_000)
    desk.write("a.csv", "text,label\n" + "fine,x\n" * 5 + '"' + "word " * 500 + '",x\n')
    assert "line 7 begins a field of more than 1,000 characters" in desk.problem("a.csv").got


def test_values_in_the_place_of_column_names(desk):
    rows = "".join(f'{{"user {number}": "text {number}"}}\n' for number in range(1_200))
    desk.write("a.jsonl", rows)
    assert desk.problem("a.jsonl").expected == "at most 1,000 columns"


def test_a_table_that_came_as_one_column(desk):
    desk.write("a.csv", as_csv([["text"], *[[f"text {n}"] for n in range(20)]]))
    problem = desk.problem("a.csv")
    assert problem.path == "data.target"
    assert "'text (text)'" in problem.got
