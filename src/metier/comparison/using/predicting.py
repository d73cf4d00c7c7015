"""Answers for new rows with a System of a finished run."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TextIO

from metier import approaches, data
from metier.approaches import Resources, System, Writer
from metier.comparison.recipe import recipe_of
from metier.comparison.resources import resources_for
from metier.comparison.using.new_rows import NewRows
from metier.comparison.using.wholeness import reading, using
from metier.core import Example, Prediction, Problem, Reporter, Silent, TaskKind, UnknownNameError, UserError
from metier.core.artifacts import read_json, write_text
from metier.core.names import suggestion
from metier.core.tasks import form_of


def predict(
    run: Path,
    *,
    approach: str | None = None,
    texts: Sequence[str] = (),
    file: Path | None = None,
    lines: Iterable[str] | None = None,
    asker: Sequence[str] = (),
    out: Path | None = None,
    form: Literal["jsonl", "csv"] | None = None,
) -> list[Prediction]:
    """Answer texts, a file's rows or a pipe's lines, and write the answers.

    Args:
        run: folder of a run.
        approach: its name. None: the recommended one, else the best.
        texts: texts to answer.
        file: rows to answer; ``.txt`` has a text a line, other files are read as training data is.
        lines: text or JSON rows, one a line.
        asker: names of the person who asks and of their groups. Empty: nobody in particular, who may see only what
            everybody may see.
        out: where answers go. None: standard output.
        form: None: by the name of ``out``, else ``jsonl``.

    Raises:
        UserError: no such run, approach or file, or nothing to answer.
    """
    check_run(run)
    if out is not None and out.is_dir():
        expected, remedy = "a file for the answers", f"name one in it: --out {out / 'answers.jsonl'}"
        raise UserError([Problem(where=str(out), expected=expected, got="a folder", remedy=remedy)])
    name = choose_approach(run, approach)
    with reading(run):
        rows, kind = NewRows(run), _kind(run)
    examples = rows.texts(texts) + (rows.file(file) if file else []) + (rows.lines(lines) if lines else [])
    if not examples:
        raise UserError(
            [
                Problem(
                    where="metier predict",
                    expected="texts to answer",
                    got="nothing",
                    remedy='give --text "...", --file ROWS.csv, or pipe lines into it',
                )
            ]
        )
    if asker:
        examples = [replace(example, readers=tuple(asker)) for example in examples]
    system = load_system(run, name)
    predictions = system.go_on(examples) if isinstance(system, Writer) else system.predict(examples)
    chosen = form or ("csv" if out and out.suffix == ".csv" else "jsonl")
    text = _as_csv(examples, predictions) if chosen == "csv" else _as_jsonl(examples, predictions, kind)
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)
        print(f"{len(predictions)} answers by {name} in {out}", file=sys.stderr)
    return predictions


def _kind(run: Path) -> TaskKind:
    return read_json(run / "data" / "data.json")["task"]["kind"]


def check_run(run: Path) -> None:
    """Make sure that a folder is a finished run.

    Raises:
        UserError: it is not.
    """
    if (run / "leaderboard.json").is_file():
        return
    got = "no such folder" if not run.is_dir() else "a folder without leaderboard.json"
    remedy = (
        "finish it with `metier run`" if (run / "recipe.yaml").is_file() else "give the folder that `metier run` named"
    )
    raise UserError([Problem(where=str(run), expected="the folder of a finished run", got=got, remedy=remedy)])


def choose_approach(run: Path, name: str | None) -> str:
    """The approach of that name; None: the recommended one, else the best.

    Raises:
        UnknownNameError: there is none of that name, or it was not built.
    """
    with reading(run):
        board = read_json(run / "leaderboard.json")
        done = [str(row["name"]) for row in board["approaches"] if row["status"] == "done"]
        failed = {row["name"]: row["why"] for row in board["approaches"] if row["status"] != "done"}
        recommended = board["recommended"]
    if name in done:
        return str(name)
    if name is None and done:
        return recommended or done[0]
    got = f"{name!r}, which was not built: {failed[name]}" if name in failed else repr(name)
    raise UnknownNameError(
        [Problem(where=str(run), expected="an approach of this run", got=got, remedy=suggestion(name or "", done))]
    )


def load_system(run: Path, name: str, *, device: str | None = None, reporter: Reporter | None = None) -> System:
    """The System of an approach, ready to answer.

    Args:
        run: folder of a run.
        name: of the approach.
        device: None: as the recipe says.
        reporter: told of the progress; None: nobody.

    Raises:
        IntegrityError: a file of the run is missing or not what was written.
    """
    with reading(run):
        resources, task = resources_of(run, device=device, reporter=reporter), data.load(run).task
    with using(run, f"approaches/{name}"):
        return approaches.load(run / "approaches" / name, task, resources)


def resources_of(run: Path, *, device: str | None = None, reporter: Reporter | None = None) -> Resources:
    """What the approaches of a run may use; arguments as for :func:`load_system`."""
    resources = resources_for(recipe_of(run), reporter or Silent())
    return replace(resources, device=device) if device else resources


def _rows(examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[dict[str, Any]]:
    return [
        {
            "id": prediction.id,
            "input": example.input,
            "answer": prediction.text,
            "probability": _rounded(prediction.scores.get(prediction.text)),
            "cut_tokens": prediction.cut,
            "scores": {label: round(score, 4) for label, score in prediction.scores.items()},
        }
        | ({} if prediction.bits is None else {"bits_per_byte": round(prediction.bits / max(prediction.bytes, 1), 4)})
        | ({"sources": prediction.context_ids, "citations": prediction.citations} if prediction.context_ids else {})
        for example, prediction in zip(examples, predictions, strict=True)
    ]


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _as_jsonl(examples: Sequence[Example], predictions: Sequence[Prediction], kind: TaskKind) -> str:
    value = form_of(kind).value
    rows = [row | {"answer": value(row["answer"])} for row in _rows(examples, predictions)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _as_csv(examples: Sequence[Example], predictions: Sequence[Prediction]) -> str:
    output: TextIO = io.StringIO()
    labels = list(predictions[0].scores) if predictions else []
    writer = csv.writer(output)
    writer.writerow(["id", "input", "answer", "probability", "cut_tokens", *(f"score:{label}" for label in labels)])
    for row in _rows(examples, predictions):
        scores = [row["scores"][label] for label in labels]
        writer.writerow([row["id"], row["input"], row["answer"], row["probability"], row["cut_tokens"], *scores])
    return output.getvalue()
