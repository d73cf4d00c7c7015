import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metier.core import DataError
from metier.data.reading.formats import recognise
from metier.data.reading.packing import Content, packing_of
from metier.data.reading.readers import READERS, read_rows
from metier.data.reading.source import Source


def open_file(path, **settings) -> Source:
    content = Content(path, packing_of(path))
    return recognise(content, path.name, split=None, format=settings.get("format"), encoding=settings.get("encoding"))


def rows_of(path, **settings):
    return list(read_rows(open_file(path, **settings)))


def test_every_format_is_a_file_found_by_its_name():
    assert READERS.names() == [
        *("arrow", "brat", "conll", "csv", "documents", "fasttext", "hf", "json", "jsonl", "lines", "parquet", "tsv"),
        "xlsx",
    ]
    assert all(callable(READERS.get(name)) for name in READERS.names() if name not in {"hf", "xlsx"})


def test_csv_gives_rows_with_row_and_line_numbers(desk):
    path = desk.write("a.csv", 'text,label\n"two\nlines, and ""quotes""",x\n\nplain,y\n')
    rows = rows_of(path)
    assert [(row.number, row.line) for row in rows] == [(1, 2), (2, 5)]
    assert rows[0].values == {"text": 'two\nlines, and "quotes"', "label": "x"}


def test_line_breaks_inside_a_field_are_one_character(desk):
    path = desk.write("a.csv", 'text,label\r\n"one\r\ntwo",x\r\n"three\rfour",y\r\n')
    assert [row.values["text"] for row in rows_of(path)] == ["one\ntwo", "three\nfour"]


def test_an_empty_header_name_gets_the_number_of_its_column(desk):
    path = desk.write("a.csv", ",text,\n0,a,x\n")
    assert list(rows_of(path)[0].values) == ["column 1", "text", "column 3"]


@pytest.mark.parametrize(("separator", "name"), [(",", "comma"), (";", "semicolon"), ("|", "pipe"), ("\t", "tab")])
def test_the_separator_is_found_in_the_content(desk, separator, name):
    lines = [separator.join(("text", "label", "note")), *[separator.join((f"t{n}", "x", "y")) for n in range(12)]]
    source = open_file(desk.write("a.txt", "\n".join(lines)))
    assert source.evidence[0] == f"a.txt: {name} separated (13 of 13 lines have 3 fields)."
    assert len(list(read_rows(source))) == 12


def test_commas_inside_texts_do_not_outvote_the_real_separator(desk):
    lines = ["text;label", *[f"well, {n}, and so on, and on;{n % 3}" for n in range(20)]]
    assert open_file(desk.write("a.csv", "\n".join(lines))).dialect.delimiter == ";"


def test_quotes_in_tab_separated_tokens_are_ordinary_characters(desk):
    path = desk.write("a.tsv", "token\ttag\n" + "".join(f"{word}\tO\n" for word in ['"', "so", '"', "it", "is", '"']))
    assert [row.values["token"] for row in rows_of(path)] == ['"', "so", '"', "it", "is", '"']


def test_quoted_tabs_and_line_breaks_are_protected(desk):
    path = desk.write("a.tsv", 'text\tlabel\n"a\tb\nc"\tx\nplain\ty\n')
    assert rows_of(path)[0].values == {"text": "a\tb\nc", "label": "x"}


def test_jsonl_keeps_nested_values_and_line_numbers(desk):
    path = desk.write("a.jsonl", '{"a": {"b": [1]}}\n\n{"a": null}\n')
    assert [(row.number, row.line, row.values) for row in rows_of(path)] == [
        (1, 1, {"a": {"b": [1]}}),
        (2, 3, {"a": None}),
    ]


def test_a_line_separator_inside_a_json_text_does_not_end_the_line(desk):
    path = desk.write("a.jsonl", '{"a": "x\u2028y"}\n{"a": "z"}\n')
    assert [row.values["a"] for row in rows_of(path)] == ["x\u2028y", "z"]


def test_json_is_a_list_or_an_object_with_one_list_which_is_said(desk):
    rows = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]
    listed = open_file(desk.write("list.json", json.dumps(rows, indent=2)))
    held = open_file(desk.write("held.json", json.dumps({"version": 1, "names": ["n"], "data": rows}, indent=2)))
    assert [row.values for row in read_rows(listed)] == [row.values for row in read_rows(held)] == rows
    assert held.evidence[-1] == "held.json: its rows are the list 'data'."


def test_parquet_gives_its_own_values(desk):
    table = pa.table({"text": ["a", None], "n": [1, 2], "turns": [[{"role": "user"}], []]})
    pq.write_table(table, desk.folder / "a.parquet")
    source = open_file(desk.folder / "a.parquet")
    assert source.format == "parquet"
    assert [row.values for row in read_rows(source)] == table.to_pylist()


def test_a_byte_order_mark_is_not_part_of_the_first_name(desk):
    path = desk.write("a.csv", b"\xef\xbb\xbftext,label\nx,y\n")
    source = open_file(path)
    assert next(read_rows(source)).values == {"text": "x", "label": "y"}
    assert "byte-order mark" in source.evidence[-1]


def test_other_encodings_are_read_when_they_are_named(desk):
    text = "text,label\ncafé,x\nthé,y\n"
    assert rows_of(desk.write("a.csv", text.encode("cp1252")), encoding="cp1252")[0].values["text"] == "café"
    assert rows_of(desk.write("b.csv", text.encode("utf-16")), encoding="utf-16")[1].values["text"] == "thé"


def test_fields_beyond_the_csv_modules_own_limit_are_read(desk):
    path = desk.write("a.csv", f"text,label\n{'x' * 300_000},y\n")
    assert len(rows_of(path)[0].values["text"]) == 300_000


def test_a_reader_yields_what_it_can_before_it_reports_every_fault(desk):
    source = open_file(desk.write("a.jsonl", '{"a": 1}\n{broken\n{"a": 2}\n[3]\n{"a": 4}\n'))
    seen = []

    def read():
        seen.extend(row.values["a"] for row in read_rows(source))

    with pytest.raises(DataError, match=r"2 of 5 lines are not: line 2: .*; line 4: a list, not an object"):
        read()
    assert seen == [1, 2, 4]


def test_a_suffix_that_contradicts_the_content_is_said(desk):
    source = open_file(desk.write("a.csv", '{"text": "a"}\n{"text": "b"}\n'))
    assert source.format == "jsonl"
    assert source.warnings == ("a.csv is called .csv but holds jsonl; it is read as jsonl.",)
    assert open_file(desk.write("b.json", "text,label\na,x\nb,y\nc,z\n")).format == "csv"


def test_the_recipes_format_is_taken_as_said(desk):
    path = desk.write("a.txt", "text\tlabel,x\na\tb,y\n")
    assert rows_of(path, format="csv")[0].values == {"text\tlabel": "a\tb", "x": "y"}
    assert rows_of(path, format="tsv")[0].values == {"text": "a", "label,x": "b,y"}


def test_one_broken_first_line_does_not_hide_the_format(desk):
    lines = ['x{"text": "a, b", "label": "c"}', *['{"text": "a, b", "label": "c"}'] * 9]
    source = open_file(desk.write("a.txt", "\n".join(lines)))
    assert source.evidence == ("a.txt: JSON lines (9 of 10 lines are objects).",)
