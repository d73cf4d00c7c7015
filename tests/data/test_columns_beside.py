"""Columns that belong together, and names in other languages than English."""

import pytest
from ticket_desk import as_csv, as_jsonl, sentence


def see(desk, header, make, count=60, **settings):
    desk.write("a.csv", as_csv([header, *[make(number) for number in range(count)]]))
    return desk.inspect("a.csv", **settings)


@pytest.mark.parametrize(
    ("names", "answer", "kind"),
    [
        (("sentence1", "sentence2"), ("gold_label", lambda n: "ab"[n % 2]), "classify"),
        (("premise", "hypothesis"), ("label", lambda n: n % 3), "classify"),
        (("Satz A", "Satz B"), ("score", lambda n: n / 7), "regress"),
        (("first_title", "second_title"), ("same", lambda n: ["yes", "no"][n % 2]), "classify"),
        (("query", "passage"), ("relevance_label", lambda n: n % 2), "classify"),
    ],
)
def test_texts_that_are_judged_together_are_both_read(desk, names, answer, kind):
    seen = see(desk, (*names, answer[0]), lambda n: (sentence(n), sentence(500 + n), answer[1](n)))
    assert (seen.parts, seen.target, seen.kind) == (names, answer[0], kind)
    assert any("as one answer is about both" in told for told in seen.evidence)
    example = desk.example(desk.prepare("a.csv"), "a.csv:2")
    assert example.input == f"{names[0]}: {sentence(1)}\n{names[1]}: {sentence(501)}"


@pytest.mark.parametrize(
    ("header", "make"),
    [
        (("text", "comment", "label"), lambda n: (sentence(n), sentence(300 + n), "ab"[n % 2])),
        (("sentence1", "note2", "label"), lambda n: (sentence(n), sentence(300 + n), "ab"[n % 2])),
        (("question1", "answer"), lambda n: (sentence(n), sentence(300 + n))),
    ],
)
def test_other_texts_stay_by_themselves(desk, header, make):
    assert see(desk, header, make).parts == ()


def test_naming_one_text_takes_one(desk):
    seen = see(desk, ("text_a", "text_b", "label"), lambda n: (sentence(n), sentence(99 + n), n % 2), input="text_a")
    assert (seen.input, seen.parts) == ("text_a", ())


def flagged(number):
    return sentence(number), int(number % 2 == 0), int(number % 3 == 0), int(number % 5 == 0)


def test_columns_of_yes_and_no_are_labels_together(desk):
    seen = see(desk, ("comment", "rude", "threat", "spam"), flagged)
    assert (seen.kind, seen.flags, seen.target) == ("multilabel", ("rude", "threat", "spam"), None)
    prepared = desk.prepare("a.csv")
    assert prepared.task.labels == ("rude", "spam", "threat")
    assert [desk.example(prepared, f"a.csv:{row}").target for row in (1, 2, 7)] == [
        *('["rude", "spam", "threat"]', "[]", '["rude", "threat"]')
    ]
    assert prepared.summary["columns"]["flags"] == ["rude", "threat", "spam"]
    assert not set(prepared.train[0].fields) & set(seen.flags)


def test_columns_of_yes_and_no_may_be_named_and_one_alone_too(desk):
    header = ("comment", "rude", "threat", "spam")
    assert see(desk, header, flagged, target=("rude", "spam")).flags == ("rude", "spam")
    one = see(desk, header, flagged, target="spam")
    assert (one.kind, one.flags) == ("classify", ())
    assert desk.problem("a.csv", target=("rude", "spam"), task={"kind": "classify"}).path == "data.target"
    assert desk.problem("a.csv", target=("rude", "sparm")).remedy == "did you mean 'spam'?"


@pytest.mark.parametrize(("yes", "no"), [("ja", "nein"), ("Oui", "Non"), ("是", "否")])
def test_yes_and_no_in_other_languages(desk, yes, no):
    def make(n):
        return (sentence(n), *(yes if n % part == 0 else no for part in (2, 3, 5)))

    assert see(desk, ("text", "rude", "threat", "spam"), make).flags == ("rude", "threat", "spam")
    prepared = desk.prepare("a.csv")
    assert desk.example(prepared, "a.csv:2").target == "[]"
    assert desk.example(prepared, "a.csv:7").target == '["rude", "threat"]'


def test_a_cell_that_says_neither_yes_nor_no_is_told_and_an_empty_row_has_no_label(desk):
    rows = [(sentence(n), "x" if n % 2 else "", "yes" if n % 3 else "no") for n in range(20)]
    desk.write("a.csv", as_csv([("text", "a", "b"), *rows, (sentence(50), "", ""), (sentence(51), "", "x")]))
    prepared = desk.prepare("a.csv", target=("a", "b"))
    assert prepared.summary["totals"]["label_missing"] == {"": 1}
    desk.write("b.csv", as_csv([("text", "a", "b"), *rows, (sentence(50), "perhaps", "")]))
    assert "'perhaps' in 'a', which is to say yes or no" in desk.problem("b.csv", target=("a", "b")).got


def test_a_label_beside_columns_of_yes_and_no_is_the_target(desk):
    header = ("comment", "rude", "threat", "spam", "category")
    assert see(desk, header, lambda n: (*flagged(n), "abc"[n % 3])).target == "category"


def test_several_labels_in_a_cell_make_a_set(desk):
    sets = ["urgent;repair", "billing", "repair;noise", "noise"]
    seen = see(desk, ("text", "tags"), lambda n: (sentence(n), sets[n % 4]))
    assert (seen.kind, seen.target) == ("multilabel", "tags")
    assert desk.prepare("a.csv").task.labels == ("billing", "noise", "repair", "urgent")
    assert see(desk, ("text", "reason"), lambda n: (sentence(n), sets[n % 4])).kind == "classify"


def test_a_list_of_words_is_a_target_whatever_it_is_called(desk):
    rows = [{"abstract": sentence(n), "fields": [["a"], ["a", "b"], []][n % 3], "vector": [0.5, n]} for n in range(30)]
    desk.write("a.jsonl", as_jsonl(rows))
    assert (desk.inspect("a.jsonl").target, desk.inspect("a.jsonl").kind) == ("fields", "multilabel")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("Kundennummer", "Bewertungstext", "Sterne", "Preis"), ("Bewertungstext", "Sterne", "classify")),
        (("nº cliente", "Reseña", "Calificación", "precio"), ("Reseña", "Calificación", "classify")),
        (("numéro", "Commentaire", "Étoiles", "prix"), ("Commentaire", "Étoiles", "classify")),
        (("用户", "评论内容", "评分", "价格"), ("评论内容", "评分", "classify")),
    ],
)
def test_names_in_other_languages_say_what_columns_are(desk, header, expected):
    seen = see(desk, header, lambda n: (f"K{n % 20:03d}", sentence(n, 12), n % 5 + 1, f"{n},{n % 90 + 10}"))
    assert (seen.input, seen.target, seen.kind) == expected


@pytest.mark.parametrize(
    ("header", "area"),
    [(("Domanda", "Risposta", "Area"), "xy"), (("질문", "답변", "구분"), "xy"), (("Frage", "Antwort", "Nr"), "")],
)
def test_questions_and_answers_in_other_languages(desk, header, area):
    seen = see(desk, header, lambda n: (sentence(n), sentence(400 + n, 15), area[n % 2] if area else n))
    assert (seen.input, seen.target, seen.kind) == (header[0], header[1], "generate")


def test_prices_with_decimal_commas_are_numbers_to_predict(desk):
    seen = see(
        desk, ("Beschreibung", "Wohnfläche", "Miete"), lambda n: (sentence(n), f"{40 + n},5", f"{500 + 7 * n},25")
    )
    assert (seen.target, seen.kind) == ("Miete", "regress")
    assert desk.example(desk.prepare("a.csv"), "a.csv:2").target == "507.25"


def test_codes_and_counts_are_no_labels(desk):
    header = ("case", "turn", "text")
    seen = see(desk, header, lambda n: (f"K{n // 4:03d}", n % 4, sentence(n)))
    assert (seen.input, seen.target) == ("text", None)


def test_a_title_is_no_group_and_a_person_under_study_is(desk):
    titles = see(desk, ("subject", "body", "category"), lambda n: (f"problem {n % 9}", sentence(n), "ab"[n % 2]))
    assert not any("data.group" in told for told in titles.warnings)
    people = see(desk, ("subject", "body", "category"), lambda n: (f"S{n % 9:02d}", sentence(n), "ab"[n % 2]))
    assert any("data.group: subject" in told for told in people.warnings)


def test_a_column_of_two_values_is_not_proposed_as_a_group(desk):
    seen = see(desk, ("speaker", "text", "label"), lambda n: ("ab"[n % 2], sentence(n), "xyz"[n % 3]))
    assert not any("data.group" in told for told in seen.warnings)


def test_a_target_of_one_letter_is_no_part_of_the_inputs_name(desk):
    desk.write("a.csv", as_csv([("text", "t"), *[(sentence(n), "ab"[n % 2]) for n in range(20)]]))
    assert desk.prepare("a.csv", input="text", target="t").task.labels == ("a", "b")
