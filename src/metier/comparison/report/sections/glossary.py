"""The words of the page, in plain words."""

from __future__ import annotations

from typing import NamedTuple

from metier.comparison.report.reading import Run


class Term(NamedTuple):
    """A word and what it means here."""

    word: str
    meaning: str


_ALWAYS = (
    Term("Approach", "One way of getting a language model (or something simpler) to do the task."),
    Term(
        "Sealed test set",
        "Examples that no approach has seen while it was built. They are opened once for each approach, at the end, "
        "and every opening is counted, because looking often and choosing the best is a way of fooling oneself.",
    ),
    Term(
        "Floor",
        "A simple method that stands in the table to be beaten: the most frequent answer, word counts, the most "
        "similar known example. What does not clearly beat the floors is not worth its cost.",
    ),
    Term(
        "Interval",
        "The range in which the value would plausibly lie on other examples of the same kind. Another test set "
        "of this size would give another value; a short interval means that it would be close. It does not hold what "
        "another training run would change: a learning curve of several seeds shows that.",
    ),
    Term("Point", "One hundredth: from 91.0 % to 93.0 % is two points."),
    Term(
        "p, Holm",
        "p is how often chance alone would show a difference this large if there were none. When many "
        "approaches are compared, one of them looks good by luck; Holm’s adjustment makes up for that.",
    ),
    Term(
        "Tie",
        "Two approaches whose difference is too small for this test set to tell from chance. It does not mean "
        "that they are equal; more test examples could tell them apart.",
    ),
    Term(
        "Resolvable gap",
        "A true difference of this size would be found by this test set four times in five. "
        "Smaller ones may well be there, unseen.",
    ),
    Term(
        "One answer takes",
        "The time for one question at a time after warm-up: the middle of all measured times, and beside it the time "
        "that 95 of 100 stay within.",
    ),
    Term(
        "Rows in weights",
        "How many of your training rows the model’s weights were fitted to. What is in weights cannot be taken "
        "out again row by row, and may be repeated to whoever uses the model.",
    ),
    Term(
        "Fine-tuning",
        "Going on with a model’s training on your examples: all of its weights, or a small added part (LoRA).",
    ),
)

_METRICS = {
    "macro_f1": Term(
        "Macro-F1",
        "For each label, the balance of how many of its examples are found and how many answers with it are right; "
        "then the mean over labels, so that a rare label counts as much as a frequent one.",
    ),
    "r_squared": Term(
        "R²",
        "How much of what makes the right numbers differ from each other the answers explain: 100 % where all are "
        "exact, 0 % for always answering the mean, less for worse. It ranks approaches as the root mean squared error "
        "does.",
    ),
    "mean_absolute_error": Term(
        "Mean absolute error", "How far an answer is from the right number on average, in the unit of the numbers."
    ),
    "root_mean_squared_error": Term(
        "Root mean squared error",
        "The typical distance from the right number, in its unit; large errors count for more than in the mean one.",
    ),
    "spearman": Term(
        "Spearman correlation",
        "Whether the answers put the examples in the right order, whatever the numbers themselves: 100 % for the right "
        "order, 0 % for none, negative for the reverse.",
    ),
    "accuracy": Term("Accuracy", "The share of test examples that were answered right."),
    "token_f1": Term("Token F1", "How many words an answer and the right answer have in common, whatever their order."),
    "exact_match": Term("Exact match", "The share of answers that are the right answer word for word."),
    "rouge_l": Term("ROUGE-L", "The longest run of words, with gaps, that an answer shares with the right answer."),
    "bits_per_byte": Term(
        "Bits a byte",
        "How well a model foretells the documents: what an ideal compressor that asks it would write for each byte of "
        "text. Lower is better, 8 is no better than no model, and models with different tokens can be compared.",
    ),
    "chrf": Term("chrF", "How many short letter sequences an answer and the right answer have in common."),
}
_RECALL = Term(
    "Recall, precision",
    "Recall: of the examples of a label, the share that was found. Precision: of the answers with a label, the share "
    "that was right.",
)
_LOSS = Term(
    "Training and validation loss",
    "How surprised the model is by the right answers, on rows that it learns from and on rows that it does not. Where "
    "the second rises again it has begun to learn by heart; the weights of its lowest point are kept.",
)


def view(run: Run) -> tuple[Term, ...]:
    """The words that this page uses."""
    names = dict.fromkeys(name for item in run.finished for name in item.metrics)
    metrics = [_METRICS[name] for name in names if name in _METRICS]
    recall = [_RECALL] if run.analysis else []
    loss = [_LOSS] if any(record.curve for record in run.records.values()) else []
    return (*_ALWAYS[:3], *metrics, *recall, *_ALWAYS[3:], *loss)
