"""Assembles the page: reads the run, fills the templates, writes one file that needs nothing else.

The page's content security policy allows its own style sheets and its own script by their hashes, and nothing more:
nothing is loaded from anywhere, and text that came from data could not run even if it were not escaped.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from jinja2 import BaseLoader, FunctionLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from metier.comparison import wording
from metier.comparison.report import sections
from metier.comparison.report.charts import legend_mark
from metier.comparison.report.reading import Run, read_run
from metier.core.artifacts import write_text

_FOLDER = files("metier.comparison.report")
_FILTERS = (
    wording.amount,
    wording.capital,
    wording.count,
    wording.listing,
    wording.megabytes,
    wording.metric,
    wording.milliseconds,
    wording.moment,
    wording.money,
    wording.p_value,
    wording.percent,
    wording.plural,
    wording.points,
    wording.seconds,
    wording.shortened,
    wording.signed,
    wording.span,
)
_CONTROLS = {code: "\ufffd" for code in (*range(32), 127) if chr(code) not in "\n\t"}
"""Characters that must not stand in HTML."""


def build_report(run: Path) -> Path:
    """Write ``report.html`` into a run folder, from what the folder holds; an older one is replaced.

    Args:
        run: the folder of a finished run.

    Returns:
        The path of the page.

    Raises:
        UserError: the folder has no readable ``leaderboard.json``.
    """
    target = run / "report.html"
    write_text(target, page(read_run(run)))
    return target


def page(run: Run) -> str:
    """The whole page as HTML."""
    environment = _environment()
    light = _asset("style/page.css") + _asset("style/print.css")
    dark, script = _asset("style/dark.css"), _asset("script.js")
    html = environment.get_template("page.html.j2").render(
        run=run,
        board=run.board,
        light=light,
        dark=dark,
        script=script,
        policy=_policy((light, dark), script),
        verdict=sections.verdict.view(run),
        standings=sections.standings.view(run),
        tradeoffs=sections.tradeoffs.view(run),
        training=sections.training.view(run),
        labels=sections.labels.view(run),
        texts=sections.texts.view(run),
        mistakes=sections.mistakes.view(run),
        data=sections.data.view(run),
        method=sections.method.view(run),
        glossary=sections.glossary.view(run),
    )
    # A lone surrogate, which JSON can hold, has no UTF-8.
    return html.translate(_CONTROLS).encode(errors="replace").decode()


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=_loader(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    cast(dict[str, Any], environment.filters).update({function.__name__: function for function in _FILTERS})
    cast(dict[str, Any], environment.globals)["legend_mark"] = legend_mark
    return environment


def _loader() -> BaseLoader:
    return FunctionLoader(lambda name: _FOLDER.joinpath("templates", name).read_text(encoding="utf-8"))


def _asset(name: str) -> Markup:
    """A file of the package that is part of the page as it is."""
    return Markup(_FOLDER.joinpath(name).read_text(encoding="utf-8"))


def _policy(styles: tuple[str, ...], script: str) -> str:
    allowed = " ".join(_hash(style) for style in styles)
    return (
        f"default-src 'none'; style-src {allowed}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
