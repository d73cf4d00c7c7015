"""How long a large report takes to open: ``python benchmarks/report_opening.py [--rows 20000] [--keep FOLDER]``.

An invented run of 20,000 test rows, 77 labels and eight approaches (``tests/comparison/report_fixture.py``) becomes a
page, and a headless Chromium opens it from the disk five times, each time with a profile of its own. Figures: size of
the page and CPU time of making it; until something is painted and until the page has loaded; until the explorer, asked
for at once, has unpacked all answers and drawn its first rows; a search in all rows; a jump to the last row; and what
the page asked the network for. Medians, with the slowest. The goal: loaded in under a second, and no request.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "comparison"))

from browser import CHROMIUM, Browser
from report_fixture import write_run
from report_scenes import BANKING, Way

from metier.comparison.report import build_report

ROUNDS = 5
EIGHTH = Way("full", 0.915, 95.0, 900.0, 910.0, 1500.0, 270.0, 22_713_216, 22_713_216, epochs=4, summary="Full.")
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now()"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
SHOW = "document.getElementById('explorer').scrollIntoView({behavior: 'instant'}); window.asked = performance.now(); 1"
READY = "document.querySelector('.view .body .row')"
SEARCH = """(() => {
  const box = document.querySelector('.filters input'), from = performance.now();
  box.value = 'order 47 please'; box.dispatchEvent(new Event('input', {bubbles: true}));
  return performance.now() - from;
})()"""
JUMP = """(() => {
  const box = document.querySelector('.filters input'), from = performance.now();
  box.value = ''; box.dispatchEvent(new Event('input', {bubbles: true}));
  const view = document.querySelector('.view');
  view.dispatchEvent(new KeyboardEvent('keydown', {key: 'End', bubbles: true}));
  return performance.now() - from;
})()"""
ROWS_DRAWN = "document.querySelectorAll('.view .body .row').length"


def cpu(browser: Browser) -> float:
    """Milliseconds of processor time of the page's main thread so far: what a busy machine does not stretch."""
    metrics = {item["name"]: item["value"] for item in browser.call("Performance.getMetrics")["metrics"]}
    return 1000 * metrics["TaskDuration"]


def one_opening(page: Path) -> dict[str, float]:
    """Milliseconds of one visit by a browser that has seen nothing before."""
    with Browser() as browser:
        browser.call("Performance.enable", timeDomain="threadTicks")
        browser.open(page)
        found = {
            "painted": browser.evaluate(PAINTED),
            "loaded": browser.evaluate(LOADED),
            "CPU until loaded": cpu(browser),
        }
        browser.evaluate(SHOW)
        browser.wait(READY)
        found["CPU until the explorer is ready"] = cpu(browser)
        found["explorer ready"] = browser.evaluate("performance.now() - window.asked")
        found["first search"] = browser.evaluate(SEARCH)
        found["all rows again, to the last"] = browser.evaluate(JUMP)
        found["rows drawn"] = browser.evaluate(ROWS_DRAWN)
        found["requests"] = len(browser.requests) - 1
        assert not browser.complaints, browser.complaints
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("no Chromium on this machine")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        run = write_run(folder, replace(BANKING, rows=options.rows, ways=(*BANKING.ways, EIGHTH)))
        began = time.process_time()
        page = build_report(run)
        print(f"made in {time.process_time() - began:.1f} s of CPU; {page.stat().st_size / 1e6:.2f} MB")
        visits = [one_opening(page) for _ in range(ROUNDS)]
    print(f"{'':<32} {'median':>9} {'slowest':>9}")
    for name in visits[0]:
        values = [visit[name] for visit in visits]
        unit = "" if name in ("rows drawn", "requests") else " ms"
        print(f"{name:<32} {statistics.median(values):9,.0f} {max(values):9,.0f}{unit}")


if __name__ == "__main__":
    main()
