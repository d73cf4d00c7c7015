"""promptsource's templates (Bach et al. 2022, arXiv 2202.01279): question and answer in one text, ``|||`` between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from metier.core import Problem, UserError
from metier.data.templating.sandbox import RefusedTemplateError, Renderer, compile_template
from metier.data.templating.template import BETWEEN, Template, Variable

_CHOICES = "answer_choices"
_METRICS = {
    "accuracy": "accuracy",
    "auc": "auroc",
    "bleu": "bleu",
    "coqa f1": "token_f1",
    "edit distance": "edit_distance",
    "mean reciprocal rank": "mrr",
    "rouge": "rouge_l",
    "squad": "token_f1",
    "trivia qa": "token_f1",
}
"""Names of metrics there to names here; others are passed over."""


def promptsource_templates(content: Mapping[str, Any], path: Path) -> dict[str, Template]:
    """All templates of a file that can be rendered safely, by name.

    Raises:
        UserError: there is none; says what is wrong with each.
    """
    entries: Any = content["templates"]
    if not isinstance(entries, dict):
        raise UserError([_problem(path, f"a {type(entries).__name__} under templates")])
    found: dict[str, Template] = {}
    problems: list[Problem] = []
    for key, entry in cast("dict[Any, Any]", entries).items():
        try:
            template = _template(str(key), entry)
        except RefusedTemplateError as error:
            problems.append(_problem(path, f"{_name(str(key), entry)!r}: {error}"))
        else:
            found[template.name] = template
    if not found:
        raise UserError(problems or [_problem(path, "no template")])
    return found


def _name(key: str, entry: Any) -> str:
    name: Any = cast("dict[str, Any]", entry).get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) and name else key


def _template(key: str, entry: Any) -> Template:
    if not isinstance(entry, dict) or not isinstance(cast("dict[str, Any]", entry).get("jinja"), str):
        raise RefusedTemplateError("it has no text under jinja")
    fields = cast("dict[str, Any]", entry)
    text: str = fields["jinja"]
    if BETWEEN not in text:
        raise RefusedTemplateError(f"it has no {BETWEEN} between question and answer")
    whole = compile_template(text)
    choices = _choices(fields.get(_CHOICES))
    names = (whole.names | (choices.names if choices else frozenset())) - {_CHOICES}
    fixed = tuple(part.strip() for part in choices.render({}).split(BETWEEN)) if choices and not choices.names else ()
    metadata: Any = fields.get("metadata")
    about = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
    return Template(
        name=_name(key, fields),
        title=str(fields.get("reference") or ""),
        kind="classify" if fixed else "generate",
        variables=tuple(Variable(name=name) for name in sorted(names)),
        input=whole,
        target=None,
        answer_choices=fixed,
        choices=choices if choices and choices.names else None,
        metrics=tuple(dict.fromkeys(_metrics(about.get("metrics")))),
        languages=tuple(str(one) for one in _list(about.get("languages"))),
    )


def _choices(text: Any) -> Renderer | None:
    return compile_template(text) if isinstance(text, str) and text.strip() else None


def _metrics(value: Any) -> list[str]:
    return [_METRICS[str(name).lower()] for name in _list(value) if str(name).lower() in _METRICS]


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _problem(path: Path, got: str) -> Problem:
    expected = "promptsource templates that can be rendered safely"
    return Problem(where=str(path), expected=expected, got=got, remedy="rewrite it without this")
