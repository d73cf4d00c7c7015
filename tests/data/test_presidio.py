"""Names and places by Presidio, with a pipeline of the user's."""

from types import SimpleNamespace

import pytest
from ticket_desk import as_csv, sentence

from metier.core import DataError
from metier.data import Beside, audit
from metier.data.auditing import presidio
from metier.data.auditing.presidio import guesses

NAMES = {"ottilie krumm": "PERSON", "gelsenkirchen": "LOCATION", "Ann Miller": "PERSON"}


class StandIn:
    """Knows three entities; the rest of Presidio's analyser is not asked."""

    def analyze(self, *, text, language, entities):
        assert (language, entities) == ("en", ["PERSON", "LOCATION"])
        return [
            SimpleNamespace(entity_type=kind, start=text.index(name), end=text.index(name) + len(name))
            for name, kind in NAMES.items()
            if name in text
        ]


@pytest.fixture
def pipeline(desk, monkeypatch):
    """A folder that looks like a pipeline, and an analyser that is not Presidio's."""
    (desk.folder / "pipe").mkdir()
    (desk.folder / "pipe" / "meta.json").write_text("{}")
    monkeypatch.setattr(presidio, "_is_installed", lambda name: name == "presidio_analyzer")
    monkeypatch.setattr(presidio._Presidio, "_engine", (StandIn(), "en"))
    return "pipe"


def letters():
    content = [[f"{sentence(number)} please", "ab"[number % 2]] for number in range(40)]
    content[3][0] = "Dear Ann Miller, my card is lost"
    content[5][0] = "ask ottilie krumm in gelsenkirchen, write to a@example.org"
    return as_csv([("text", "label"), *content])


def test_what_it_finds_are_guesses_beside_our_own(desk, pipeline):
    find = guesses(pipeline, desk.folder)
    text = "Dear Ann Miller, ask ottilie krumm in gelsenkirchen"
    told = [(place.kind, text[place.start : place.end]) for place in find(text)]
    assert told == [
        ("names (probably)", "Ann Miller"),
        ("names (probably)", "ottilie krumm"),
        ("places (probably)", "gelsenkirchen"),
    ]


def test_long_texts_are_read_in_pieces(desk, pipeline):
    text = "x" * (presidio._AT_ONCE + 7) + " ottilie krumm"
    (place,) = guesses(pipeline, desk.folder)(text)
    assert text[place.start : place.end] == "ottilie krumm"


def test_they_are_found_by_the_audit_and_masked_where_guesses_are(desk, pipeline):
    desk.write("a.csv", letters())
    prepared = desk.prepare("a.csv", personal="mask", personal_guesses=True, personal_model=pipeline)
    assert desk.example(prepared, "a.csv:6").input == "ask [name] in [place], write to [e-mail]"
    shown = desk.prepare("a.csv", personal_model=pipeline)
    found = {one.id: one for one in audit(shown, beside=Beside(guess=guesses(pipeline, desk.folder)))}
    assert found["personal.name"].rows == ("a.csv:4", "a.csv:6")
    assert found["personal.place"].rows == ("a.csv:6",)


@pytest.mark.parametrize(("installed", "got"), [((), "not installed"), (("presidio_analyzer",), "'en_core_web_zz'")])
def test_what_is_missing_is_told_before_anything_is_read(desk, monkeypatch, installed, got):
    monkeypatch.setattr(presidio, "_is_installed", lambda name: name in installed)
    desk.write("a.csv", letters())
    with pytest.raises(DataError) as caught:
        desk.prepare("a.csv", personal_model="en_core_web_zz")
    (problem,) = caught.value.problems
    assert problem.path == "data.personal_model"
    assert got in problem.got


def test_presidio_itself_with_a_pipeline_of_rules(desk):
    pytest.importorskip("presidio_analyzer", reason="the extra presidio is not installed")
    spacy = pytest.importorskip("spacy")
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "ottilie krumm"}, {"label": "GPE", "pattern": "gelsenkirchen"}])
    pipeline.to_disk(desk.folder / "rules")
    text = "ask ottilie krumm in gelsenkirchen"
    kinds = [place.kind for place in guesses("rules", desk.folder)(text)]
    assert kinds == ["names (probably)", "places (probably)"]
