"""Every message of the page: those that stand in templates and code, and those that come up while pages are made.

As a program it prints what ``languages/zh.json`` lacks and what it holds in vain.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path

import metier
from metier.approaches.heads import HEADS
from metier.comparison import report, wording
from metier.comparison.report.explorer import wording as explorer_wording
from metier.comparison.report.language import catalogue
from metier.comparison.report.page import make_environment
from metier.comparison.report.sections import audit, data, glossary, method, retrieval, standings, tradeoffs
from metier.core.tasks import FORMS
from metier.data.auditing.detectors import languages, personal
from metier.data.auditing.personal import KINDS
from metier.data.understanding.shapes import SHAPES
from metier.evaluation import METRICS

FOLDER = Path(report.__file__).parent
_SPEAKERS = {"tell", "gettext"}
_SENTENCES = {"Said", "counted"}
"""What makes sentences that remember their message, in any room."""
UNITS = ("device seconds", "money")
COLUMNS = ("input", "parts", "target", "flags", "group", "split", "template")
SEPARATORS = ("comma", "tab", "semicolon", "pipe")
SPLITS = ("stratified", "random", "group", "time", "hash", "given")
QUANTILES = ("min", "median", "max")
BADGES = ("recommended", "highest", "tied with best", "floor", "documents changed since")
STATUSES = ("done", "failed", "not applicable", "not run", *BADGES)


def messages() -> set[str]:
    """All of them, in English."""
    parts = (_in_templates(), _in_code(), said(), _in_tables())
    return {message for part in parts for message in part if message.strip()}


def _in_templates() -> Iterable[str]:
    environment = make_environment()
    for path in sorted((FOLDER / "templates").glob("*.j2")):
        source = path.read_text(encoding="utf-8")
        for _, _, message in environment.extract_translations(source):
            yield from (message,) if isinstance(message, str) else filter(None, message)
        yield from re.findall(r'\| plural\("([^"]+)"', source)


def _in_code() -> Iterable[str]:
    """What is handed to ``tell``, there or through a name given in the same function, and the nouns of ``plural``."""
    for path in sorted(FOLDER.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                yield from _told_in(function)
            if isinstance(function, ast.Call) and ast.unparse(function.func) == "plural" and len(function.args) > 1:
                yield from _texts(function.args[1])


def said(*files: str) -> set[str]:
    """Messages of the sentences that a run writes: what is handed to ``Said``, there or by a name in the same file.

    Args:
        files: of ``comparison`` that are looked at; without any all of the package.
    """
    found: set[str] = set()
    package = Path(metier.__file__).parent
    for path in [package / "comparison" / name for name in files] or sorted(package.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "Said(" in source or "counted(" in source:
            module = ast.parse(source)
            functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
            found |= {message for part in (module, *functions) for message in _told_in(part, _SENTENCES)}
    return found


def _told_in(function: ast.FunctionDef | ast.Module, speakers: set[str] = _SPEAKERS) -> Iterable[str]:
    names: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in speakers:
            for told in node.args[1:] if node.func.id == "counted" else node.args[:1]:
                names |= {name.id for name in ast.walk(told) if isinstance(name, ast.Name)}
                yield from _texts(told)
    # Of a module its own names alone: those in functions are theirs.
    for node in function.body if isinstance(function, ast.Module) else ast.walk(function):
        if isinstance(node, ast.Assign):
            targets = {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
            if targets & names:
                yield from _texts(node.value)


def _texts(node: ast.expr) -> Iterable[str]:
    """The texts that an expression may come to; not those inside calls, which are made of others."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Tuple):
        for part in node.elts:
            yield from _texts(part)
    elif isinstance(node, ast.Dict):
        for part in node.values:
            yield from _texts(part)


def _in_tables() -> Iterable[str]:
    """Tables of messages, which come up one by one."""
    for term in (*glossary._ALWAYS, *glossary._METRICS.values(), glossary._RECALL, glossary._LOSS):
        yield from term
    for name, meaning in (data._MEANINGS | audit._MEANINGS).items():
        yield from (name.replace("_", " "), meaning)
    yield from ("train", "validation", "test", *STATUSES)
    yield from (message.replace("%", "%%") for message in explorer_wording._MESSAGES.values())
    yield from map(wording.metric, METRICS.names())
    yield from (*(word for word, _ in standings._LIMITS.values()), *standings._CONDITIONS.values())
    yield from (part for way in standings._WAYS.values() for part in {way, way.partition(",")[0]})
    yield from (*retrieval._COLUMNS.values(), *retrieval.PARTS.values())
    yield from (FORMS.get(name).title for name in FORMS.names())
    yield from (HEADS.get(name).summary for name in HEADS.names())
    yield from (f"a different {FORMS.get(name).noun}" for name in FORMS.names())
    yield from (*UNITS, *COLUMNS, *QUANTILES, "mean", "median", "Floor: ")
    yield from (*method.PARTS, *method.MACHINE.values())
    yield from (kind[0].upper() + kind[1:] for kind in personal._IDS)
    yield from KINDS
    for name in SHAPES.names():
        yield from (SHAPES.get(name).title, SHAPES.get(name).signature)
    yield from (*SEPARATORS, *SPLITS, "held-out questions", "the context use")
    yield from (*languages._SCRIPTS, *languages._SMALL_WORDS)
    for cost in tradeoffs._COSTS:
        yield from (cost.title, cost.finding, cost.name)


if __name__ == "__main__":
    wanted, held = messages(), set(catalogue())
    print(json.dumps(sorted(wanted - held), indent=0, ensure_ascii=False))
    print("in vain:", sorted(held - wanted))
