"""Learning curves on the page."""

import json
import re
import shutil
from pathlib import Path

import pytest
from report_curves import write_curves
from report_fixture import write_run
from report_page import built, edit
from report_scenes import TICKETS

from metier.comparison.report.charts import growth
from metier.core.artifacts import read_json
from metier.evaluation import CurvePoint, LawPoint


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "grown", TICKETS)


def test_each_curve_says_whether_more_labels_help(run: Path) -> None:
    html, page = built(run)
    words = page.words()
    assert "nested parts of the training rows, twice for each size" in words
    forecast = read_json(run / "curves.json")["curves"][0]["forecast"]
    gain = f"{100 * forecast['gain']:.1f}"
    assert re.search(rf"Learning curve of encoder: More labels \w+ help: 4,312 rows should bring {gain} points", words)
    assert "No forecast: that needs 4 sizes at least, and there are 3." in words
    assert re.search(
        r"No forecast: (between 67 and 2,156 rows nothing was gained|with [\d,]+ rows it did worse)", words
    )
    assert html.count('class="law-band"') == 2  # one curve, two languages
    assert html.count("curve grown bare") == 4


def test_the_verdict_tells_of_the_recommended_approach_alone(run: Path) -> None:
    cautions = built(run)[0].split('class="facts"')[0]
    assert "Learning curve of encoder" in cautions
    assert "Learning curve of lora" not in cautions


def test_without_a_curve_of_its_own_it_tells_of_the_best_one_that_has_one(run: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(run, tmp_path / "run"))
    curves = [curve for curve in read_json(other / "curves.json")["curves"] if curve["approach"] != "encoder"]
    edit(other / "curves.json", curves=curves[::-1])
    cautions = built(other)[0].split('class="facts"')[0]
    assert "Learning curve of lora" in cautions
    assert "Learning curve of tfidf" not in cautions


def test_a_measure_that_is_no_share_keeps_its_unit(run: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(run, tmp_path / "run"))
    edit(other / "leaderboard.json", units={"macro_f1": "bits a byte"})
    html, page = built(other)
    assert re.search(r"4,312 rows should bring [\d.]+ bits a byte \([\d.]+ to [\d.]+\)", page.words())
    section = html.partition('<section id="growth"')[2].partition("</section>")[0]
    assert "law-band" in section
    assert "%" not in section.partition("95")[2].partition("%")[2]  # but the level of the intervals
    assert "points (" not in section


def test_without_curves_there_is_no_section(run: Path) -> None:
    (run / "curves.json").unlink()
    words = built(run)[1].words()
    write_curves(run)
    assert "Whether more labels would help" not in words


@pytest.mark.parametrize(
    "broken", ["{", "[]", '{"curves": 3}', '{"curves": [{"approach": "x", "points": [{"rows": 3}]}]}']
)
def test_damaged_curves_are_left_out(run: Path, broken: str) -> None:
    (run / "curves.json").write_text(broken)
    words = built(run)[1].words()
    write_curves(run)
    assert "Whether more labels would help" not in words


def test_a_refusal_of_another_kind_is_passed_over(run: Path) -> None:
    curves = read_json(run / "curves.json")["curves"]
    edit(run / "curves.json", curves=[{**curves[1], "refused": {"kind": "else"}}])
    words = built(run)[1].words()
    write_curves(run)
    assert "Whether more labels would help" in words
    assert "No forecast" not in words


def test_the_law_is_broken_where_nothing_was_measured() -> None:
    points = [CurvePoint(rows=n, value=v, low=v - 0.02, high=v + 0.02, seeds=(v,)) for n, v in ((50, 0.6), (100, 0.7))]
    law = [LawPoint(rows=n, value=v, low=v - 0.1, high=v + 0.1) for n, v in ((50, 0.6), (100, 0.7), (200, 0.78))]
    drawn = growth(points, law, quality='<b>"', title="t")
    known, beyond = re.findall(r'points="([^"]+)" class="curve grown(?: beyond)?"', drawn)
    assert known.split()[-1] == beyond.split()[0]
    assert len(beyond.split()) == 2
    assert "50 rows, 60.0\u202f%, interval 58.0–62.0\u202f%" in drawn
    assert [size for size in ("50", "100", "200") if f">{size}<" in drawn] == ["50", "100", "200"]
    assert "<b>" not in drawn
    assert growth(points[:1], [], quality="F1", title="t").count("<circle") == 2


def test_no_number_is_lost_between_file_and_page(run: Path) -> None:
    words = built(run)[1].words()
    for curve in json.loads((run / "curves.json").read_text())["curves"]:
        for point in curve["points"]:
            assert " ".join(f"{100 * value:.1f}" for value in point["seeds"]) in words
