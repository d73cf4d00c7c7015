"""The column that says who may see a row: read, kept, and missing where it is missing."""

from pathlib import Path

from metier.data import DataSettings, TaskSettings, load, prepare

HEADER = "message,intent,team\n"
TEAMS = ("hr", "hr; board", "", "it|hr")


def dataset(folder: Path, *, readers: str | None):  # type: ignore[no-untyped-def]
    lines = [f"text number {i},{'ab'[i % 2]},{TEAMS[i % 4]}\n" for i in range(60)]
    (folder / "rows.csv").write_text(HEADER + "".join(lines))
    settings = DataSettings(examples="rows.csv", input="message", target="intent", readers=readers)
    prepare(TaskSettings(kind="classify"), settings, folder=folder, seed=0).save(folder)
    return load(folder)


def test_a_rows_readers_come_back_from_the_disk(tmp_path: Path) -> None:
    found = dataset(tmp_path, readers="team")
    rows = {int(row.input.split()[-1]): row.readers for row in (*found.train, *found.open_test(by="a test"))}
    expected = {0: ("hr",), 1: ("hr", "board"), 2: (), 3: ("it", "hr")}
    assert len(rows) > 40
    assert all(readers == expected[number % 4] for number, readers in rows.items())


def test_without_such_a_column_rows_name_no_readers(tmp_path: Path) -> None:
    assert {row.readers for row in dataset(tmp_path, readers=None).train} == {None}
    assert {row.readers for row in dataset(tmp_path, readers="owner").train} == {None}
