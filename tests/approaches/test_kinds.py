"""Every kind of System keeps the same promises; a new one is met by them through its file and its settings."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.approaches.systems import SETTINGS, TASKS, Made, MakeResources
from tests.small_task import dataset_of, rows

from metier.approaches import KINDS, load
from metier.approaches.build import build
from metier.core import Prediction
from metier.core.artifacts import read_json
from metier.core.tasks import form_of


def same(first: list[Prediction], second: list[Prediction], *, tolerance: float = 1e-5) -> None:
    assert [(p.id, p.text, p.tokens_in, p.tokens_out, p.cut) for p in first] == [
        (p.id, p.text, p.tokens_in, p.tokens_out, p.cut) for p in second
    ]
    for one, other in zip(first, second, strict=True):
        assert dict(one.scores) == pytest.approx(dict(other.scores), abs=tolerance)
        assert (one.bits is None) == (other.bits is None)
        assert one.bits is None or one.bits == pytest.approx(other.bits, rel=tolerance)


def test_every_kind_has_settings_to_be_tested_with() -> None:
    assert SETTINGS.keys() == set(KINDS.names())


def test_a_kind_applies_to_a_task_or_says_why_not() -> None:
    applies = {name: {task for task in TASKS if not KINDS.get(name).applies(TASKS[task])} for name in KINDS.names()}
    assert applies == {
        "classifier": {"classify", "multilabel", "regress", "extract"},
        "continued": {"continue"},
        "copy": {"generate", "chat"},
        "dictionary": {"extract"},
        "hosted": set(TASKS) - {"continue"},
        "majority": {"classify", "multilabel"},
        "mean": {"regress"},
        "median": {"regress"},
        "nearest": {"classify", "multilabel", "regress", "generate", "chat"},
        "ngram": {"continue"},
        "prompted": set(TASKS) - {"continue"},
        "ridge": {"regress"},
        "tfidf": {"classify", "multilabel"},
    }


def test_one_prediction_for_each_example_in_their_order(made: Made) -> None:
    questions = made.questions[::-1]
    assert [prediction.id for prediction in made.system.predict(questions)] == [example.id for example in questions]


def test_answers_are_of_the_tasks_form_with_probabilities_for_single_labels(made: Made) -> None:
    labels, form = made.dataset.task.labels, form_of(made.dataset.task.kind)
    for prediction in made.system.predict(made.questions):
        assert set(form.labels_of(prediction.text)) <= set(labels)
        if made.dataset.task.kind == "multilabel" and prediction.scores:
            assert set(prediction.scores) == set(labels)
            assert all(0 <= score <= 1 for score in prediction.scores.values())
            continue
        if not form.chooses:
            assert prediction.scores == {}
            continue
        assert prediction.text in labels
        assert set(prediction.scores) == set(labels)
        assert sum(prediction.scores.values()) == pytest.approx(1)
        assert all(0 <= score <= 1 for score in prediction.scores.values())
        assert prediction.scores[prediction.text] == max(prediction.scores.values())


def test_targets_are_not_looked_at(made: Made) -> None:
    wrong = [replace(example, target="something else entirely") for example in made.questions]
    blank = [replace(example, target=None) for example in made.questions]
    expected = made.system.predict(made.questions)
    same(made.system.predict(wrong), expected, tolerance=0)
    same(made.system.predict(blank), expected, tolerance=0)


def test_no_example_gives_no_prediction(made: Made) -> None:
    assert made.system.predict([]) == []


def test_an_answer_does_not_depend_on_what_else_is_asked(made: Made) -> None:
    together = made.system.predict(made.questions)
    alone = [made.system.predict([example])[0] for example in made.questions]
    same(together, alone, tolerance=1e-4)


def test_an_empty_and_an_odd_text_are_answered(made: Made) -> None:
    odd = ["", " ", "\u200b", "<|im_end|>", "émoji 🙂 \x07", "word " * 3000]
    questions = [replace(made.questions[0], id=str(i), input=text) for i, text in enumerate(odd)]
    predictions = made.system.predict(questions)
    assert [prediction.id for prediction in predictions] == list("012345")
    if made.kind in ("prompted", "classifier"):
        in_windows = made.kind == "classifier" and made.dataset.task.kind == "extract"
        assert (predictions[-1].cut > 0) != in_windows


def test_what_is_saved_answers_the_same_wherever_it_lies(
    made: Made, make_resources: MakeResources, tmp_path: Path
) -> None:
    shutil.copytree(made.folder, tmp_path / "elsewhere")
    again = load(tmp_path / "elsewhere", made.dataset.task, make_resources())
    same(again.predict(made.questions), made.system.predict(made.questions), tolerance=0)


def test_building_again_gives_the_same_system(made: Made, make_resources: MakeResources, tmp_path: Path) -> None:
    built = build(made.name, made.settings, made.dataset, make_resources(), tmp_path)
    again = load(tmp_path, made.dataset.task, make_resources())
    same(again.predict(made.questions), made.system.predict(made.questions), tolerance=1e-6)
    assert built.record.trained_tokens == made.built.record.trained_tokens


def test_the_record_says_what_was_done(made: Made) -> None:
    record, weights = made.built.record, made.settings.weights
    assert record.approach == made.name
    assert record.summary.endswith(".")
    assert all(seconds >= 0 for seconds in record.seconds.values())
    assert (record.curve is not None) == (weights is not None) == (made.folder / "weights").is_dir()
    assert read_json(made.folder / "system.json") == {"kind": made.kind}
    if weights is not None:
        assert record.rows_in_weights == record.trained_examples == len(made.dataset.train)
        assert 0 < record.trainable_parameters <= record.total_parameters
        assert record.settings["weights"]["learning_rate"] > 0  # what was left to the method is filled in
        assert {count.id for count in made.built.tokens} == {example.id for example in made.dataset.train}
    else:
        assert made.built.tokens == ()


def test_rows_in_prompts_are_those_that_may_be_shown(made: Made) -> None:
    shown = made.name == "few-shot" or (made.kind == "nearest" and form_of(made.dataset.task.kind).free_text)
    assert made.built.record.rows_in_prompts == (len(made.dataset.train) if shown else 0)


ODD_LABELS = ["naïve", 'C#: "sharp"', "日本", "yes/no", "a,b", "<|im_end|>", "[SEP]", "=1+1", "🙂", "null"]
LABEL_SETS = {
    "two": ["no", "yes"],
    "one begins another": ["card", "card arrival", "card arrival late", "refund"],
    "unusual characters": ODD_LABELS,
}


@pytest.mark.parametrize("name", [name for name in KINDS.names() if not KINDS.get(name).applies(TASKS["classify"])])
@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS.keys())
def test_any_label_set_is_answered_from(
    name: str, labels: list[str], make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path
) -> None:
    dataset = dataset_of(tmp_path, rows(12 * len(labels), labels))
    assert set(dataset.task.labels) == set(labels)
    for variant, settings in SETTINGS[name].items():
        called = name if variant == "floor" else variant
        folder = tmp_path / called
        build(called, settings(tiny_encoder), dataset, make_resources(), folder)
        for prediction in load(folder, dataset.task, make_resources()).predict(dataset.validation):
            assert prediction.text in labels
            assert sum(prediction.scores.values()) == pytest.approx(1)
