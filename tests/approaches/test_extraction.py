"""Extraction by an encoder, a dictionary and a model that writes, on rows small enough to see through."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import CPU

from metier import approaches
from metier.approaches import ApproachSettings, Resources
from metier.approaches.heads import HEADS, Reader
from metier.approaches.heads.extract import best_path
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


def reader(folder: Path, max_length: int = 200) -> Reader:
    model = EncoderModel(locate(str(folder), folder=folder), CPU)
    return Reader(model, TASK, max_length, Silent())


@pytest.mark.parametrize("max_length", [200, 12])
def test_tags_of_a_row_decode_to_its_pieces(tiny_encoder: Path, max_length: int):
    """What the head is taught is what it would answer if it had learnt it perfectly, also over several windows."""
    head, asked = HEADS.get("extract"), reader(tiny_encoder, max_length)
    state = head.settle(asked, sentences())
    assert state == {"unit": "word", "fit": 120, "pieces": 120}
    prepared = head.rows(asked, sentences(6), state)
    assert prepared.objective == "tagging"
    assert prepared.skipped == {}

    class Perfect:
        def token_logits(self, rows, **_):
            tags = [row.tags for row in prepared.rows]
            assert [row.ids for row in prepared.rows] == [tuple(ids) for ids in rows]
            return [9.0 * np.eye(5)[[max(tag, 0) for tag in row]] for row in tags]

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
    assert state == {"unit": "token", "fit": 9, "pieces": 9}
    assert head.settle(asked, [])["unit"] == "word"


def test_thebest_path_is_the_best_of_all_legal_ones():
    rng = np.random.default_rng(0)

    def legal(path: tuple[int, ...]) -> bool:
        return all(
            tag == 0 or tag % 2 or before in (tag, tag - 1) for before, tag in zip((0, *path), path, strict=False)
        )

    for _ in range(20):
        logits = rng.normal(size=(5, 5)) * 3
        paths = [path for path in itertools.product(range(5), repeat=5) if legal(path)]
        best = max(paths, key=lambda path: sum(logits[i, tag] for i, tag in enumerate(path)))
        assert tuple(best_path(logits)) == best


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


def test_an_encoder_learns_the_pieces_and_comes_back(dataset, tiny_encoder: Path, tmp_path: Path):
    weights = WeightsSettings(method="full", epochs=14, learning_rate=4e-3, batch_size=8)
    settings = ApproachSettings(model=str(tiny_encoder), weights=weights)
    resources = Resources(reporter=Silent(), device="cpu", precision="float32")
    built = approaches.build("tags", settings, dataset, resources, tmp_path / "tags")
    assert "Words get tags" in " ".join(built.record.notes)
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
