"""The audit's findings on the page: grave ones first, with what to do; in both languages; nothing where nothing ran."""

from pathlib import Path
from typing import Any

from report_fixture import write_run
from report_page import built
from report_scenes import TICKETS

from metier.core.artifacts import read_json, write_json

FINDINGS: list[dict[str, Any]] = [
    {
        "id": "balance.rare",
        "severity": "note",
        "title": "Labels with fewer than 8 training rows",
        "count": 5,
        "rows": ["tickets.csv:3"],
        "samples": ["gift card (5)"],
        "remedy": "add rows of these labels",
        "fix": "",
    },
    {
        "id": "personal.email",
        "severity": "warning",
        "title": "E-mail <b>addresses</b>",
        "count": 1234,
        "rows": ["tickets.csv:9", "tickets.csv:10"],
        "samples": ["tickets.csv:9: …ann***"],
        "remedy": "keep them out of prompts and weights",
        "fix": "data.personal=mask",
    },
]


def page_with(folder: Path, findings: Any) -> Any:
    run = write_run(folder, TICKETS)
    stored = read_json(run / "data/data.json")
    write_json(run / "data/data.json", {**stored, "findings": findings} if findings is not None else stored)
    return built(run)


def test_findings_stand_on_the_page_the_grave_ones_first(tmp_path: Path) -> None:
    html, page = page_with(tmp_path, FINDINGS)
    words = page.words("en")
    assert "2 findings. Nothing was changed" in words
    assert words.index("E-mail <b>addresses</b>") < words.index("Labels with fewer than 8 training rows")
    assert "1,234" in words
    assert "data.personal=mask" in words
    assert "<b>addresses</b>" not in html
    assert "数据中值得一看之处" in page.words("zh")
    assert html.count('href="#audit"') == 1


def test_a_clean_audit_says_so_and_no_audit_says_nothing(tmp_path: Path) -> None:
    assert "The audit of the data found nothing." in page_with(tmp_path / "clean", [])[1].words("en")
    assert 'href="#audit"' not in page_with(tmp_path / "none", None)[0]


def test_damaged_findings_do_not_damage_the_page(tmp_path: Path) -> None:
    assert "What deserves a look in the data" in page_with(tmp_path, [{"count": "x", "rows": 3}, 7])[1].words("en")


def test_rows_that_say_the_same_stand_beside_nearly_equal_ones(tmp_path: Path) -> None:
    run = write_run(tmp_path / "some", TICKETS)
    stored = read_json(run / "data/data.json")
    assert "say the same in other words" not in built(run)[1].words("en")
    write_json(run / "data/data.json", {**stored, "paraphrases": {"likeness": 0.95, "clusters": 4, "rows": 9}})
    assert "9 rows in 4 groups of texts that say the same in other words." in built(run)[1].words("en")
    write_json(run / "data/data.json", {**stored, "paraphrases": {"likeness": 0.95, "clusters": 0, "rows": 0}})
    assert "No texts say the same in other words." in built(run)[1].words("en")
