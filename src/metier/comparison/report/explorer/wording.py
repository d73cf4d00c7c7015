"""What the explorer says, in both languages, for its script."""

from __future__ import annotations

import json

from markupsafe import Markup

from metier.comparison.report.language import LANGUAGES, speaking, tell

_MESSAGES = {
    "loading": "Unpacking the answers …",
    "too_old": "This browser cannot unpack the answers; a newer one can. They stand in the run folder, too.",
    "found": "{n} of {all} rows",
    "sample": "{n} of the {all} test rows are here, taken at even distances.",
    "none": "No row fits. Clear a filter.",
    "search": "Text",
    "search_hint": "words of the row or an answer",
    "of": "Approach",
    "show": "Show",
    "show_all": "all rows",
    "show_errors": "its errors",
    "show_alone": "only it errs",
    "show_differ": "where approaches differ",
    "show_all_wrong": "where all err",
    "target": "Right answer",
    "given": "Its answer",
    "part": "Slice",
    "any": "any",
    "order": "Order",
    "order_file": "as in the file",
    "order_sure": "surest first",
    "order_unsure": "least sure first",
    "order_worst": "worst first",
    "order_long": "longest first",
    "clear": "Clear",
    "length": "length in characters",
    "turns": "earlier turns",
    "row": "Row",
    "input": "Input",
    "right": "right",
    "wrong": "wrong",
    "missing": "no answer",
    "sure": "{n} % sure",
    "scored": "{n} %",
    "contexts": "Passages it was given",
    "table": "Answers of all approaches",
    "detail": "The chosen row",
    "help": "Arrow keys move through the rows; the chosen one is shown in full below.",
    "previous": "Previous",
    "next": "Next",
}
"""By the names that the script knows them by; the script fills in ``{n}`` and ``{all}``."""


def words() -> Markup:
    """The messages by language, as JSON that may stand in a script element."""
    told: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        with speaking(language):
            told[language] = {name: tell(message.replace("%", "%%")) for name, message in _MESSAGES.items()}
    return Markup(json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))
