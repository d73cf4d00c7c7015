from ticket_desk import as_csv, sentence, tickets


def with_column(desk, values, name="split", count=60):
    rows = [(*row, values[n % len(values)]) for n, row in enumerate(tickets(count))]
    desk.write("a.csv", as_csv([("text", "label", name), *rows]))


def test_a_column_called_split_is_followed_and_said(desk):
    with_column(desk, ["train", "train", "train", "Test", "valid"])
    prepared = desk.prepare("a.csv")
    assert prepared.summary["splits"] == {"train": 36, "validation": 12, "test": 12}
    assert "Split: given by the column 'split' (Test, train, valid)." in prepared.summary["evidence"]
    assert all(int(example.id.partition(":")[2]) % 5 == 4 for example in prepared.test)
    assert "split" not in prepared.train[0].fields


def test_validation_is_taken_from_train_where_it_is_missing(desk):
    with_column(desk, ["train", "train", "test"])
    prepared = desk.prepare("a.csv")
    assert prepared.summary["splits"] == {"train": 35, "validation": 5, "test": 20}


def test_a_named_split_column_must_say_train_and_test(desk):
    with_column(desk, ["train", "holdout"], name="part")
    problem = desk.problem("a.csv", split_column="part")
    assert (problem.path, problem.got) == ("data.split_column", "'holdout'")
    with_column(desk, ["train", "dev"], name="part")
    assert desk.problem("a.csv", split_column="part").got == "only 'train', 'validation'"


def test_a_column_of_another_meaning_is_not_taken_for_a_split(desk):
    with_column(desk, ["1", "2", "3"], name="fold")
    assert desk.prepare("a.csv", target="label").summary["split"] == "stratified"


def test_a_recipe_that_wants_its_own_split_ignores_the_column_and_says_so(desk):
    with_column(desk, ["train", "test"])
    prepared = desk.prepare("a.csv", split={"by": "random"})
    assert prepared.summary["split"] == "random"
    assert "Split: random, as data.split.by says; the column 'split' is not followed." in prepared.summary["evidence"]
    assert desk.problem("a.csv", split={"by": "random"}, split_column="split").path == "data.split.by"


def test_rows_without_a_split_are_left_out(desk):
    with_column(desk, ["train", "train", "test", ""])
    prepared = desk.prepare("a.csv")
    assert prepared.summary["totals"]["left_out"] == {"": 15}
    assert [text for text in prepared.summary["warnings"] if "without a value in the split column: 15" in text]


def test_given_where_nothing_is_given(desk):
    desk.write("a.csv", as_csv([("text", "label"), *tickets(30)]))
    assert desk.problem("a.csv", split={"by": "given"}).expected == "a split that the data gives"


def test_files_for_each_split(desk):
    rows = tickets(60)
    desk.write("one/data.csv", as_csv([("text", "label"), *rows[:40]]))
    desk.write("two/data.csv", as_csv([("text", "label"), *rows[40:]]))
    files = {"train": "one/data.csv", "test": "two/data.csv"}
    prepared = desk.prepare(files)
    assert prepared.summary["splits"] == {"train": 35, "validation": 5, "test": 20}
    assert prepared.test[0].id == "two/data.csv:1"
    assert "Validation: 12.5% of the training rows, stratified." in prepared.summary["evidence"]
    assert desk.problem(files, split_column="label").path == "data.split_column"


def test_a_method_that_has_nothing_to_do_is_said(desk):
    rows = tickets(60)
    for name, part in (("train", rows[:40]), ("validation", rows[40:50]), ("test", rows[50:])):
        desk.write(f"{name}.csv", as_csv([("text", "label"), *part]))
    files = {name: f"{name}.csv" for name in ("train", "validation", "test")}
    warnings = desk.prepare(files, split={"by": "random"}).summary["warnings"]
    assert "data.split.by: random has no effect, as every split is a file." in warnings


def test_an_empty_test_set(desk):
    desk.write("train.csv", as_csv([("text", "label"), *tickets(30)]))
    desk.write("test.csv", as_csv([("text", "label"), ("", "card"), ("x", "")]))
    assert desk.problem({"train": "train.csv", "test": "test.csv"}).expected == "1 usable row or more for test"


def test_near_copies_labels_and_groups_across_a_given_split_are_counted(desk):
    rows = [(sentence(n, 14), "ab"[n % 2], f"c{n % 7}") for n in range(30)]
    test = [(f"{sentence(n, 14)} x", "ab"[n % 2], f"c{n % 7}") for n in range(4)] + [(sentence(99), "new", "c99")]
    desk.write("train.csv", as_csv([("text", "label", "customer"), *rows]))
    desk.write("test.csv", as_csv([("text", "label", "customer"), *test]))
    prepared = desk.prepare({"train": "train.csv", "test": "test.csv"}, group="customer", target="label")
    warnings = "\n".join(prepared.summary["warnings"])
    assert "Rows of other splits that are near duplicates of a test row: 4 (" in warnings
    assert "on both sides of the given split: 4 (" in warnings
    assert "Test rows with a label that no training row has: 1 ('new')." in warnings
    assert len(prepared.test) == 5
