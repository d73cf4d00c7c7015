"""Assembles the page: reads the run, fills the templates, writes one file that needs nothing else.

The page's content security policy allows its own style sheets and its own scripts by their hashes, and nothing more:
nothing is loaded from anywhere, and text that came from data could not run even if it were not escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from jinja2 import BaseLoader, FunctionLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from metier.comparison import wording
from metier.comparison.lock import writing
from metier.comparison.report import explorer, figures, phrases, sections
from metier.comparison.report.card import card
from metier.comparison.report.charts import legend_mark
from metier.comparison.report.language import LANGUAGES, Language, at, gettext, is_foreign, speaking, translated
from metier.comparison.report.reading import Run, read_run
from metier.core.artifacts import write_text

_FOLDER = files("metier.comparison.report")
_FILTERS = (
    wording.amount,
    wording.capital,
    wording.count,
    wording.energy,
    wording.megabytes,
    wording.milliseconds,
    wording.money,
    wording.number,
    wording.p_value,
    wording.percent,
    wording.seconds,
    wording.shortened,
    wording.signed,
    wording.span,
    figures.change,
    figures.figure,
    figures.figure_span,
    figures.metric_figure,
    figures.metric_span,
    phrases.listing,
    phrases.metric,
    phrases.moment,
    phrases.plural,
    phrases.points,
)
_CONTROLS = {code: "\ufffd" for code in (*range(32), 127) if chr(code) not in "\n\t"}
"""Characters that must not stand in HTML."""


def build_report(run: Path) -> Path:
    """Write ``report.html`` and ``card.md`` into a run folder, from what the folder holds; older ones are replaced.

    Args:
        run: the folder of a finished run.

    Returns:
        The path of the page.

    Raises:
        UserError: the folder has no readable ``leaderboard.json``, or cannot be written to.
    """
    target, content = run / "report.html", read_run(run)
    there = "; the page of the run is there" if target.is_file() else ""
    with (
        figures.measured_by(content.board.primary, content.board.units),
        writing(run, remedy=f"copy the folder to make its page anew{there}"),
    ):
        write_text(target, page(content))
        if text := card(content):
            write_text(run / "card.md", _writable(text))
    return target


def page(run: Run) -> str:
    """The whole page as HTML, in both languages."""
    environment = make_environment()
    light = _asset("style/page.css") + _asset("style/explorer.css") + _asset("style/print.css")
    dark = _asset("style/dark.css")
    packed = explorer.packed(run)
    scripts = [_asset("scripts/switches.js"), *([_asset("scripts/explorer.js")] if packed else [])]
    html = environment.get_template("page.html.j2").render(
        board=run.board,
        light=light,
        dark=dark,
        scripts=scripts,
        policy=_policy((light, dark), scripts),
        bodies=[(language, _body(environment, run, language, explored=bool(packed))) for language in LANGUAGES],
        packed=packed,
        words=explorer.words() if packed else "",
    )
    return _writable(html)


def _writable(text: str) -> str:
    """Without control characters, and without lone surrogates, which JSON can hold but UTF-8 cannot."""
    return text.translate(_CONTROLS).encode(errors="replace").decode()


def _body(environment: SandboxedEnvironment, run: Run, language: Language, *, explored: bool) -> Markup:
    """Everything between head and foot, in one language."""
    with speaking(language):
        views = {section.__name__.rpartition(".")[2]: section.view(run) for section in sections.SECTIONS}
        text = environment.get_template("body.html.j2").render(
            run=run, board=run.board, language=language, languages=LANGUAGES, explored=explored, **views
        )
    return Markup(text)


@cache
def make_environment() -> SandboxedEnvironment:
    """The templates with their filters, speaking the current language."""
    environment = SandboxedEnvironment(
        loader=_loader(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    extended = cast(Any, environment)
    extended.install_gettext_callables(gettext, _ngettext, newstyle=True)
    environment.policies["ext.i18n.trimmed"] = True
    extended.filters.update({function.__name__: function for function in _FILTERS}, told=gettext, translated=translated)
    extended.globals.update(legend_mark=legend_mark, at=at, is_foreign=is_foreign)
    return environment


def _ngettext(one: str, many: str, number: int) -> str:
    return gettext(one if number == 1 else many)


def _loader() -> BaseLoader:
    return FunctionLoader(lambda name: _FOLDER.joinpath("templates", name).read_text(encoding="utf-8"))


def _asset(name: str) -> Markup:
    """A file of the package that is part of the page as it is."""
    return Markup(_FOLDER.joinpath(name).read_text(encoding="utf-8"))


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    held, run = (" ".join(_hash(text) for text in texts) for texts in (styles, scripts))
    return f"default-src 'none'; style-src {held}; script-src {run}; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
