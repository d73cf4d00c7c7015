"""Names, addresses and places are guessed by the words around them, reported low, and masked only where asked for."""

import pytest
from ticket_desk import as_csv, sentence

from metier.data import audit
from metier.data.auditing.likely_personal import likely_places

FOUND = [
    ("Dear Ann Miller, my card is lost.", "names", "Ann Miller"),
    ("Hello Maria!", "names", "Maria"),
    ("Sehr geehrte Frau Müller-Lüdenscheidt, danke.", "names", "Müller-Lüdenscheidt"),
    ("I spoke to Mr. J. van der Berg yesterday", "names", "J. van der Berg"),
    ("my name is José García", "names", "José García"),
    ("Please help.\n\nKind regards,\nJohn O'Neill", "names", "John O'Neill"),
    ("我叫王小明，我的卡丢了", "names", "王小明"),
    ("send it to 12 Old Baker Street please", "addresses", "12 Old Baker Street"),
    ("Ich wohne Hauptstraße 12a.", "addresses", "Hauptstraße 12a"),
    ("au 12 bis rue de la Paix", "addresses", "12 bis rue de la Paix"),
    ("in Via Giuseppe Garibaldi 17", "addresses", "Via Giuseppe Garibaldi 17"),
    ("PO Box 4711", "addresses", "PO Box 4711"),
    ("I live in New York and", "places", "New York"),
    ("Ich wohne in München.", "places", "München"),
    ("London NW1 6XE", "places", "NW1 6XE"),
    ("Springfield, IL 62704", "places", "IL 62704"),
    ("Musterweg 3, 10115 Berlin", "places", "10115 Berlin"),
]
NONE = [
    "Dear Support, where is my card?",
    "Hi there, thanks",
    "Hello Everyone,",
    "Patient: Yes, I do. Doctor: Well, when?",
    "I have been waiting for 14 days on my way home",
    "The fee is 12345 Euro in 2024 US dollars",
    "my name is wrong on the card",
    "Thanks for the Card",
    "",
]


@pytest.mark.parametrize(("text", "kind", "words"), FOUND)
def test_what_stands_where_a_name_stands_is_found(text, kind, words):
    assert words in [text[place.start : place.end] for place in likely_places(text) if place.kind.startswith(kind)]


@pytest.mark.parametrize("text", NONE)
def test_other_texts_hold_none(text):
    assert likely_places(text) == []


def test_a_long_chain_of_hyphens_is_read_in_no_time():
    assert likely_places("A-" * 20_000) == []


def letters(count=40):
    content = [[f"{sentence(number)} please", "ab"[number % 2]] for number in range(count)]
    content[3][0] = f"Dear Ann Miller, {content[3][0]}"
    content[5][0] += " at 12 Baker Street, write to a@example.org"
    return content


def test_they_are_notes_and_show_two_letters(desk):
    desk.write("a.csv", as_csv([("text", "label"), *letters()]))
    found = {item.id: item for item in audit(desk.prepare("a.csv"))}
    assert found["personal.name"].rows == ("a.csv:4",)
    assert found["personal.name"].severity == "note"
    assert "Miller" not in found["personal.name"].samples[0]
    assert found["personal.address"].rows == ("a.csv:6",)
    assert found["personal.email"].severity == "warning"


def test_masking_reaches_them_only_where_it_is_asked_for(desk):
    desk.write("a.csv", as_csv([("text", "label"), *letters()]))
    plain = desk.prepare("a.csv", personal="mask")
    assert desk.example(plain, "a.csv:4").input.startswith("Dear Ann Miller, ")
    told = desk.prepare("a.csv", personal="mask", personal_guesses=True)
    assert desk.example(told, "a.csv:4").input.startswith("Dear [name], ")
    assert "at [street], write to [e-mail]" in desk.example(told, "a.csv:6").input
    assert any("1 street" in row.why for row in told.ledger if row.id == "a.csv:6")
