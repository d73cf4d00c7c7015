"""The page as a whole: self-contained, well-formed, right in what it says, complete where pieces are missing."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_fixture import write_run
from report_page import built, edit
from report_scenes import BANKING, REPLIES, TICKETS, Scene, Way

from metier.comparison import report
from metier.comparison.report import build_report
from metier.comparison.report.card import card
from metier.comparison.report.reading import read_run
from metier.core import UserError
from metier.core.artifacts import read_json, write_json


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "tickets", TICKETS)


@pytest.fixture
def run(tickets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that a test may spoil; its page is made in one language, which is quicker."""
    monkeypatch.setattr("metier.comparison.report.page.LANGUAGES", {"en": "English"})
    return Path(shutil.copytree(tickets, tmp_path / "run"))


@pytest.mark.parametrize(
    "scene", [TICKETS, BANKING, REPLIES, replace(REPLIES, kind="chat")], ids=lambda s: f"{s.name}-{s.kind}"
)
def test_page_is_whole_and_needs_nothing_else(scene: Scene, tmp_path: Path) -> None:
    run = write_run(tmp_path, scene)
    html, page = built(run)
    assert build_report(run) == run / "report.html"
    assert len(html) < 1_200_000
    assert not re.search(r"(?i)url\(|@import|https?://", html)
    assert set(page.attributes("href")) <= {"data:,", *(f"#{name}" for name in page.attributes("id"))}
    assert not list(page.attributes("src"))
    assert not list(page.attributes("style"))
    ids = list(page.attributes("id"))
    assert len(ids) == len(set(ids))
    assert not [path for path in run.iterdir() if path.name.endswith(".part")]


def test_same_folder_gives_the_same_page(tickets: Path) -> None:
    assert built(tickets)[0] == built(tickets)[0]


def test_verdict_says_what_to_do_and_how_sure_that_is(tickets: Path) -> None:
    words = built(tickets)[1].words()
    assert "Use encoder ." in words
    assert "93.1 %" in words
    assert "95 % interval 91.1–95.1 %" in words
    assert "over tfidf, the best floor, at 80.7 %; interval +9.7 to +15.1" in words
    assert "opened 7 times, once for each approach" in words
    assert "2.6 points" in words


def test_leaderboard_has_every_approach_with_the_reason_of_those_not_measured(tickets: Path) -> None:
    words = built(tickets)[1].words()
    for way in TICKETS.ways:
        assert way.name in words
        assert way.why in words
    assert words.count("tied with best") == 1
    assert "p < 0.001" in words


def test_not_to_fine_tune_is_an_answer_and_said_once(tmp_path: Path) -> None:
    words = built(write_run(tmp_path, REPLIES))[1].words()
    assert "Do not fine-tune. Use few-shot ." in words
    assert words.count("Do not fine-tune.") == 1


def test_ties_are_told_where_the_reason_does_not_name_them(run: Path) -> None:
    edit(run / "leaderboard.json", reason="It is the cheapest.")
    assert "This test set cannot tell encoder apart from lora." in built(run)[1].words()


def test_floor_can_win(run: Path) -> None:
    edit(
        run / "leaderboard.json",
        recommended="tfidf",
        reason="Do not fine-tune. It is as good.",
        ties=["encoder", "tfidf"],
    )
    words = built(run)[1].words()
    assert "Do not fine-tune. Use tfidf ." in words
    assert "tfidf is a floor" in words
    assert "highest" in words
    assert "Gain in points" not in words


def test_floor_that_leads_is_compared_with_what_comes_next(run: Path) -> None:
    board = read_json(run / "leaderboard.json")
    board["floors"].append("encoder")
    write_json(run / "leaderboard.json", board)
    assert "Lead in points +1.0 over lora, the next best, at 92.1 %" in built(run)[1].words()


def test_nothing_can_be_recommended(run: Path) -> None:
    assert "recommended other approach" in built(run)[1].words(), "the legend of the leaderboard"
    edit(run / "leaderboard.json", recommended=None, reason="No approach meets the limits.")
    words = built(run)[1].words()
    assert "recommended other approach" not in words
    assert "other approach floor" in words
    assert "No approach can be recommended. No approach meets the limits." in words
    assert "Where encoder errs" in words


def test_nothing_finished(tmp_path: Path) -> None:
    ways = tuple(Way(way.name, status="failed", why="It broke.") for way in TICKETS.ways)
    words = built(write_run(tmp_path, replace(TICKETS, ways=ways, recommended=None, reason="", ties=())))[1].words()
    assert "No approach finished." in words
    assert words.count("It broke.") >= len(ways)


PIECES = (
    "run.json",
    "recipe.yaml",
    "data",
    "data/data.json",
    "data/ledger.parquet",
    "data/openings.jsonl",
    "data/test.parquet",
    "approaches",
    "approaches/encoder",
    "approaches/encoder/record.json",
    "approaches/encoder/predictions.parquet",
    "approaches/lora/predictions.parquet",
)


@pytest.mark.parametrize("piece", PIECES)
def test_missing_piece_leaves_its_section_out(run: Path, piece: str) -> None:
    path = run / piece
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    words = built(run)[1].words()
    assert "Use encoder ." in words
    assert "files are damaged" not in words


@pytest.mark.parametrize("piece", [piece for piece in PIECES if "." in piece and not piece.endswith("yaml")])
def test_damaged_piece_is_left_out_and_named(run: Path, piece: str) -> None:
    (run / piece).write_bytes(b"{\x00 no")
    assert f"Left out, because the files are damaged: {piece}." in built(run)[1].words()


def test_without_leaderboard_there_is_no_report(run: Path) -> None:
    (run / "report.html").unlink(missing_ok=True)
    (run / "leaderboard.json").unlink()
    with pytest.raises(UserError, match=r"no leaderboard\.json"):
        build_report(run)
    (run / "leaderboard.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        build_report(run)
    assert not (run / "report.html").exists()


def test_leaderboard_with_only_its_approaches_is_enough(tmp_path: Path) -> None:
    write_json(tmp_path / "leaderboard.json", {"approaches": [{"name": "a"}]})
    assert "No approach finished." in built(tmp_path)[1].words()


def test_every_picture_has_words_or_is_hidden(tickets: Path) -> None:
    _, page = built(tickets)
    depth_free = [attrs for tag, attrs in page.seen if tag == "svg" and "place" not in (attrs.get("class") or "")]
    assert len(depth_free) > 30
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") == "true" for attrs in depth_free)


def test_every_figure_has_its_table(tickets: Path) -> None:
    html, _ = built(tickets)
    figures = re.findall(r"<figure>.*?</figure>", html, re.DOTALL)
    assert len(figures) == 2 * 17
    # The matrix has its table beside it: the pairs that were mixed up, and the scores of each label.
    assert all("<table" in figure or 'class="chart matrix"' in figure for figure in figures)


def test_headings_are_in_order(tickets: Path) -> None:
    english = built(tickets)[0].partition('id="page-zh"')[0]
    levels = [int(tag) for tag in re.findall(r"<h([1-6])[ >]", english)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_errors_are_the_surest_first_with_what_the_rival_said(tickets: Path) -> None:
    words = built(tickets)[1].words()
    sure = [int(value) for value in re.findall(r"(\d+) % sure", words)]
    assert len(sure) == 25
    assert sure == sorted(sure, reverse=True)
    assert "lora is wrong on" in words


def test_long_texts_are_shortened_but_there(run: Path) -> None:
    rows = pq.read_table(run / "data/test.parquet").to_pylist()
    pq.write_table(pa.Table.from_pylist([row | {"input": "word " * 4000} for row in rows]), run / "data/test.parquet")
    html, page = built(run)
    assert "further characters not shown" in page.words()
    assert len(html) < 1_200_000


def test_openings_are_counted_by_approach(run: Path) -> None:
    lines = [json.dumps({"time": "2026-03-14T10:00:00+00:00", "by": name}) for name in ("lora", "lora", "encoder")]
    (run / "data/openings.jsonl").write_text("\n".join(lines))
    words = built(run)[1].words()
    assert "opened 3 times, for 2 approaches" in words
    assert "The test set was opened more than once for lora." in words


def test_test_rows_that_groups_tie_together_say_so(run: Path) -> None:
    assert "groups" not in built(run)[1].words().partition("opened 7 times")[0]
    edit(run / "leaderboard.json", test_groups=31)
    assert "examples of 31 groups; opened 7 times" in built(run)[1].words()
    assert " examples of 31 groups." in card(read_run(run))


def test_openings_for_curves_are_counted_apart(run: Path) -> None:
    names = ("lora", "encoder", "lora on 20 rows, seed 0", "lora on 20 rows, seed 1", "comparison of runs")
    (run / "data/openings.jsonl").write_text("\n".join(json.dumps({"by": name}) for name in names))
    words = built(run)[1].words()
    assert "opened twice, once for each approach; twice for learning curves, which choose nothing; once for" in words
    assert "more than once" not in words


def test_answers_of_another_form_are_counted(run: Path) -> None:
    path = run / "approaches/encoder/predictions.parquet"
    rows = pq.read_table(path).to_pylist()
    pq.write_table(pa.Table.from_pylist([row | {"unparseable": n < 17} for n, row in enumerate(rows)]), path)
    words = built(run)[1].words()
    assert "Answers of another form" in words
    assert re.search(r"encoder 2,156 .{0,80}\b17\b", words)


def test_a_test_set_too_small_for_any_difference_is_told_as_that_and_not_by_a_figure(run: Path) -> None:
    edit(run / "leaderboard.json", resolvable_gap=2.8)
    words = built(run)[1].words()
    assert "too few test rows to tell approaches apart" in words
    assert "differences that this test set can tell apart" not in words
    assert "280" not in words.split("Resolvable gap")[1][:60]


def test_a_panel_says_why_it_was_chosen(run: Path) -> None:
    assert "Why these were compared" not in built(run)[1].words()
    write_json(run / "panel.json", {"chosen": [{"name": "encoder", "why": "cheap & quick"}], "left_out": []})
    words = built(run)[1].words()
    assert "Why these were compared" in words
    assert "encoder cheap & quick" in words


def test_prices_are_shown_where_they_are_known(run: Path) -> None:
    assert "Quality and price" not in built(run)[1].words()
    board = read_json(run / "leaderboard.json")
    for index, item in enumerate(board["approaches"]):
        item["cost_per_1000"] = 0.02 * 3**index if item["status"] == "done" else None
    write_json(run / "leaderboard.json", board)
    words = built(run)[1].words()
    assert "Quality and price" in words
    assert "1,000 answers cost" in words


def test_speed_tokens_and_gpu_memory_stand_in_the_table_of_all_figures(run: Path) -> None:
    words = built(run)[1].words()
    assert "Answers a second all test rows" in words
    assert "62 58 + 4" in words
    assert "GPU memory" in words
    board = read_json(run / "leaderboard.json")
    for item in board["approaches"]:
        item["gpu_memory_mb"] = None
    write_json(run / "leaderboard.json", board)
    assert "GPU memory" not in built(run)[1].words()


@pytest.mark.parametrize(("currency", "told"), [("EUR", "0.25 EUR"), ("", "0.25 at the prices")])
def test_money_has_its_currency(run: Path, currency: str, told: str) -> None:
    board = read_json(run / "leaderboard.json")
    for item in board["approaches"]:
        item["cost_per_1000"] = 0.25 if item["status"] == "done" else None
    write_json(run / "leaderboard.json", board | {"currency": currency, "limits": {"cost_per_1000": 2}})
    words = built(run)[1].words()
    assert told in words
    assert f"1,000 answers {currency}".strip() in words
    assert f"cost of 1,000 answers, {currency}".removesuffix(", ") in words
    assert f"Limits to keep: cost of 1,000 answers 2 {currency}".strip() in words
    card = (run / "card.md").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert f"| 1,000 answers | 0.25 {currency}".strip() in card


def test_conditions_are_told_in_words_and_a_volume_is_no_limit(run: Path) -> None:
    limits = {"no_gpu": True, "readers_differ": False, "minutes": 30, "queries_per_month": 10_000}
    edit(run / "leaderboard.json", limits=limits)
    words = built(run)[1].words().replace("\u00a0", " ")
    assert (
        "Limits to keep: no GPU, time of the whole run 30 min. The choice reckons with 10,000 queries a month." in words
    )


def test_verdict_says_what_is_recommended(run: Path) -> None:
    board = read_json(run / "leaderboard.json")
    for item in board["approaches"]:
        item["summary"] = "Floor: the answer of <b>3</b> rows."
    write_json(run / "leaderboard.json", board)
    assert "encoder : The answer of <b>3</b> rows." in built(run)[1].words()


def test_choice_is_told_step_by_step_with_what_it_is_worth(run: Path) -> None:
    words = built(run)[1].words()
    assert "Not significantly worse than encoder, the best of these" in words
    assert "tfidf significantly worse" in words
    assert "its figure flatters by about 0.3 points. On new rows expect about 92.8 %." in words
    assert "tfidf macro-F1 80.7 % encoder macro-F1 93.1 % 12,400 answers device seconds" in words
    edit(run / "leaderboard.json", trace=None, selection=None, break_even=None)
    assert "How the choice was made" not in built(run)[1].words()


def test_steps_that_had_nothing_to_decide_are_told_in_a_line(run: Path) -> None:
    steps = [
        {
            "rule": "Fast",
            "kept": ["encoder", "lora", "tfidf"],
            "dropped": [{"name": "few-shot", "why": "few-shot takes 671 ms."}],
        },
        {"rule": "Runs without a GPU", "kept": ["encoder", "lora", "tfidf"], "dropped": []},
        {
            "rule": "Not worse",
            "kept": ["encoder"],
            "dropped": [{"name": "lora", "why": "x"}, {"name": "tfidf", "why": "x"}],
        },
        {"rule": "Cheapest", "kept": ["encoder"], "dropped": []},
        {"rule": "Best", "kept": ["encoder"], "dropped": []},
    ]
    edit(run / "leaderboard.json", trace=steps)
    words = built(run)[1].words()
    assert "Fast few-shot takes 671 ms. Remaining: encoder , lora , tfidf" in words  # the name once
    assert "Runs without a GPU All 3 approaches pass." in words
    assert words.count("Remaining:") == 2
    assert "The further steps had nothing left to decide: Cheapest ; Best ." in words


def test_how_sure_approaches_are_begins_with_the_recommended_one_and_folds_many_away(run: Path) -> None:
    html = built(run)[0].partition('id="calibration"')[2].partition("</section>")[0]
    shown, _, folded = html.partition("The other ")
    names = re.findall(r'<h3><bdi class="name">([^<]+)', shown)
    assert len(names) == 3
    assert names[0] == "encoder"
    assert re.findall(r'<h3><bdi class="name">', folded)


def test_what_could_not_be_used_names_those_alone_that_had_trouble(run: Path) -> None:
    words = built(run)[1].words()
    assert "5 approaches used all rows whole." in words
    for name in ("lora", "encoder"):
        (run / "approaches" / name / "predictions.parquet").unlink()
        (run / "approaches" / name / "record.json").unlink()
    (run / "data" / "ledger.parquet").unlink()
    assert "Nothing: every approach used all its rows whole." in built(run)[1].words()


COLOURS = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
TEXT, GROUND = ("ink", "soft", "muted", "accent", "contrast"), ("paper", "wash", "accent-wash", "contrast-wash")


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("sheet", ["page.css", "dark.css"])
def test_text_stands_out_from_its_ground_as_wcag_asks(sheet: str) -> None:
    path = Path(report.__file__).parent / "style" / sheet
    colours = dict(COLOURS.findall(path.read_text(encoding="utf-8")))
    for text in TEXT:
        for ground in GROUND:
            light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (sheet, text, ground)
