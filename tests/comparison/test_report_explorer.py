"""The explorer: what is packed, and what a reader can do with it in a browser."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from browser import CHROMIUM, Browser
from report_fixture import write_run
from report_page import built
from report_scenes import REPLIES, TICKETS

from metier.comparison.report import build_report, explorer

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
HOSTILE = ("</script><script>window.broken=1</script>", "<img src=x onerror='window.broken=1'>", "javascript:alert(1)")
READY = "document.querySelector('.page:not([hidden]) .view .body .row')"


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "tickets", TICKETS)


def packed(html: str) -> dict[str, Any]:
    found = re.search(r'id="explorer-rows">([^<]*)</script>', html)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def test_every_answer_of_every_approach_is_there(tickets: Path) -> None:
    data = packed(built(tickets)[0])
    rows = pq.read_table(tickets / "data/test.parquet").to_pylist()
    assert data["ids"] == [row["id"] for row in rows]
    assert data["inputs"] == [row["input"] for row in rows]
    assert data["approaches"][0] == "encoder"
    for name, given, sure, score in zip(data["approaches"], data["given"], data["sure"], data["score"], strict=True):
        answers = pq.read_table(tickets / f"approaches/{name}/predictions.parquet").to_pylist()
        assert [data["texts"][place] for place in given] == [row["prediction"] for row in answers]
        assert score == [100 * (row["prediction"] == row["target"]) for row in answers]
        expected = [json.loads(row["scores"]).get(row["prediction"]) for row in answers]
        assert sure == [-1 if share is None else round(100 * share) for share in expected]


def test_slices_cover_fields_and_lengths(tickets: Path) -> None:
    data = packed(built(tickets)[0])
    facets = {facet["name"] or facet["kind"]: facet for facet in data["facets"]}
    assert set(facets) == {"label", "length", "channel", "received", "order"}
    assert facets["channel"]["values"] == ["chat", "letter", "mail"]
    assert len(facets["length"]["values"]) == 4
    channels = [
        json.loads(row["fields"])["channel"] for row in pq.read_table(tickets / "data/test.parquet").to_pylist()
    ]
    assert [facets["channel"]["values"][place] for place in facets["channel"]["of"]] == channels


def test_of_too_many_rows_some_are_taken_evenly(tickets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer.packing, "MOST_ROWS", 100)
    data = packed(built(tickets)[0])
    assert (len(data["ids"]), data["total"]) == (100, TICKETS.rows)
    assert len({len(column) for column in (data["inputs"], data["targets"], *data["given"], *data["score"])}) == 1


def test_passages_stand_once(tmp_path: Path) -> None:
    run = write_run(tmp_path, replace(REPLIES, rows=60))
    path = run / "approaches/lora/predictions.parquet"
    rows = pq.read_table(path).to_pylist()
    contexts = [["The practice opens at eight.", f"Row {index}"] for index in range(len(rows))]
    pq.write_table(pa.Table.from_pylist([row | {"contexts": c} for row, c in zip(rows, contexts, strict=True)]), path)
    data = packed(built(run)[0])
    found = data["contexts"][data["approaches"].index("lora")]
    assert [[data["texts"][place] for place in found[str(row)]] for row in range(60)] == contexts
    assert data["texts"].count("The practice opens at eight.") == 1


def test_without_answers_there_is_no_explorer(tickets: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(tickets, tmp_path / "run"))
    for path in run.glob("approaches/*/predictions.parquet"):
        path.unlink()
    assert "explorer-rows" not in built(run)[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, tickets: Path) -> Browser:
    """The page with its explorer in view."""
    browser.open(build_report(tickets))
    browser.evaluate("document.getElementById('explorer').scrollIntoView({behavior: 'instant'})")
    browser.wait(READY)
    return browser


def choose(browser: Browser, name: str, value: str) -> str:
    """Set a filter; the count that is told then."""
    return browser.evaluate(
        f"(() => {{ const box = document.querySelector('.filters .{name} :is(input, select)'); box.value = "
        f"{json.dumps(value)}; box.dispatchEvent(new Event('input', {{bubbles: true}}));"
        "return document.querySelector('.explorer .count').textContent; })()"
    )


@in_browser
def test_pairs_that_were_mixed_up_lead_to_their_rows(browser: Browser, tickets: Path) -> None:
    """Even before the explorer has been seen and unpacked."""
    browser.open(build_report(tickets))
    times = browser.evaluate("document.querySelector('.look').parentElement.firstChild.textContent")
    pair = browser.evaluate("(({target, given}) => [target, given])(document.querySelector('.look').dataset)")
    browser.evaluate("document.querySelector('.look').click()")
    browser.wait(READY)
    assert browser.evaluate("document.querySelector('.explorer .count').textContent").startswith(f"{times} of ")
    shown = browser.evaluate(
        "[...document.querySelectorAll('.page:not([hidden]) .view .body .row')].map((row) => "
        "[row.children[1].textContent, row.children[2].textContent])"
    )
    assert shown == [pair] * int(times)
    assert browser.complaints == []


@in_browser
def test_page_makes_no_request_and_no_complaint(opened: Browser) -> None:
    assert len(opened.requests) == 1
    assert opened.complaints == []


@in_browser
def test_only_rows_in_view_are_drawn(opened: Browser) -> None:
    assert opened.evaluate("document.querySelectorAll('.view .body .row').length") < 40
    assert opened.evaluate("document.querySelector('.view').getAttribute('aria-rowcount')") == str(TICKETS.rows + 1)


@in_browser
def test_filters_leave_what_they_say(opened: Browser, tickets: Path) -> None:
    data = packed((tickets / "report.html").read_text(encoding="utf-8"))
    rows = range(len(data["ids"]))
    wrong = [row for row in rows if data["score"][0][row] < 100]
    differ = [row for row in rows if len({given[row] for given in data["given"]}) > 1]
    text = [row for row in rows if "gift card" in data["inputs"][row].lower()]
    assert choose(opened, "show", "show_errors").startswith(f"{len(wrong)} of ")
    assert choose(opened, "show", "show_differ").startswith(f"{len(differ)} of ")
    choose(opened, "show", "show_all")
    found = choose(opened, "search", "GIFT card")
    assert int(found.split()[0]) >= len(text) > 0
    choose(opened, "search", "")
    target = data["texts"].index("gift card")
    assert choose(opened, "target", str(target)).startswith(f"{data['targets'].count(target)} of ")
    choose(opened, "target", "")
    channel = next(index for index, facet in enumerate(data["facets"]) if facet["name"] == "channel")
    assert choose(opened, "part", f"{channel}/1").startswith(f"{data['facets'][channel]['of'].count(1)} of ")
    assert choose(opened, "search", "no such words").startswith("No row fits.")


@in_browser
def test_keyboard_moves_through_the_rows_and_shows_them_in_full(opened: Browser, tickets: Path) -> None:
    data = packed((tickets / "report.html").read_text(encoding="utf-8"))
    opened.evaluate("document.querySelector('.view').focus()")
    shown = "document.querySelector('.detail .asked .prose').textContent"
    assert opened.evaluate(shown) == data["inputs"][0]
    opened.press("ArrowDown")
    assert opened.evaluate(shown) == data["inputs"][1]
    opened.press("End")
    assert opened.evaluate(shown) == data["inputs"][-1]
    active = "document.getElementById(document.querySelector('.view').getAttribute('aria-activedescendant'))"
    assert opened.evaluate(f"{active}.getAttribute('aria-selected')") == "true"


@in_browser
def test_language_changes_in_the_page_and_keeps_the_filters(opened: Browser) -> None:
    choose(opened, "show", "show_errors")
    found = opened.evaluate("document.querySelector('.explorer .count').textContent.split(' ')[0]")
    opened.evaluate("document.querySelector('#page-en .speak').click()")
    assert opened.evaluate("document.documentElement.lang") == "zh-Hans"
    assert opened.evaluate("document.getElementById('page-en').hidden")
    opened.wait(READY)
    told = opened.evaluate("document.querySelector('#page-zh .explorer .count').textContent")
    assert told == f"{TICKETS.rows} 行中的 {found} 行"


@in_browser
def test_colours_change_in_the_page(opened: Browser) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = opened.evaluate(paper)
    opened.evaluate("document.querySelector('.theme').click()")
    assert opened.evaluate(paper) != light


@in_browser
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_page_is_never_wider_than_the_window(opened: Browser, width: int) -> None:
    opened.resize(width, 844)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.resize(1280, 1500)


@in_browser
def test_hostile_rows_stay_text(browser: Browser, tickets: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(tickets, tmp_path / "run"))
    for path in (run / "data/test.parquet", *run.glob("approaches/*/predictions.parquet")):
        rows = pq.read_table(path).to_pylist()
        for index, row in enumerate(rows):
            for column in ("input", "target", "prediction"):
                if column in row:
                    row[column] = HOSTILE[index % 3] + row[column]
            if "fields" in row:
                row["fields"] = json.dumps({HOSTILE[0]: HOSTILE[index % 3]})
        pq.write_table(pa.Table.from_pylist(rows), path)
    browser.open(build_report(run))
    browser.evaluate("document.getElementById('explorer').scrollIntoView({behavior: 'instant'})")
    browser.wait(READY)
    for _ in range(3):
        browser.evaluate("document.querySelector('.detail-head button:last-child').click()")
    assert browser.evaluate("document.querySelector('.detail .asked .prose').textContent").startswith(HOSTILE[0])
    assert browser.evaluate("window.broken ?? null") is None
    assert browser.evaluate("document.querySelectorAll('.explorer :is(img, script)').length") == 0
    assert browser.complaints == []
