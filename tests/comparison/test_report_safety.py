"""Whatever stands in the data, the page stays a page: nothing runs, nothing is loaded, nothing outside is read."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_fixture import write_run
from report_page import built, edit
from report_scenes import TICKETS

from metier.core.artifacts import read_json, write_json

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><script>alert(2)</script>",
    '"><img src=x onerror=alert(3)>',
    "{{ 7777*7 }}",
)


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "tickets", TICKETS)


@pytest.fixture
def run(tickets: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(tickets, tmp_path / "run"))


def test_policy_allows_exactly_what_the_page_holds(tickets: Path) -> None:
    html, page = built(tickets)
    policy = next(attrs["content"] or "" for tag, attrs in page.seen if attrs.get("http-equiv"))
    held = re.findall(r"<(?:style[^>]*|script)>(.*?)</(?:style|script)>", html, re.DOTALL)
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in held}
    assert set(re.findall(r"'sha256-[^']+'", policy)) == hashes
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_data_never_becomes_markup(text: str, tmp_path: Path) -> None:
    safe_name = text.replace("/", "∕")
    labels = tuple(f"{label} {text}" if index < 3 else label for index, label in enumerate(TICKETS.labels))
    ways = tuple(
        replace(way, name=f"{way.name} {safe_name}", summary=text, why=way.why and text) for way in TICKETS.ways
    )
    name = f"encoder {safe_name}"
    scene = replace(TICKETS, name=text, labels=labels, ways=ways, recommended=name, reason=text, instruction=text)
    run = write_run(tmp_path, replace(scene, ties=(f"lora {safe_name}",), limits={text: text}))
    edit(run / "run.json", command=text, machine={text: text}, versions={text: text}, inputs={text: text})
    edit(run / "data/data.json", evidence=[text], warnings=[text], totals={text: {"": 3}}, columns={text: text})
    (run / "recipe.yaml").write_text(text)
    examples = pq.read_table(run / "data/test.parquet").to_pylist()
    for row in examples:
        row["input"] = text + row["input"] + text
    pq.write_table(pa.Table.from_pylist(examples), run / "data/test.parquet")
    html, page = built(run)
    assert html.count("</style>") == 2
    assert html.count("<script>") == 2
    assert html.count("<script") == html.count("</script>") == 4
    assert "<img" not in html
    assert not [name for _, attrs in page.seen for name in attrs if name.startswith("on")]
    assert text in page.words()
    assert "54439" not in html


def test_characters_that_html_cannot_hold_are_replaced(run: Path) -> None:
    (run / "leaderboard.json").write_text(
        (run / "leaderboard.json").read_text().replace("Decide what", r"Decide \u0000\u001b\ud800 what"),
        encoding="utf-8",
    )
    html, _ = built(run)
    assert "\0" not in html
    assert "\x1b" not in html
    assert "Decide" in html


def test_name_that_leaves_the_folder_is_not_followed(run: Path, tmp_path: Path) -> None:
    write_json(tmp_path / "secret/record.json", {"summary": "a secret"})
    board = read_json(run / "leaderboard.json")
    board["approaches"][0]["name"] = "../../secret"
    write_json(run / "leaderboard.json", board)
    assert "a secret" not in built(run)[0]
