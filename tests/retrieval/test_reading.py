"""Loaders and collections: what becomes of each kind of file, and who may read it."""

from pathlib import Path

import pytest
from tests.retrieval import hostile

from metier.core import DataError, Document
from metier.retrieval import collect, fingerprint
from metier.retrieval.reading import LOADERS
from metier.retrieval.reading.parsed import loader_for


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def only(folder: Path, **settings: str) -> Document:
    collected = collect(folder, readers_key=settings.get("readers_key"))
    assert collected.left_out == ()
    (document,) = collected.documents
    return document


def test_markdown_has_its_title_and_readers_in_front(tmp_path: Path) -> None:
    write(tmp_path, hr__leave_md="---\ntitle: Leave\nreaders: [hr, board]\n---\n# Days off\nThirty.")
    document = only(tmp_path)
    assert (document.id, document.title, document.readers) == ("hr/leave.md", "Leave", ("hr", "board"))
    assert document.text == "# Days off\nThirty."


def test_markdown_without_front_matter_is_called_by_its_first_heading(tmp_path: Path) -> None:
    assert only(write(tmp_path, a_md="\ufeffintro\r\n# Days off #\r\nThirty.")).title == "Days off"


def test_plain_text_has_no_headings(tmp_path: Path) -> None:
    document = only(write(tmp_path, notes_txt="first\n# not a heading"))
    assert (document.title, document.text) == ("notes", "first\n\\# not a heading")


def test_html_is_what_a_reader_sees(tmp_path: Path) -> None:
    page = """<html><head><title>Days &amp; hours</title>
    <meta name="readers" content="hr; board"><script>x</script></head>
    <body><nav>Home</nav><h2>Open</h2><p>Every <b>day</b>,<br>nine to five.</p><ul><li>not<li>Sundays</ul>
    <table><tr><th>Day</th><td>Monday</td></tr></table><!-- hidden --></body></html>"""
    document = only(write(tmp_path, page_html=page))
    assert (document.title, document.readers) == ("Days & hours", ("hr", "board"))
    assert document.text.startswith("## Open\n\nEvery day,\nnine to five.\n\n- not\n- Sundays")
    assert "Day | Monday" in document.text
    assert not {"Home", "hidden", "x"} & set(document.text.split())


def test_pages_without_an_end_of_their_head_and_pages_that_are_a_form_are_read(tmp_path: Path) -> None:
    page = """<html><head><title>Desk</title><script>var p = "<p>no</p>"</script>
    <body><form action="/"><h1>Opening</h1><p># of desks: <select><option>four</select><button>Send</button>five
    <textarea>mine</textarea></form>"""
    document = only(write(tmp_path, page_html=page))
    assert (document.title, document.text) == ("Desk", "# Opening\n\n\\# of desks: five")


def test_code_of_a_page_keeps_its_lines_and_is_no_heading(tmp_path: Path) -> None:
    page = "<h2>Start</h2><pre># first\n  run --all\t#1</pre><p>Then wait."
    assert only(write(tmp_path, page_html=page)).text == "## Start\n\n```\n# first\n  run --all #1\n```\n\nThen wait."


def test_a_row_of_a_page_is_a_line_and_a_table_that_lays_it_out_none(tmp_path: Path) -> None:
    rows = "<table><tr><th>Day<th>Open<tr><td><p>Mon</p><td><ul><li>nine</ul></table>"
    page = f"<table><tr><td><h1>Hours</h1><p>Here:{rows}</td></tr></table>"
    assert only(write(tmp_path, page_html=page)).text == "# Hours\n\nHere:\n\nDay | Open\nMon | - nine"


def test_rows_with_an_id_of_their_own_are_called_by_it(tmp_path: Path) -> None:
    write(tmp_path, prices_csv="sku,ID,text\n1,ab-1,four\n2,ab-2,one\n,,\n", twice_csv="id,text\n1,a\n1,b\n")
    found = collect(tmp_path).documents
    assert [d.id for d in found] == ["prices.csv#ab-1", "prices.csv#ab-2", "twice.csv#1", "twice.csv#2"]
    assert [d.title for d in found] == ["prices ab-1", "prices ab-2", "twice", "twice"]


def test_every_row_of_a_table_is_a_document(tmp_path: Path) -> None:
    table = "question;answer;team\nHow long?;Two days;support\nHow much?;;\n;;support\n"
    found = collect(write(tmp_path, faq_csv=table), readers_key="team").documents
    assert [(d.id, d.title, d.readers) for d in found] == [
        ("faq.csv#1", "How long?", ("support",)),
        ("faq.csv#2", "How much?", ()),
    ]
    assert found[0].text == "question: How long?\nanswer: Two days"


def test_word_documents_keep_headings_and_tables(tmp_path: Path) -> None:
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>Leave</w:t></w:r></w:p>'
    cell = "<w:tc>{}</w:tc>".format
    row = f"<w:tr>{cell(hostile.paragraph('Day'))}{cell(hostile.paragraph('Monday'))}</w:tr>"
    deleted = "<w:p><w:r><w:delText>gone</w:delText></w:r></w:p>"
    body = heading + hostile.paragraph("Thirty days &amp; nights") + f"<w:tbl>{row}</w:tbl>" + deleted
    document = only(write(tmp_path, leave_docx=hostile.docx(body)))
    assert document.text == "## Leave\n\nThirty days & nights\n\nDay | Monday"


def test_text_boxes_of_word_are_read_once(tmp_path: Path) -> None:
    boxed = f"<w:txbxContent>{hostile.paragraph('Boxed')}</w:txbxContent>"
    box = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice>{boxed}</mc:Choice><mc:Fallback>{boxed}</mc:Fallback></mc:AlternateContent>"
    )
    body = f"<w:p><w:r><w:t>Outer</w:t></w:r><w:r>{box}</w:r><w:r><w:t> text</w:t></w:r></w:p>"
    assert only(write(tmp_path, box_docx=hostile.docx(body))).text == "Outer text\n\nBoxed"


def test_pdfs_give_their_text(tmp_path: Path) -> None:
    assert only(write(tmp_path, a_pdf=hostile.text_pdf("Thirty days"))).text == "Thirty days"


def test_utf16_is_read_by_its_mark(tmp_path: Path) -> None:
    assert only(write(tmp_path, a_txt="Müller".encode("utf-16"))).text == "Müller"


def test_every_loader_has_a_test_here() -> None:
    assert set(LOADERS.names()) == {"csv", "docx", "html", "md", "pdf", "txt"}
    assert [loader_for(name) for name in ("A.HTM", "b.markdown", "c.tsv", "d", "e.exe")] == [
        "html",
        "md",
        "csv",
        None,
        None,
    ]


def test_what_says_nothing_is_everybodys_unless_readers_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path, a_md="says nothing", b_md="---\nreaders: hr\n---\nsays so")
    assert [d.readers for d in collect(tmp_path).documents] == [None, ("hr",)]
    assert [d.readers for d in collect(tmp_path, readers_key="readers").documents] == [(), ("hr",)]


def test_the_owners_file_of_readers_stands_above_what_documents_say(tmp_path: Path) -> None:
    write(tmp_path, hr__a_md="---\nreaders: '*'\n---\nsays everybody", b_md="text", open__c_md="text")
    (tmp_path / "readers.yaml").write_text("hr/*: [hr]\nopen/*: '*'\n")
    found = collect(tmp_path)
    assert found.restricted
    assert {d.id: d.readers for d in found.documents} == {"hr/a.md": ("hr",), "b.md": (), "open/c.md": ("*",)}
    assert found.left_out == ()


@pytest.mark.parametrize("content", ["- a\n", "a: {b: c}", "[", "a: [[]]", "\0"])
def test_a_broken_file_of_readers_stops_everything(tmp_path: Path, content: str) -> None:
    write(tmp_path, a_md="text")
    (tmp_path / "readers.yaml").write_text(content)
    with pytest.raises(DataError, match=r"readers\.yaml"):
        collect(tmp_path)


def test_hidden_files_are_no_documents_and_a_file_can_be_a_collection(tmp_path: Path) -> None:
    write(tmp_path, **{".git__config_md": "x", "a_md": "text"})
    assert only(tmp_path).id == "a.md"
    assert only(tmp_path / "a.md").id == "a.md"


def test_a_folder_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, handbook__a_md="x")
    with pytest.raises(DataError, match="did you mean 'handbook'"):
        collect(tmp_path / "hanbook")


def test_the_fingerprint_follows_names_contents_and_readers(tmp_path: Path) -> None:
    seen = {fingerprint(write(tmp_path, a_md="x"))}
    seen.add(fingerprint(write(tmp_path, a_md="y")))
    seen.add(fingerprint(write(tmp_path, b_md="y")))
    (tmp_path / "readers.yaml").write_text("'*': hr")
    seen.add(fingerprint(tmp_path))
    assert len(seen) == 4
    assert fingerprint(tmp_path) in seen
