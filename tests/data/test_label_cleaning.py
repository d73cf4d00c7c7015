from ticket_desk import as_csv, as_jsonl, sentence

from metier.data import STATUSES


def labelled(desk, labels, **settings):
    desk.write("a.csv", as_csv([("text", "label"), *[(sentence(n), label) for n, label in enumerate(labels)]]))
    return desk.prepare("a.csv", target="label", task={"kind": "classify"} | settings.pop("task", {}), **settings)


def statuses(prepared):
    return [row.status for row in prepared.ledger]


def warned(prepared, words):
    return [text for text in prepared.summary["warnings"] if words in text]


def test_white_space_around_labels_is_no_part_of_them_and_said(desk):
    prepared = labelled(desk, ["card", " card", "refund", "refund "] * 6)
    assert prepared.task.labels == ("card", "refund")
    assert warned(prepared, "that joined 'card', 'refund' (rows changed: 12)")


def test_labels_that_differ_in_case_are_two_and_both_are_named(desk):
    prepared = labelled(desk, ["Card"] * 9 + ["card"] * 4 + ["refund"] * 9)
    assert prepared.task.labels == ("Card", "card", "refund")
    told = "taken as different: 'Card' (9), 'card' (4). If they mean the same: task.rename_labels: {card: Card}."
    assert warned(prepared, told)


def test_all_spellings_stand_in_one_sentence_that_can_be_copied(desk):
    prepared = labelled(desk, ["Card"] * 9 + ["card"] * 4 + ["no"] * 3 + ["No"] * 9)
    (told,) = warned(prepared, "taken as different")
    assert told.endswith('task.rename_labels: {card: Card, "no": "No"}.')


def test_labels_are_renamed_as_the_recipe_says(desk):
    task = {"rename_labels": {"card": "Card", "parking": "other", "refund": "other", "lunch": "other"}}
    prepared = labelled(desk, ["Card"] * 9 + ["card "] * 4 + ["refund"] * 9 + ["parking"], task=task)
    assert prepared.task.labels == ("Card", "other")
    assert warned(prepared, "Labels renamed: 'card' to 'Card' (4), 'parking' to 'other' (1), 'refund' to 'other' (9).")
    assert warned(prepared, "task.rename_labels names labels that no row has: 'lunch'.")
    assert [row.label for row in prepared.ledger[8:10]] == ["Card", "Card"]


def test_labels_may_change_places(desk):
    prepared = labelled(desk, ["a", "b", "b"] * 8, task={"rename_labels": {"a": "b", "b": "a"}})
    assert [row.label for row in prepared.ledger[:3]] == ["b", "a", "a"]


def test_labels_of_sets_and_of_pieces_are_renamed_too(desk):
    rows = [{"text": sentence(n), "tags": [["late", "Late", "broken"], ["late"], []][n % 3]} for n in range(30)]
    desk.write("sets.jsonl", as_jsonl(rows))
    sets = desk.prepare("sets.jsonl", task={"kind": "multilabel", "rename_labels": {"Late": "late"}})
    assert sets.task.labels == ("broken", "late")
    assert desk.example(sets, "sets.jsonl:1").target == '["broken", "late"]'
    marks = [
        {"text": sentence(n), "entities": [{"start": 0, "end": 3, "label": ["Product", "product"][n % 2]}]}
        for n in range(30)
    ]
    desk.write("spans.jsonl", as_jsonl(marks))
    task = {"kind": "extract", "rename_labels": {"product": "Product"}, "labels": ("Product",)}
    assert desk.prepare("spans.jsonl", task=task).task.labels == ("Product",)


def test_renaming_labels_where_there_are_none_is_a_problem(desk):
    desk.write("a.csv", as_csv([("question", "answer"), *[(sentence(n), sentence(900 + n)) for n in range(30)]]))
    problem = desk.problem("a.csv", task={"kind": "generate", "rename_labels": {"a": "b"}})
    assert (problem.path, problem.got) == ("task.rename_labels", "1 labels")


def test_rows_without_text_or_label_stand_in_the_ledger(desk):
    rows = [("text", "label"), *[(sentence(n), "ab"[n % 2]) for n in range(20)], ("", "a"), (" \u200b", "b")]
    rows += [(sentence(50), ""), (sentence(51), "  ")]
    desk.write("a.csv", as_csv(rows))
    prepared = desk.prepare("a.csv")
    assert statuses(prepared)[20:] == ["empty", "empty", "label_missing", "label_missing"]
    whys = [row.why for row in prepared.ledger[-3:]]
    assert whys == ["the input has no text", "there is no label", "there is no label"]


def test_labels_that_are_not_allowed_stand_in_the_ledger_with_the_nearest(desk):
    prepared = labelled(desk, ["card", "refund", "refnud"] * 8, task={"labels": ("refund", "card ", "login")})
    assert prepared.task.labels == ("card", "login", "refund")
    unknown = [row for row in prepared.ledger if row.status == "label_unknown"]
    assert len(unknown) == 8
    assert unknown[0].why == "the label 'refnud' is not in task.labels (did you mean 'refund'?)"
    assert warned(prepared, "Labels of task.labels without any row: 'login'.")


def test_numbers_as_labels_become_names_which_is_said(desk):
    desk.write("a.jsonl", as_jsonl({"text": sentence(n), "stars": [1, 2.0, 3][n % 3]} for n in range(30)))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task.labels == ("1", "2", "3")
    assert warned(prepared, "All labels are numbers; they are taken as names of classes")


def test_truth_values_and_missing_values_as_labels(desk):
    rows = [{"text": sentence(n), "label": [True, False, None, float("nan")][n % 4]} for n in range(40)]
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl")
    assert prepared.task.labels == ("false", "true")
    assert statuses(prepared).count("label_missing") == 20


def test_words_that_may_mean_missing_are_kept_but_said(desk):
    assert warned(labelled(desk, ["card", "refund", "None"] * 8), "may mean 'missing': 8 ('None')")


def test_rare_labels_are_a_warning(desk):
    prepared = labelled(desk, ["card"] * 12 + ["refund"] * 12 + ["login"] * 2)
    assert warned(prepared, "fewer than 3 rows cannot be both learnt and measured: 'login (2)'.")


def test_one_label_only(desk):
    desk.write("a.csv", as_csv([("text", "label"), *[(sentence(n), "card") for n in range(20)]]))
    problem = desk.problem("a.csv")
    assert (problem.expected, problem.got) == ("at least two different labels", "one only: 'card'")


def test_as_many_labels_as_rows(desk):
    desk.write("a.csv", as_csv([("text", "label"), *[(sentence(n), f"label {n}") for n in range(20)]]))
    problem = desk.problem("a.csv", task={"kind": "classify"}, target="label")
    assert problem.got == "20 usable rows for 20 labels"
    assert "task.kind: generate" in problem.remedy


def test_too_few_rows_are_accounted_for(desk):
    desk.write("a.csv", as_csv([("text", "label"), *[(sentence(n), "ab"[n % 2]) for n in range(8)], ("", "a")]))
    problem = desk.problem("a.csv")
    assert problem.expected.startswith("at least 10 usable rows")
    assert problem.got == "8 of 9 rows (1 empty)"


def test_totals_name_every_status(desk):
    assert list(labelled(desk, ["card", "refund"] * 10).summary["totals"]) == list(STATUSES)
