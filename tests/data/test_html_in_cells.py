"""HTML in cells: kept, or taken for the text that a person sees."""

import pytest
from ticket_desk import as_csv, as_jsonl, sentence

from metier.data import audit

MAIL = "<html><head><style>p{{margin:0}}</style></head><body><p>Gr&uuml;&szlig;e {}</p><p>Ann<br>Lee</p></body></html>"


def mails(count=30):
    return [(MAIL.format(sentence(n)) if n % 3 == 0 else sentence(n), "ab"[n % 2]) for n in range(count)]


def test_mail_bodies_are_taken_as_a_person_sees_them(desk):
    desk.write("a.csv", as_csv([("body", "label"), *mails()]))
    assert desk.example(desk.prepare("a.csv"), "a.csv:1").input.startswith("<html>")
    prepared = desk.prepare("a.csv", html="text")
    assert desk.example(prepared, "a.csv:1").input == f"Grüße {sentence(0)}\nAnn\nLee"
    assert desk.example(prepared, "a.csv:2").input == sentence(1)
    assert prepared.summary["html"]
    assert not any(item.id == "garbled.markup" for item in audit(prepared))


def test_the_look_says_how_many_cells_hold_html(desk):
    desk.write("a.csv", as_csv([("body", "label"), *mails()]))
    assert [column.html for column in desk.inspect("a.csv").columns] == [pytest.approx(1 / 3, abs=0.001), 0.0]


def test_answers_and_turns_too_but_no_labels(desk):
    talks = [
        {
            "messages": [
                {"role": "user", "content": f"<b>{sentence(n)}</b>"},
                {"role": "assistant", "content": "hello&nbsp;you"},
                {"role": "user", "content": f"<p>{sentence(n + 500)}</p>"},
                {"role": "assistant", "content": f"<p>{sentence(n + 900)}</p>"},
            ]
        }
        for n in range(30)
    ]
    desk.write("a.jsonl", as_jsonl(talks))
    found = desk.example(desk.prepare("a.jsonl", html="text"), "a.jsonl:1")
    assert (found.input, found.target) == (sentence(500), sentence(900))
    assert [turn.content for turn in found.history] == [sentence(0), "hello\xa0you"]
    desk.write("b.csv", as_csv([("body", "label"), *[(sentence(n), ("<b>", "x")[n % 2]) for n in range(30)]]))
    assert desk.prepare("b.csv", html="text").task.labels == ("<b>", "x")


def test_places_in_a_text_need_it_as_it_is(desk):
    marks = [{"text": sentence(n), "entities": [{"start": 0, "end": 3, "label": "x"}]} for n in range(30)]
    desk.write("a.jsonl", as_jsonl(marks))
    assert desk.problem("a.jsonl", html="text").path == "data.html"
