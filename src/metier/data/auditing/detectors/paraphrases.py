"""Rows that say the same in other words, where ``data.paraphrases`` looked for them."""

from __future__ import annotations

from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.auditing.finding import Finding, Row, View, finding
from metier.data.values import normalise, shorten


def detect(view: View) -> list[Finding]:
    """On both sides of the split; with different labels; and all of them."""
    wanted = {id for ids in view.paraphrases for id in ids}
    rows = {row.id: row for row in (view.kept if wanted else ()) if row.id in wanted}
    clusters = [[rows[id] for id in ids if id in rows] for ids in view.paraphrases]
    clusters = [cluster for cluster in clusters if len(cluster) > 1]
    form = form_of(view.kind)
    beside = [pair for cluster in clusters if (pair := _across(cluster))]
    found = finding(
        "contamination.paraphrase",
        Said("Rows that say in other words what a test row says"),
        [_told(learnt[0], measured) for learnt, measured in beside],
        [row.id for learnt, _ in beside for row in learnt],
        Said("leave these rows out of training, or say that test figures are too good"),
    )
    differing = [cluster for cluster in clusters if len({normalise(row.target) for row in cluster}) > 1]
    if form.chooses:
        found += finding(
            "paraphrases.differing",
            Said("Texts that say the same with %(noun)s", noun=Said(f"a different {form.noun}")),
            [_labels(cluster) for cluster in differing],
            [row.id for cluster in differing for row in cluster],
            Said("decide which is right; where both are, the labels overlap, and no model can tell them apart"),
        )
    return found + finding(
        "paraphrases.same",
        Said("Texts that say what an earlier one says in other words"),
        [_told(cluster[1], cluster[0]) for cluster in clusters],
        [row.id for cluster in clusters for row in cluster[1:]],
        Said("nothing has to be done; rows that say the same teach less than their number promises"),
        severity="note",
    )


def _across(cluster: list[Row]) -> tuple[list[Row], Row] | None:
    """Rows of other splits and a test row of the same cluster."""
    measured = [row for row in cluster if row.split == "test"]
    learnt = [row for row in cluster if row.split != "test"]
    return (learnt, measured[0]) if measured and learnt else None


def _told(row: Row, other: Row) -> str:
    return f"{row.id} and {other.id}: {shorten(row.input)} / {shorten(other.input)}"


def _labels(cluster: list[Row]) -> str:
    other = next(row for row in cluster if normalise(row.target) != normalise(cluster[0].target))
    return " / ".join(f"{row.id} {row.target!r}: {shorten(row.input, limit=45)}" for row in (cluster[0], other))
