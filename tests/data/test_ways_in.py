"""Packed files, folders, archives, spreadsheets, mixtures: each is read as the plain file would be."""

import bz2
import gzip
import io
import json
import lzma
import zipfile

import pyarrow as pa
import pytest
from ticket_desk import as_csv, as_jsonl, sentence, ticket_csv

from metier.core import DataError


def archive(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return content.getvalue()


def inputs(prepared):
    return sorted(example.input for example in (*prepared.train, *prepared.validation, *prepared.test))


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_packed_files_are_read_as_the_plain_one(desk, suffix, pack):
    desk.write("plain.csv", ticket_csv())
    desk.write(f"rows.csv.{suffix}", pack(ticket_csv().encode()))
    prepared = desk.prepare(f"rows.csv.{suffix}")
    assert inputs(prepared) == inputs(desk.prepare("plain.csv"))
    assert prepared.summary["sources"][0]["format"] == "csv"
    assert not prepared.summary["warnings"]


def test_zstandard_through_arrow(desk):
    with pa.CompressedOutputStream(str(desk.folder / "rows.jsonl.zst"), "zstd") as output:
        output.write(as_jsonl({"text": sentence(n), "label": "ab"[n % 2]} for n in range(30)).encode())
    prepared = desk.prepare("rows.jsonl.zst")
    assert prepared.summary["rows"] == 30
    assert "in a zstandard archive" in prepared.summary["evidence"][0]


def test_a_damaged_archive_says_so(desk):
    whole = gzip.compress(ticket_csv(400).encode())
    desk.write("cut.csv.gz", whole[: len(whole) // 2])
    problem = desk.problem("cut.csv.gz")
    assert problem.expected == "a whole archive"
    assert problem.remedy == "pack or copy it again"


def test_parquet_and_arrow_in_both_forms(desk):
    rows = pa.Table.from_pylist([{"text": sentence(n), "label": "ab"[n % 2]} for n in range(30)])
    with pa.OSFile(str(desk.folder / "file.arrow"), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    with pa.OSFile(str(desk.folder / "stream.arrow"), "wb") as sink, pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    assert inputs(desk.prepare("file.arrow")) == inputs(desk.prepare("stream.arrow"))
    desk.write("cut.arrow", (desk.folder / "stream.arrow").read_bytes()[:200])
    assert desk.problem("cut.arrow").expected in {"a whole Arrow file", "rows"}


def test_excel_takes_the_first_sheet_with_rows(desk):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "empty"
    sheet = book.create_sheet("tickets")
    sheet.append(["text", "label", "stars"])
    for number in range(30):
        sheet.append([sentence(number), "ab"[number % 2], number % 5])
    book.save(desk.folder / "rows.xlsx")
    prepared = desk.prepare("rows.xlsx")
    assert prepared.summary["rows"] == 30
    assert prepared.task.labels == ("a", "b")
    desk.write("cut.xlsx", (desk.folder / "rows.xlsx").read_bytes()[:900])
    assert desk.problem("cut.xlsx").where == "cut.xlsx"


def test_a_folder_of_documents_has_its_folders_as_labels(desk):
    for number in range(24):
        desk.write(f"mail/{['refund', 'card'][number % 2]}/{number}.txt", sentence(number))
    desk.write("mail/refund/page.html", f"<h1>Hi</h1><p>{sentence(99)}</p><script>no()</script>")
    desk.write("mail/README.md", "not a mail")
    prepared = desk.prepare("mail")
    assert prepared.task.labels == ("card", "refund")
    assert prepared.summary["rows"] == 25
    assert f"Hi\n{sentence(99)}" in inputs(prepared)
    assert "told apart by 'card', 'refund'; not read: 'README.md'" in prepared.summary["evidence"][0]


def test_a_docx_is_its_paragraphs(desk):
    document = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        "<w:p><w:r><w:t>One </w:t></w:r><w:r><w:t>line.</w:t></w:r></w:p><w:p><w:r><w:t>Two.</w:t></w:r></w:p>"
        "</w:body></w:document>"
    )
    for number in range(12):
        desk.write(f"mail/{'ab'[number % 2]}/{number}.txt", sentence(number))
    desk.write("mail/a/letter.docx", archive({"word/document.xml": document}))
    assert "One line.\nTwo." in inputs(desk.prepare("mail"))
    desk.write("mail/a/bad.docx", archive({"word/other.xml": document}))
    assert desk.problem("mail").where == "a/bad.docx"


def test_a_folder_whose_files_say_train_and_test_is_a_given_split(desk):
    desk.write("set/train.csv", ticket_csv(40))
    desk.write("set/test.csv", as_csv([("text", "label"), *[(sentence(500 + n), "card") for n in range(9)]]))
    desk.write("set/categories.json", "[]")
    prepared = desk.prepare("set")
    assert (prepared.summary["split"], prepared.summary["splits"]["test"]) == ("given", 9)


def test_lines_of_several_files_are_told_apart_by_their_names(desk):
    files = {f"set/reviews.{name}": "\n".join(sentence(n + 100 * i) for n in range(12)) for i, name in enumerate("ab")}
    desk.write("set.zip", archive(files))
    prepared = desk.prepare("set.zip", format="lines")
    assert prepared.task.labels == ("a", "b")
    assert prepared.ledger[0].id == "set.zip/set/reviews.a:1"


def test_an_archive_of_one_file_is_that_file(desk):
    desk.write("a.zip", archive({"rows.csv": ticket_csv()}))
    assert desk.prepare("a.zip").summary["rows"] == 30
    desk.write("b.zip", archive({"picture.png": "x"}))
    assert desk.problem("b.zip").got == "'picture.png'"


def test_other_encodings_are_guessed_and_said(desk):
    texts = {
        "cp1252": "Où est ma carte ? Je l’ai déjà demandée à l'été,fr",
        "cp1250": "Proszę o zwrot pieniędzy za źle naliczoną opłatę,pl",
        "cp1251": "Где моя карта? Прошу вернуть деньги,ru",
        "shift_jis": "カードをなくしました。どうすればいいですか,ja",
        "euc_kr": "카드를 잃어버렸습니다. 어떻게 해야 하나요,ko",
        "gb18030": "我的银行卡丢了怎么办?这个问题很大,zh",
    }
    for encoding, text in texts.items():
        rows = "text,label\n" + "".join(f"{n} {text}\n" for n in range(20))
        desk.write("a.csv", rows.encode(encoding))
        seen = desk.inspect("a.csv")
        assert seen.files[0].source.encoding == encoding
        assert any(f"it is read as {encoding}" in warning for warning in seen.warnings)


def test_damaged_utf8_is_not_taken_for_another_encoding(desk):
    good = ("text,label\n" + "café à la crème,a\n" * 20).encode()
    desk.write("a.csv", good + b"caf\xe9,b\n")
    assert desk.problem("a.csv").where == "a.csv, line 22"


def test_a_csv_whose_header_begins_with_a_brace_is_no_json(desk):
    rows = [("{id}", "text", "label"), *[(n, sentence(n), "ab"[n % 2]) for n in range(20)]]
    desk.write("a.csv", as_csv(rows))
    assert desk.inspect("a.csv").files[0].source.format == "csv"
    desk.write("b.csv", as_csv([("[text]", "label"), *[(sentence(n), "ab"[n % 2]) for n in range(20)]]))
    assert desk.inspect("b.csv").files[0].source.format == "csv"
    desk.write("c.json", json.dumps([{"text": sentence(n), "label": "ab"[n % 2]} for n in range(20)]))
    assert desk.inspect("c.json").files[0].source.format == "json"


def test_sources_are_mixed_by_weight_in_train_only(desk):
    desk.write("a.csv", ticket_csv(60))
    rows = [{"body": sentence(900 + n), "label": ["refund", "card", "login"][n % 3]} for n in range(60)]
    desk.write("b.jsonl", as_jsonl(rows))
    parts = [{"path": "a.csv", "weight": 3}, {"path": "b.jsonl", "weight": 1, "rename": {"body": "text"}}]
    prepared = desk.prepare(parts)
    counts = [sum(example.id.startswith(name) for example in prepared.train) for name in ("a.csv", "b.jsonl")]
    assert counts[0] == 3 * counts[1]
    beyond = [row for row in prepared.ledger if row.status == "left_out"]
    assert beyond
    assert all(row.why.startswith("beyond the weight 1 of b.jsonl") for row in beyond)
    assert len(prepared.ledger) == 120


@pytest.mark.parametrize("temperature", [1, 2, 100])
def test_a_temperature_lifts_small_sources(desk, temperature: float):
    desk.write("a.csv", ticket_csv(120))
    rows = [(sentence(900 + n), ["refund", "card", "login"][n % 3]) for n in range(60)]
    desk.write("b.csv", as_csv([("text", "label"), *rows]))

    def counts(**settings):
        found = desk.prepare([{"path": "a.csv"}, {"path": "b.csv"}], **settings).train
        return [sum(example.id.startswith(file) for example in found) for file in ("a.csv", "b.csv")]

    (large, small), (drawn, whole) = counts(), counts(temperature=temperature)
    assert whole == small
    assert drawn == pytest.approx(large * (small / large) ** (1 - 1 / temperature), abs=1)


def test_a_temperature_is_for_sources_without_weights(desk):
    parts = [{"path": "a.csv", "weight": 2}, {"path": "b.csv"}]
    with pytest.raises(ValueError, match="not both"):
        desk.settings(parts, temperature=2)
    with pytest.raises(ValueError, match="several sources"):
        desk.settings("a.csv", temperature=2)


def test_sources_may_each_belong_to_a_split(desk):
    desk.write("a.csv", ticket_csv(40))
    desk.write("b.csv", as_csv([("text", "label"), *[(sentence(500 + n), "card") for n in range(9)]]))
    prepared = desk.prepare([{"path": "a.csv", "split": "train"}, {"path": "b.csv", "split": "test"}])
    assert prepared.summary["splits"]["test"] == 9
    assert desk.problem([{"path": "a.csv"}, {"path": "b.csv", "split": "test"}]).path == "data.examples"


def test_sources_of_different_shapes_are_one_conversation_set(desk):
    talk = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    rows = [
        {"messages": [*talk, {"role": "user", "content": sentence(n)}, {"role": "assistant", "content": "a"}]}
        for n in range(20)
    ]
    desk.write("a.jsonl", as_jsonl(rows))
    desk.write("b.jsonl", as_jsonl({"instruction": sentence(100 + n), "output": "b"} for n in range(20)))
    prepared = desk.prepare([{"path": "a.jsonl"}, {"path": "b.jsonl"}])
    assert (prepared.summary["shape"], prepared.task.kind, len(prepared.ledger)) == ("mixed", "chat", 40)
    desk.write("c.csv", ticket_csv())
    assert "a plain table in 'c.csv'" in desk.problem([{"path": "a.jsonl"}, {"path": "c.csv"}]).got


def test_a_hub_name_is_read_through_datasets(desk):
    pytest.importorskip("datasets")
    desk.write("local/train.csv", ticket_csv(40))
    desk.write("local/test.csv", as_csv([("text", "label"), *[(sentence(500 + n), "card") for n in range(9)]]))
    prepared = desk.prepare(f"hf://{desk.folder}/local")
    assert (prepared.summary["split"], prepared.summary["splits"]["test"]) == ("given", 9)
    with pytest.raises(DataError, match="save the data set as Parquet"):
        desk.prepare(f"hf://{desk.folder}/nothing-there")
