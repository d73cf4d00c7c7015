"""Extraction by an encoder, a dictionary and a model that writes, on rows small enough to see through."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import CPU

from metier import approaches
from metier.approaches import ApproachSettings, Resources
from metier.approaches.heads import HEADS, Reader
from metier.approaches.tags import SCHEMES, best_path
from metier.core import Example, Silent, Task
from metier.core.tasks import form_of
from metier.core.tasks.extract import Span, spans_in, target_of
from metier.data import DataSettings, TaskSettings, load, prepare
from metier.evaluation import METRICS
from metier.models import EncoderModel, Grammar, locate
from metier.training import WeightsSettings

TASK = Task(kind="extract", instruction="Find them.", labels=("drug", "pain"))
DRUGS, PAINS = ("aspirin", "codeine", "tramadol"), ("headache", "back pain", "toothache")


def sentences(count: int = 60) -> list[Example]:
    found = []
    for number in range(count):
        drug, pain = DRUGS[number % 3], PAINS[number // 3 % 3]
        text = f"row {number}: took {drug} for {pain}" if number % 2 else f"row {number}: {pain} again, no {drug}"
        marks = [
            Span(text.index(word), text.index(word) + len(word), of) for word, of in ((drug, "drug"), (pain, "pain"))
        ]
        found.append(Example(id=str(number), input=text, target=target_of(text, marks)))
    return found


def write_rows(folder: Path) -> Path:
    lines = [
        {"text": one.input, "entities": [list(span) for span in spans_in(one.target or "[]")]} for one in sentences()
    ]
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def dataset(tmp_path: Path):
    write_rows(tmp_path)
    prepare(TaskSettings(), DataSettings(examples="rows.jsonl"), folder=tmp_path, seed=0).save(tmp_path)
    return load(tmp_path)


def reader(folder: Path, max_length: int = 200, tagging: str = "bio") -> Reader:
    model = EncoderModel(locate(str(folder), folder=folder), CPU)
    return Reader(model, TASK, max_length, Silent(), tagging)


@pytest.mark.parametrize("tagging", sorted(SCHEMES))
@pytest.mark.parametrize("max_length", [200, 12])
def test_tags_of_a_row_decode_to_its_pieces(tiny_encoder: Path, max_length: int, tagging: str):
    """What the head is taught is what it would answer if it had learnt it perfectly, also over several windows."""
    head, asked = HEADS.get("extract"), reader(tiny_encoder, max_length, tagging)
    state = head.settle(asked, sentences())
    assert state == {"unit": "word", "fit": 120, "pieces": 120, "scheme": tagging}
    prepared = head.rows(asked, sentences(6), state)
    assert prepared.objective == "tagging"
    assert prepared.skipped == {}

    class Perfect:
        def token_logits(self, rows, **_):
            tags = [row.tags for row in prepared.rows]
            assert [row.ids for row in prepared.rows] == [tuple(ids) for ids in rows]
            return [9.0 * np.eye(head.outputs(TASK, state))[[max(tag, 0) for tag in row]] for row in tags]

        tokenizer = asked.model.tokenizer

    answers = head.predict(asked._replace(model=Perfect()), sentences(6), state)
    assert [answer.text for answer in answers] == [example.target for example in sentences(6)]


def test_tokens_get_the_tags_where_words_are_not_what_pieces_are_made_of(tiny_encoder: Path):
    rows = [
        Example(id=str(n), input="unbelievable", target=target_of("unbelievable", [Span(2, 9, "drug")]))
        for n in range(9)
    ]
    head, asked = HEADS.get("extract"), reader(tiny_encoder)
    state = head.settle(asked, rows)
    assert state == {"unit": "token", "fit": 9, "pieces": 9, "scheme": "bio"}
    assert head.settle(asked, [])["unit"] == "word"


def spelt(path: tuple[int, ...], parts: str) -> str:
    """Tags as letters, those of the second label small."""
    names = ["O", *parts, *parts.lower()]
    return "".join(names[tag] for tag in path)


@pytest.mark.parametrize(
    ("tagging", "legal"), [("bio", r"(O|BI*|bi*)*"), ("bioes", r"(O|S|s|BI*E|bi*e)*")], ids=["bio", "bioes"]
)
def test_the_best_path_is_the_best_of_all_legal_ones(tagging: str, legal: str):
    rng, scheme = np.random.default_rng(0), SCHEMES[tagging]
    count = scheme.count(2)
    paths = [
        path for path in itertools.product(range(count), repeat=4) if re.fullmatch(legal, spelt(path, scheme.parts))
    ]
    for _ in range(10):
        logits = rng.normal(size=(4, count)) * 3
        best = max(paths, key=lambda path: sum(logits[i, tag] for i, tag in enumerate(path)))
        assert tuple(best_path(logits, scheme)) == best


def test_a_piece_of_one_word_and_a_longer_one_are_said_by_their_ends(tiny_encoder: Path):
    text = "took aspirin for back pain"
    row = Example(id="1", input=text, target=target_of(text, [Span(5, 12, "drug"), Span(17, 26, "pain")]))
    head, asked = HEADS.get("extract"), reader(tiny_encoder, tagging="bioes")
    (made,) = head.rows(asked, [row], head.settle(asked, [row])).rows
    assert spelt(tuple(tag for tag in made.tags if tag >= 0), "BIES") == "OSObe"


def test_the_dictionary_floor_finds_what_it_has_seen(dataset, tmp_path: Path):
    resources = Resources(reporter=Silent())
    approaches.build("dictionary", ApproachSettings(), dataset, resources, tmp_path / "dictionary")
    system = approaches.load(tmp_path / "dictionary", dataset.task, resources)
    text = "Back pain, then ASPIRIN or morphine."
    (answer,) = system.predict([Example(id="1", input=text)])
    assert [(one.label, text[one.start : one.end]) for one in spans_in(answer.text)] == [
        ("pain", "Back pain"),
        ("drug", "ASPIRIN"),
    ]


@pytest.mark.parametrize("tagging", ["bio", "bioes"])
def test_an_encoder_learns_the_pieces_and_comes_back(dataset, tiny_encoder: Path, tmp_path: Path, tagging: str):
    weights = WeightsSettings.model_validate(
        {"method": "full", "epochs": 14, "learning_rate": 4e-3, "batch_size": 8, "tagging": tagging}
    )
    settings = ApproachSettings(model=str(tiny_encoder), weights=weights)
    resources = Resources(reporter=Silent(), device="cpu", precision="float32")
    built = approaches.build("tags", settings, dataset, resources, tmp_path / "tags")
    assert f"Words get tags ({tagging.upper()})" in " ".join(built.record.notes)
    system = approaches.load(tmp_path / "tags", dataset.task, resources)
    answers = system.predict(dataset.validation)
    targets = [example.target or "" for example in dataset.validation]
    assert METRICS.get("span_f1").point(targets, [answer.text for answer in answers]) > 0.6


def test_a_causal_model_can_only_quote_the_text():
    text = 'She said "no aspirin", not codeine-like things.'
    grammar = Grammar.lark(form_of("extract").lark(TASK.labels, text))
    assert grammar.trouble() == ""
    for answer in ('{"drug": ["aspirin", "codeine-like"]}', '{"pain": ["no"]}', "{}", '{"drug": ["\\"no aspirin\\""]}'):
        assert grammar.matches(answer), answer
    for answer in ('{"drug": ["ibuprofen"]}', '{"drug": ["aspi"]}', '{"other": ["no"]}', '{"drug": [""]}', "[]"):
        assert not grammar.matches(answer), answer


def test_a_causal_model_answers_with_pieces_of_each_text(dataset, tiny_causal: Path, tmp_path: Path):
    settings = ApproachSettings.model_validate(
        {
            "model": str(tiny_causal),
            "prompt": {"demonstrations": 1, "choose": "random", "sensitivity": 2, "max_new_tokens": 40},
        }
    )
    resources = Resources(reporter=Silent(), device="cpu", precision="float32")
    built = approaches.build("ask", settings, dataset, resources, tmp_path / "ask")
    assert built.record.sensitivity is not None
    assert built.record.sensitivity.metric == "span_f1"
    system = approaches.load(tmp_path / "ask", dataset.task, resources)
    for example, answer in zip(dataset.validation, system.predict(dataset.validation), strict=True):
        for entry in json.loads(answer.text):
            assert example.input[entry["start"] : entry["end"]] == entry["text"]
            assert entry["label"] in dataset.task.labels


def test_a_tagging_scheme_needs_pieces_and_an_encoder(tiny_causal: Path, tiny_encoder: Path):
    resources = Resources(reporter=Silent())
    weights = WeightsSettings(tagging="bioes")
    for model, kind in ((tiny_encoder, "classify"), (tiny_causal, "extract")):
        settings = ApproachSettings(model=str(model), weights=weights)
        task = Task(kind=kind, instruction="Find them.", labels=("a", "b"))
        paths = [problem.path for problem in approaches.check("tags", settings, task, resources)]
        assert paths == ["approaches.tags.weights.tagging"], kind
    settings = ApproachSettings(model=str(tiny_encoder), weights=weights)
    assert approaches.check("tags", settings, TASK, resources) == []
