"""Files as tools and people write them: remarks, titles, missing headers, marks beside the text, columns of JSON."""

import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ticket_desk import as_csv, as_jsonl, sentence, tickets

from metier.data.understanding.columns import by_name


def conll(count, line="{word}\t{tag}\n", before=""):
    """Sentences of four tokens, one of them tagged."""
    blocks = []
    for number in range(count):
        tokens = [("Ana", "B-PER"), ("meets", "O"), (f"Bo{number}", "O"), (sentence(number).split()[0], "O")]
        lines = "".join(line.format(number=i, word=word, tag=tag) for i, (word, tag) in enumerate(tokens, 1))
        blocks.append(before.format(number=number) + lines)
    return "\n".join(blocks)


@pytest.mark.parametrize(
    ("line", "before"),
    [
        ("{word} {tag}\n", "# sentence {number}\n"),
        ("{word} NN {tag}\n", "# text = told by\n# id 4\n"),
        ("{number}\t{word}\t{tag}\n", "# sentence {number}\n"),
        ("{number} {word} X {tag}\n", ""),
    ],
)
def test_conll_with_remarks_and_counted_tokens(desk, line, before):
    desk.write("a.conll", "# by a tool\n-DOCSTART- -X- O O\n\n" + conll(20, line, before))
    seen = desk.inspect("a.conll")
    assert (seen.rows, seen.shape, seen.kind, seen.warnings) == (20, "tagged", "extract", ())
    example = desk.example(desk.prepare("a.conll"), "a.conll:3")
    assert example.input.startswith("Ana meets Bo2 ")
    assert json.loads(example.target) == [{"start": 0, "end": 3, "label": "PER", "text": "Ana"}]


def test_a_number_sign_that_is_a_token_is_no_remark(desk):
    desk.write("a.conll", "".join(f"#\tO\nBerlin{n}\tB-PLACE\n\n" for n in range(12)))
    assert next(iter(desk.prepare("a.conll").train)).input.startswith("# Berlin")


def test_a_first_line_like_the_others_is_a_row(desk):
    rows = [("ham" if n % 3 else "spam", f"{sentence(n)}, really") for n in range(30)]
    desk.write("sms.txt", as_csv(rows, delimiter="\t"))
    seen = desk.inspect("sms.txt")
    assert (seen.rows, seen.input, seen.target) == (30, "column 2", "column 1")
    assert any("the first line is a row like the others" in told for told in seen.evidence)
    assert desk.example(desk.prepare("sms.txt"), "sms.txt:1").input == rows[0][1]
    named = desk.inspect("sms.txt", header=True)
    assert (named.rows, [column.name for column in named.columns]) == (29, list(rows[0]))


def test_a_header_stays_one_though_it_is_a_value_too(desk):
    desk.write("a.csv", as_csv([("text", "other"), *[(sentence(n), ["other", "card"][n % 2]) for n in range(20)]]))
    assert desk.inspect("a.csv").rows == 20
    bare = desk.inspect("a.csv", header=False, input="column 1", target="column 2")
    assert bare.rows == 21


def test_tabs_outweigh_commas_that_every_text_has(desk):
    desk.write("a.txt", "text\tlabel, or so\n" + "".join(f"well, {n} and so on\t{'ab'[n % 2]}\n" for n in range(20)))
    assert [column.name for column in desk.inspect("a.txt").columns] == ["text", "label, or so"]


def test_the_line_that_excel_puts_first_is_no_header(desk):
    desk.write("a.csv", "\ufeffsep=;\r\n" + as_csv([("text", "label"), *tickets(12)], delimiter=";"))
    prepared = desk.prepare("a.csv")
    assert (prepared.summary["rows"], prepared.task.labels) == (12, ("card", "login", "refund"))
    assert desk.example(prepared, "a.csv:1").input == tickets(1)[0][0]


def test_fasttext_lines(desk):
    lines = [f"__label__{label} {text}" for text, label in tickets(20)]
    desk.write("one.txt", "\n".join(lines))
    prepared = desk.prepare("one.txt")
    assert (prepared.task.kind, prepared.task.labels) == ("classify", ("card", "login", "refund"))
    desk.write("more.txt", "\n".join([*lines, f"__label__card __label__late {sentence(99)}", *lines[:0]]))
    several = desk.prepare("more.txt")
    assert several.task.kind == "multilabel"
    assert desk.example(several, "more.txt:21").target == '["card", "late"]'


def brat(count=12):
    files = {}
    for number in range(count):
        text = f"Patient {number} took aspirin.\r\nThen {sentence(number)}.\n"
        place = text.index("aspirin")
        files[f"d{number}.txt"] = text
        files[f"d{number}.ann"] = (
            f"T1\tDrug {place} {place + 7}\taspirin\nT2\tWho 0 7;{place} {place + 3}\tPatient asp\n"
            "R1\tTakes Arg1:T1 Arg2:T2\n#1\tAnnotatorNotes T1\tsure\n"
        )
    return files


def test_brat_texts_with_their_marks_beside_them(desk):
    files = brat()
    for name, content in files.items():
        desk.write(f"notes/{name}", content)
    desk.write("notes/unmarked.txt", "Nobody has looked at this one.")
    seen = desk.inspect("notes")
    assert (seen.rows, seen.kind) == (12, "extract")
    assert any("not read: 'unmarked.txt'" in told for told in seen.evidence)
    example = desk.example(desk.prepare("notes"), "notes:1")
    assert example.input == files["d0.txt"]
    assert [(span["label"], span["text"]) for span in json.loads(example.target)] == [
        *(("Who", "Patient"), ("Who", "asp"), ("Drug", "aspirin"))
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"notes/{name}", content)
    desk.write("notes.zip", packed.getvalue())
    assert desk.inspect("notes.zip").rows == 12


def test_brat_marks_of_another_text_are_told(desk):
    for name, content in brat().items():
        desk.write(f"notes/{name}", content.replace("took", "has taken") if name == "d3.txt" else content)
    problem = desk.problem("notes")
    assert (problem.where, "which has 'aken as'" in problem.expected) == ("d3.ann", True)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda rows: {"text": [t for t, _ in rows], "label": [x for _, x in rows]}, "2 lists of equal length"),
        (
            lambda rows: {
                "text": {str(n): t for n, (t, _) in enumerate(rows)},
                "label": {str(n): x for n, (_, x) in enumerate(rows)},
            },
            "2 objects with the same keys",
        ),
        (lambda rows: {f"t{n}": {"text": t, "label": x} for n, (t, x) in enumerate(rows)}, "24 objects under keys"),
        (lambda rows: {"columns": ["text", "label"], "index": [1], "data": [list(row) for row in rows]}, "are lists"),
    ],
)
def test_json_by_columns_and_by_keys(desk, make, told):
    desk.write("a.json", json.dumps(make(tickets(24))))
    prepared = desk.prepare("a.json")
    assert (prepared.summary["rows"], prepared.task.labels) == (24, ("card", "login", "refund"))
    assert any(told in sentence for sentence in prepared.summary["evidence"])


def test_texts_with_an_object_beside_them(desk):
    rows = [[f"Ana{n} meets Bo in {sentence(n)}", {"entities": [[0, len(f"Ana{n}"), "PER"]]}] for n in range(12)]
    desk.write("a.json", json.dumps(rows))
    prepared = desk.prepare("a.json")
    assert (prepared.task.kind, prepared.task.labels) == ("extract", ("PER",))
    desk.write("b.json", json.dumps([*rows, ["alone"]]))
    assert "element 13 is a list" in desk.problem("b.json").got


def test_class_numbers_get_the_names_that_datasets_left_beside_them(desk):
    features = {
        "label": {"names": ["late", "broken"], "_type": "ClassLabel"},
        "tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "List"},
    }
    told = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    rows = [{"text": sentence(n), "label": n % 2, "tags": [1, 0]} for n in range(12)]
    table = pa.Table.from_pylist(rows).replace_schema_metadata(told)
    pq.write_table(table, desk.folder / "a.parquet")
    with pa.OSFile(str(desk.folder / "a.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    for name in ("a.parquet", "a.arrow"):
        columns = by_name(desk.inspect(name, input="text", target="label").columns)
        assert (columns["label"].choices, columns["tags"].examples) == (("broken", "late"), ("B-PER, O",))


def test_tags_that_are_numbers_are_told_as_such(desk):
    desk.write("a.jsonl", as_jsonl({"tokens": ["Ana", f"x{n}"], "ner_tags": [1, 0]} for n in range(12)))
    assert "tags that are numbers, such as 1; write their names" in desk.problem("a.jsonl").got


def test_xml_is_told_and_not_read_as_a_table(desk):
    desk.write("a.xml", "<rows><row><text>a</text></row>" + "<row><text>b, c</text></row>" * 40 + "</rows>")
    problem = desk.problem("a.xml")
    assert "HTML or XML" in problem.got
    assert "csv or jsonl" in problem.remedy
    assert len(problem.got) < 100


def test_the_table_of_a_workbook_is_found(desk):
    openpyxl = pytest.importorskip("openpyxl", reason="the extra 'excel' is not installed")
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    book.active.append(["What this file is."])
    sheet = book.create_sheet("Cases")
    for row in (["Complaints of 2024"], [], ["text", "label"], *tickets(12)):
        sheet.append(row)
    book.save(desk.folder / "a.xlsx")
    seen = desk.inspect("a.xlsx")
    assert (seen.rows, seen.input, seen.target) == (12, "text", "label")
    (told,) = (sentence for sentence in seen.evidence if "sheet" in sentence)
    assert told == (
        "a.xlsx: its rows are the sheet 'Cases'; its column names are in line 3, 1 line above it left out;"
        " other sheets are not read: 'Read me'."
    )
