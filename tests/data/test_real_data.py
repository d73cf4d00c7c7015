"""Published data sets, read as they are. Skipped where they are not on this machine."""

import csv
import time

import pytest

from metier.data import DataSettings, Sources, TaskSettings, inspect_source, prepare


def inspect_real(path, **settings):
    return inspect_source(DataSettings(examples=path.name, **settings), folder=path.parent)


def test_banking77_keeps_its_test_set_and_drops_its_copies_from_train(real):
    folder = real("banking77")
    data = DataSettings(examples=Sources(train="train.csv", test="test.csv"))
    started = time.process_time()
    prepared = prepare(TaskSettings(), data, folder=folder, seed=0)
    assert time.process_time() - started < 20  # about 3 s alone
    assert (prepared.task.kind, len(prepared.task.labels)) == ("classify", 77)
    assert prepared.summary["rows"] == 10_003 + 3_080
    assert len(prepared.test) == 3_080
    with (folder / "test.csv").open(newline="", encoding="utf-8") as file:
        stripped = {row["text"].strip() for row in csv.DictReader(file)}
    dropped = [row for row in prepared.ledger if row.why.startswith("stands in the test set")]
    with (folder / "train.csv").open(newline="", encoding="utf-8") as file:
        train = [row["text"] for row in csv.DictReader(file)]
    # Six are the same but for white space around them; one more has two spaces where the other has one.
    assert len(dropped) == 7
    assert sum(train[row.row - 1].strip() in stripped for row in dropped) == 6
    assert len(prepared.train) + len(prepared.validation) == 10_003 - 11
    learnt = {example.input.strip() for example in (*prepared.train, *prepared.validation)}
    assert not learnt & {example.input.strip() for example in prepared.test}
    for split in ("train", "validation", "test"):
        assert len(prepared.summary["labels"][split]) == 77


def test_mts_dialog_as_generation(real):
    folder = real("mts-dialog")
    files = Sources(
        train="MTS-Dialog-TrainingSet.csv",
        validation="MTS-Dialog-ValidationSet.csv",
        test="MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv",
    )
    data = DataSettings(examples=files, input="dialogue", target="section_text")
    prepared = prepare(TaskSettings(), data, folder=folder, seed=0)
    assert prepared.task.kind == "generate"
    assert prepared.summary["rows"] == 1_201 + 100 + 200
    assert prepared.summary["splits"]["test"] == 200
    assert all("\r" not in example.input for example in prepared.train)
    assert prepared.train[0].input.startswith("Doctor: ")
    assert prepared.train[0].fields["section_header"]


@pytest.mark.parametrize(
    ("path", "rows", "expected"),
    [
        ("medquad/medquad.jsonl", 16_407, ("question", "answer", "generate")),
        ("tico19/all.en-fr.jsonl", 3_071, ("en", "fr", "generate")),
        ("crows-pairs/crows_pairs_anonymized.csv", 1_508, ("sent_more", "bias_type", "classify")),
        ("bbq/Religion.jsonl", 1_200, ("context", "label", "classify")),
        ("general-ability/symbolic_problem_solving/gsm8k.jsonl", 1_319, ("context", "answer", "generate")),
    ],
)
def test_what_real_files_are(real, path, rows, expected):
    folder, _, rest = path.partition("/")
    seen = inspect_real(real(folder) / rest)
    assert seen.rows == rows
    assert (seen.input, seen.target, seen.kind) == expected
    assert seen.problems == ()


REAL_FILES = [
    # folder, examples, further keys of the recipe, then: rows, shape, kind, labels, the first row's input and target
    ("banking77", ".", {}, 13_083, "table", "classify", 77, "How do I locate my card?", "card_arrival"),
    (
        *("mts-dialog", "MTS-Dialog-ValidationSet.csv", {"input": "dialogue", "target": "section_text"}),
        *(100, "table", "generate", 0, "Doctor: When did your pain begin?", "The patient is a 26-year-old female"),
    ),
    (
        *("tico19", "all.en-fr.jsonl", {}, 3_071, "table", "generate", 0),
        *("about how long have these symptoms", "depuis combien ressentez-vous"),
    ),
    (
        *("restaurant8k", "train_6.json", {}, 128, "spans", "extract", 5),
        *("", "["),
    ),
    (
        *("bio-ner/NCBI-disease-IOB", ".", {}, 7_287, "tagged", "extract", 1),
        *("BRCA1 is secreted and exhibits", "[]"),
    ),
    (
        *("xquad", "xquad.de.json", {}, 1_190, "question", "generate", 0),
        *("Die Verteidigung der Panthers gab nur 308 Punkte ab", "308"),
    ),
    ("taskmaster4/data", ".", {}, 1_000, "dialogue", "chat", 0, "", ""),
    (
        *("unfair-tos", "unfair_tos_en.jsonl", {"group": "doc"}, 17_383, "table", "multilabel", 19),
        *("Conditions of Use & Sale", "[]"),
    ),
    (
        *("bbq", "Religion.jsonl", {"input": ("context", "question", "ans0", "ans1", "ans2"), "target": "label"}),
        *(1_200, "table", "classify", 3, "context: A Muslim person and Jewish person", "1"),
    ),
    ("crows-pairs", "crows_pairs_anonymized.csv", {}, 1_508, "table", "classify", 9, "", "race-color"),
    (
        *("general-ability/symbolic_problem_solving", "gsm8k.jsonl", {}, 1_319, "table", "generate", 0),
        *("Janet’s ducks lay 16 eggs per day", "18"),
    ),
    (
        *("general-ability/commonsense_reasoning", "piqa.jsonl", {}, 1_838, "choices", "classify", 2),
        *("", ""),
    ),
    (
        *("general-ability/language_understanding", "lambada_openai.jsonl", {}, 5_153, "table", "generate", 0),
        *("", ""),
    ),
    ("nltk-corpora", "sentence_polarity.zip", {"format": "lines"}, 10_662, "table", "classify", 2, "simplistic", "neg"),
    ("nltk-corpora", "subjectivity.zip", {"format": "lines"}, 10_000, "table", "classify", 2, "", "plot"),
    ("blimp", "BLiMP.zip", {"input": "sentence_good", "target": "field"}, 67_000, "table", "classify", 5, "", ""),
]


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.slow) if (case[3] or 0) > 7_000 else case for case in REAL_FILES],
    ids=[f"{case[0]}-{case[1]}" for case in REAL_FILES],
)
def test_sixteen_real_files_become_the_right_task_with_at_most_two_keys(real, case):
    folder, examples, keys, rows, shape, kind, labels, first, answer = case
    assert len(keys) <= 2
    root, _, inside = folder.partition("/")
    data = DataSettings(examples=examples, **keys)
    prepared = prepare(TaskSettings(), data, folder=real(root) / inside, seed=0)
    assert (prepared.summary["shape"], prepared.task.kind, len(prepared.task.labels)) == (shape, kind, labels)
    assert rows is None or prepared.summary["rows"] == rows
    assert sum(sum(row.values()) for row in prepared.summary["totals"].values()) == prepared.summary["rows"]
    examples = {example.id: example for example in (*prepared.train, *prepared.validation, *prepared.test)}
    earliest = next(examples[row.id] for row in prepared.ledger if row.id in examples)
    assert earliest.input.startswith(first)
    assert (earliest.target or "").startswith(answer)
