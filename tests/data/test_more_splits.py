"""Splits by time and by hash, and what near copies do to groups."""

from ticket_desk import as_csv, sentence, ticket_csv

from metier.data.dividing.splits import moment_of


def dated(count=60):
    """The rows are not in the order of time."""
    return [(sentence(n), "ab"[n % 2], f"2026-{(n * 7) % 12 + 1:02d}-{n % 28 + 1:02d}") for n in range(count)]


def test_by_time_the_newest_rows_are_measured(desk):
    desk.write("a.csv", as_csv([("text", "label", "received"), *dated()]))
    prepared = desk.prepare("a.csv", time="received", split={"by": "time"}, target="label")
    newest_learnt = max(example.fields["received"] for example in prepared.train)
    assert newest_learnt <= min(example.fields["received"] for example in prepared.test)
    assert prepared.summary["split"] == "time"
    assert prepared.summary["splits"] == {"train": 42, "validation": 6, "test": 12}


def test_rows_without_a_moment_are_left_out_and_said(desk):
    rows = dated()
    rows[4] = (*rows[4][:2], "soon")
    desk.write("a.csv", as_csv([("text", "label", "received"), *rows]))
    prepared = desk.prepare("a.csv", time="received", split={"by": "time"}, target="label")
    assert prepared.ledger[4].status == "left_out"
    assert any("time could not be read: 1" in text for text in prepared.summary["warnings"])


def test_a_column_without_any_moment_is_told_as_that(desk):
    desk.write("a.csv", ticket_csv())
    problem = desk.problem("a.csv", time="label", split={"by": "time"})
    assert (problem.path, problem.got) == ("data.time", "none in 30 rows, such as 'refund'")


def test_a_split_by_time_needs_its_column(desk):
    desk.write("a.csv", as_csv([("text", "label", "received"), *dated()]))
    problem = desk.problem("a.csv", split={"by": "time"})
    assert (problem.path, problem.remedy) == ("data.time", "name it: data.time: received")
    assert desk.problem("a.csv", time="recieved").remedy == "did you mean 'received'?"


def test_by_hash_rows_never_move_when_others_come(desk):
    rows = [(sentence(n), "ab"[n % 2], f"c{n // 2}") for n in range(300)]
    desk.write("a.csv", as_csv([("text", "label", "customer"), *rows[:200]]))
    desk.write("b.csv", as_csv([("text", "label", "customer"), *rows]))
    settings = {"group": "customer", "split": {"by": "hash"}, "target": "label"}
    before = {row.id.partition(":")[2]: row.split for row in desk.prepare("a.csv", seed=1, **settings).ledger}
    after = {row.id.partition(":")[2]: row.split for row in desk.prepare("b.csv", seed=2, **settings).ledger}
    assert all(after[name] == split for name, split in before.items())
    assert {"train", "validation", "test"} == set(before.values())


def test_moments():
    assert moment_of("2026-01-02T03:04:05Z") == moment_of("2026-01-02T04:04:05+01:00")
    assert moment_of(True) is None
    assert moment_of("") is None


def test_near_copies_that_tie_all_groups_together_are_left_out_instead(desk):
    clause = "we may change these terms at any time without telling you"
    rows = []
    for contract in range(12):
        rows += [(sentence(100 * contract + n), "ab"[n % 2], f"contract {contract}") for n in range(9)]
        rows += [(f"{clause} {contract}", "a", f"contract {contract}")]
    desk.write("a.csv", as_csv([("text", "label", "document"), *rows]))
    prepared = desk.prepare("a.csv", group="document", target="label")
    assert all(number > 0 for number in prepared.summary["splits"].values())
    left = [row for row in prepared.ledger if "a near copy of" in row.why]
    assert left
    tested = {example.group for example in prepared.test}
    assert tested.isdisjoint(example.group for example in prepared.train)
    assert not any(clause in example.input for example in prepared.train)
