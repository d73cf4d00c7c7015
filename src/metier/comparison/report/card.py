"""``card.md``: what an adapted model's reader must know, in Hugging Face's model-card form, filled from the run.

The front matter is YAML that the hub understands (``base_model``, ``pipeline_tag``, ``model-index`` with the measured
values); the text is Markdown. What the run does not know is left out, heading and all: a card has no empty places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from metier.comparison import wording
from metier.comparison.document_changes import sentences
from metier.comparison.report import figures
from metier.comparison.report.reading import Approach, Run
from metier.comparison.report.reading.answers import task_form
from metier.comparison.report.reading.values import mapping, text
from metier.comparison.report.sections.weaknesses import slice_name

_TASKS = {
    "classify": "text-classification",
    "multilabel": "text-classification",
    "regress": "text-classification",
    "extract": "token-classification",
    "generate": "text-generation",
    "chat": "text-generation",
    "continue": "text-generation",
    "rank": "text-ranking",
}
_HUB_METRICS = {
    "macro_f1": "f1",
    "micro_f1": "f1",
    "weighted_f1": "f1",
    "token_f1": "f1",
    "accuracy": "accuracy",
    "exact_match": "exact_match",
    "rouge_1": "rouge",
    "rouge_2": "rouge",
    "rouge_l": "rouge",
    "chrf": "chrf",
    "bleu": "bleu",
    "mcc": "matthews_correlation",
    "auroc": "roc_auc",
    "brier": "brier_score",
}
_BUNDLED = {
    "builtin": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "builtin-encoder": "sentence-transformers/all-MiniLM-L6-v2",
}
_MOST = 12
"""At most so many weak labels, slices and warnings of each kind."""
_WEAK = 0.5
"""Labels of which fewer are found than this share are named."""


def card(run: Run) -> str:
    """The card of the recommended approach, else of the best; empty where no approach finished."""
    subject = run.subject
    if subject is None:
        return ""
    parts = [
        ("Model details", _details(run, subject)),
        ("Intended use", _use(run)),
        ("How to use", _how(run, subject)),
        ("Training data", _data(run, subject)),
        ("Evaluation", _evaluation(run, subject)),
        ("Limitations and risks", _limitations(run)),
        ("Privacy", _privacy(subject)),
        ("Costs", _costs(subject, run.board.currency)),
        ("How it was made", _made(run)),
    ]
    record = run.records.get(subject.name)
    summary = (record.summary if record else "") or subject.summary
    lines = [f"# {_plain(run.board.run or 'Run')}: {_plain(subject.name)}", *(["", _plain(summary)] if summary else [])]
    for title, body in parts:
        if body:
            lines += ["", f"## {title}", "", *body]
    return f"---\n{_front(run, subject)}---\n\n" + "\n".join(lines) + "\n"


def _front(run: Run, subject: Approach) -> str:
    base = base_model(run, subject)
    task = _TASKS.get(run.board.kind)
    method = _method(run, subject)
    known: dict[str, Any] = {
        "library_name": "peft" if method == "lora" else "metier",
        "pipeline_tag": task,
        "base_model": base,
        "base_model_relation": {"lora": "adapter", "full": "finetune"}.get(method) if base else None,
        "tags": ["metier", *([method] if method else [])],
        "metrics": list(dict.fromkeys(_HUB_METRICS.get(name, name) for name in subject.metrics)),
    }
    if task:
        known["model-index"] = [_index(run, subject, task)]
    return yaml.safe_dump(
        {key: value for key, value in known.items() if value}, sort_keys=False, allow_unicode=True, width=120
    )


def _index(run: Run, subject: Approach, task: str) -> dict[str, Any]:
    files = ", ".join(source.file for source in run.data.sources)
    name = run.board.run or "run"
    return {
        "name": f"{name}: {subject.name}",
        "results": [
            {
                "task": {"type": task},
                "dataset": {"name": f"{files or name}, sealed test set", "type": name, "split": "test"},
                "metrics": [
                    {
                        "type": _HUB_METRICS.get(metric, metric),
                        "name": wording.metric(metric),
                        "value": round(score.value, 4),
                    }
                    for metric, score in subject.metrics.items()
                ],
            }
        ],
    }


def base_model(run: Run, subject: Approach) -> str | None:
    """The base model as the hub knows it; None for an approach without one, or where it is a folder."""
    record = run.records.get(subject.name)
    recipe = _recipe(run)
    own = text(mapping(record.settings).get("model")) if record else ""
    if run.is_floor(subject):
        name = text(recipe.get("embedder")) if subject.name == "nearest" else ""
    else:
        name = own or text(recipe.get("model"))
    if name in _BUNDLED:
        return _BUNDLED[name]
    parts = name.split("/")
    return name if len(parts) == 2 and all(parts) and not name.startswith((".", "~")) else None


def _method(run: Run, subject: Approach) -> str:
    """How weights were made; empty where none were."""
    record = run.records.get(subject.name)
    return text(mapping(mapping(record.settings).get("weights")).get("method")) if record else ""


def _recipe(run: Run) -> dict[str, Any]:
    try:
        return mapping(yaml.safe_load(run.provenance.recipe))
    except yaml.YAMLError:
        return {}


def _details(run: Run, subject: Approach) -> list[str]:
    costs, base = subject.costs, base_model(run, subject)
    rows = [
        ("Approach", f"`{subject.name}`"),
        ("Base model", base or ""),
        ("Fine-tuning method", _method(run, subject)),
        ("Parameters", wording.amount(costs.total_parameters) if costs.total_parameters else ""),
        ("Trained parameters", wording.amount(costs.trainable_parameters) if costs.trainable_parameters else ""),
        ("Size on disk", wording.megabytes(costs.disk_mb) if costs.disk_mb else ""),
    ]
    record = run.records.get(subject.name)
    notes = [f"- {_plain(note)}" for note in record.notes] if record else []
    return _table(("", ""), [row for row in rows if row[1]]) + ([""] if notes else []) + notes


def _use(run: Run) -> list[str]:
    lines = [f"> {_plain(run.board.instruction)}"] if run.board.instruction else []
    if run.board.labels:
        names = ", ".join(f"`{_plain(label)}`" for label in run.board.labels)
        form, number = task_form(run.board.kind), len(run.board.labels)
        told = f"one of {number} labels, whatever it is asked" if form.chooses else f"{form.title}, of {number} labels"
        lines += ["", f"It answers with {told}: {names}."]
    if lines:
        lines += ["", "It was measured on rows like those it was made from; on other texts its quality is unknown."]
    return lines


def _how(run: Run, subject: Approach) -> list[str]:
    lines = ["```bash", f'metier predict runs/{run.board.run or "NAME"} {subject.name} --text "..."', "```"]
    if _method(run, subject):
        lines += ["", f"`approaches/{subject.name}/weights` loads with plain transformers and PEFT, too."]
    return lines


def _data(run: Run, subject: Approach) -> list[str]:
    room = run.data
    lines: list[str] = []
    for source in room.sources:
        rows = f": {wording.plural(source.rows, 'row')}" if source.rows else ""
        lines.append(f"- `{source.file}`{rows}{f', SHA-256 `{source.sha256}`' if source.sha256 else ''}")
    if room.splits:
        splits = ", ".join(f"{name} {count:,}" for name, count in room.splits.items())
        lines.append(f"- Kept rows by split: {splits}.")
    dropped = {status: sum(row.values()) for status, row in room.totals.items() if status != "kept"}
    if rest := ", ".join(f"{status.replace('_', ' ')} {count:,}" for status, count in dropped.items() if count):
        lines.append(f"- Left out: {rest}.")
    record = run.records.get(subject.name)
    if record and record.trained_examples:
        lines.append(f"- Learnt from {wording.plural(record.trained_examples, 'row')}.")
    return lines


def _evaluation(run: Run, subject: Approach) -> list[str]:
    level, size = f"{100 * run.board.confidence:g}% interval", run.board.test_size
    groups = f" of {wording.plural(run.board.test_groups, 'group')}" if run.board.test_groups else ""
    lines = [f"On a sealed test set of {wording.plural(size, 'example')}{groups}.", ""] if size else []
    lines += _table(
        ("Metric", "Value", level),
        [
            (wording.metric(name), f"{score.value:.3f}", f"{score.low:.3f} to {score.high:.3f}")
            for name, score in subject.metrics.items()
        ],
    )
    if len(run.finished) > 1:
        lines += ["", "All approaches of the comparison, best first:", ""]
        lines += _table(
            ("Approach", wording.metric(run.board.primary), level, "One answer (median)"),
            [
                (
                    f"`{item.name}`" + (" (this one)" if item is subject else ""),
                    f"{run.quality(item).value:.3f}",
                    f"{run.quality(item).low:.3f} to {run.quality(item).high:.3f}",
                    wording.milliseconds(item.costs.latency_p50_ms),
                )
                for item in run.finished
            ],
        )
    if run.board.reason:
        lines += ["", _plain(run.board.reason)]
    return lines


def _limitations(run: Run) -> list[str]:
    lines: list[str] = []
    if run.board.resolvable_gap is not None:
        gap = run.board.resolvable_gap
        told = f"Differences smaller than about {figures.size(gap)} cannot be seen with this test set."
        if figures.resolves_nothing(gap):
            told = "This test set cannot tell approaches apart: more rows are needed."
        lines.append(f"- {told}")
    if run.weaknesses:
        for found in run.weaknesses.than_elsewhere[:_MOST]:
            score, other = wording.percent(found.score), wording.percent(found.other)
            name = f"{slice_name(found.facet)} {found.value}"
            lines.append(f"- Weaker where {_plain(name)}: {score} against {other} elsewhere ({found.number:,} rows).")
    weak = [score for score in (run.analysis.scores if run.analysis else ()) if score.support and score.recall < _WEAK]
    for score in sorted(weak, key=lambda score: score.recall)[:_MOST]:
        share = wording.percent(score.recall, 0)
        lines.append(f"- Finds only {share} of the {score.support:,} test rows of `{_plain(score.label)}`.")
    table = run.reliabilities.get(run.subject.name) if run.subject else None
    if table and not table.calibrated:
        how = "more" if table.sure > 0 else "less"
        error = wording.percent(table.ece)
        lines.append(f"- It is {how} sure than it is right (expected calibration error {error}).")
    changed = sentences(run.subject.name, run.subject.documents_changed) if run.subject else []
    lines += [f"- {_plain(said)}" for said in changed]
    lines += [f"- {_plain(warning)}" for warning in run.data.warnings[:_MOST]]
    return lines


def _privacy(subject: Approach) -> list[str]:
    lines: list[str] = []
    if subject.rows_in_weights:
        rows = wording.plural(subject.rows_in_weights, "training row")
        lines.append(f"- Fitted to {rows}: what is in weights cannot be taken out row by row, and may be repeated.")
    if subject.rows_in_prompts:
        lines.append(f"- Up to {wording.plural(subject.rows_in_prompts, 'training row')} may be shown in its prompts.")
    return lines


def _costs(subject: Approach, currency: str) -> list[str]:
    costs = subject.costs
    rows = [
        ("One answer, median", wording.milliseconds(costs.latency_p50_ms), costs.latency_p50_ms),
        ("One answer, 95 of 100 within", wording.milliseconds(costs.latency_p95_ms), costs.latency_p95_ms),
        ("Memory while answering", wording.megabytes(costs.peak_memory_mb), costs.peak_memory_mb),
        ("Time to build", wording.seconds(costs.build_seconds), costs.build_seconds),
        ("Of that, training", wording.seconds(costs.train_seconds), costs.train_seconds),
        ("1,000 answers", wording.money(costs.cost_per_1000, currency), costs.cost_per_1000),
    ]
    known = [(name, told) for name, told, value in rows if value]
    return _table(("", ""), known) if known else []


def _made(run: Run) -> list[str]:
    origin = run.provenance
    lines = [f"- Command: `{_plain(origin.command)}`"] if origin.command else []
    if origin.machine:
        lines.append("- Machine: " + _pairs(origin.machine.items()))
    if origin.versions:
        lines.append("- Versions: " + _pairs(origin.versions.items()))
    if origin.recipe:
        lines.append("- Recipe: `recipe.yaml` in the run folder")
    return lines


def _pairs(items: Iterable[tuple[str, Any]]) -> str:
    return ", ".join(f"{_plain(str(name)).replace('_', ' ')} {_plain(str(value))}" for name, value in items)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines] if rows else []


def _plain(words: str) -> str:
    """Text of others on one line, in which nothing is HTML."""
    return " ".join(words.split()).replace("<", "&lt;")
