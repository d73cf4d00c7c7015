"""The ``prompt`` section of an approach."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from metier.core import Settings
from metier.models.grammar import Grammar
from metier.prompts.prompt import INPUT


class RewriteSettings(Settings):
    """A hosted model that rewrites the instruction after looking at what the prompt gets wrong (GEPA)."""

    model: str
    """``openai:NAME``, at the approach's or the recipe's ``hosted``. Training rows and their answers are sent to it."""
    proposals: int = Field(default=12, ge=1, le=200)
    """How many new instructions it is asked for."""
    shown: int = Field(default=8, ge=2, le=64)
    """Training rows that it looks at before each of them."""
    max_new_tokens: int = Field(default=2048, ge=64, le=32768)
    """Length limit of what it writes, in tokens, its thoughts included."""


class SearchSettings(Settings):
    """A search for a better prompt on validation: phrasings, label words, demonstrations and their order."""

    trials: int = Field(default=40, ge=2, le=500)
    """How many prompts are tried, the recipe's own among them. The first round tries all of them on an eighth of the
    rows; each further round the better half on twice as many."""
    rows: int = Field(default=200, ge=8, le=5000)
    """Validation rows that the last round sees, at most."""
    demonstrations: int = Field(default=8, ge=0, le=16)
    """Most demonstrations that are tried; 0: prompts without any."""
    rewrite: RewriteSettings | None = None
    """Let a strong hosted model rewrite the instruction of the best prompt found so far, by the method GEPA (Agrawal et
    al. 2025, arXiv 2507.19457). None: no instruction is rewritten."""


class ReasonSettings(Settings):
    """Thinking before answering: chain of thought, and self-consistency where it is drawn several times."""

    tokens: int = Field(default=256, ge=8, le=8192)
    """Length limit of a thought, in tokens."""
    samples: int = Field(default=1, ge=1, le=50)
    """How often it thinks about each question. 1: the likeliest thought. More: thoughts are drawn at random, and the
    answers to them vote (labels: their probabilities are averaged)."""
    temperature: float = Field(default=0.7, gt=0, le=2)
    """Of the draw, where ``samples`` is more than 1."""


class AnswerSettings(Settings):
    """The form of generated answers: one of ``choices``, ``regex`` and ``json_schema``."""

    choices: list[str] | None = Field(default=None, min_length=1, max_length=5000)
    """One of these texts."""
    regex: str | None = Field(default=None, min_length=1, max_length=4000)
    """Texts that this regular expression matches whole (no look-around, no back references)."""
    json_schema: dict[str, Any] | None = None
    """JSON that this schema describes."""
    constrain: bool = True
    """Hold the model to the form while it generates. False: only count the answers that miss it. A hosted model is
    asked to keep to a ``json_schema``; other forms are only counted there."""

    @model_validator(mode="after")
    def _is_one_form(self) -> AnswerSettings:
        if sum(form is not None for form in (self.choices, self.regex, self.json_schema)) != 1:
            raise ValueError("exactly one of choices, regex and json_schema")
        return self

    def grammar(self) -> Grammar:
        """The form, for generating and for checking.

        Raises:
            ValueError: not even readable; see also :meth:`metier.models.Grammar.trouble`.
        """
        if self.choices is not None:
            return Grammar.choices(self.choices)
        return Grammar.regex(self.regex) if self.regex is not None else Grammar.json_schema(self.json_schema or {})


class PromptSettings(Settings):
    """How a model is asked."""

    instruction: str | None = Field(default=None, max_length=4000)
    """What to do, as the system turn. None: the task's instruction."""
    question: str = Field(default=INPUT, max_length=4000)
    """How a text is put to the model, with ``{input}`` once where it stands."""
    template: str | None = None
    """Name of a template whose wording is used where ``instruction`` and ``question`` say nothing: instruction, frame
    of the text, wording of the answers (``review-stars.zh-plain``; ``metier data templates`` lists them). None: that
    of ``data.template``, where there is one."""
    demonstrations: int = Field(default=0, ge=0, le=200)
    """How many solved examples from train stand before the question. 0: none (zero-shot)."""
    choose: str = "nearest"
    """How demonstrations are chosen: ``random``, ``balanced`` (labels in turn), ``nearest`` (to the question) or
    ``diverse`` (near the question, far from each other)."""
    order: Literal["as_chosen", "reversed", "mixed"] = "as_chosen"
    """Order of demonstrations. ``as_chosen``: ``nearest`` and ``diverse`` put the most similar last."""
    list_labels: bool | None = None
    """``classify``, ``extract``: whether the instruction ends with the list of labels. None: yes for hosted models, and
    for prompting with at most 30 labels; no where weights are trained (the weights know them)."""
    label_words: dict[str, str] = Field(default_factory=dict)
    """``classify``: how a label is worded to the model, where the plain wording (``card arrival`` for ``card_arrival``)
    is not good."""
    calibrate: Literal["auto", "none", "contextual", "batch", "affine"] = "auto"
    """``classify``: correction of label scores for the model's taste for some labels, fitted on validation and
    frozen. ``contextual``: subtract the scores of texts that say nothing (Zhao et al. 2021). ``batch``: subtract each
    label's mean score (Zhou et al. 2023). ``affine``: a learnt scale and shift a label. ``auto``: whichever has the
    lowest cross-validated loss on validation."""
    max_new_tokens: int = Field(default=128, ge=1, le=8192)
    """Length limit of a generated answer, in tokens. Answers stopped by it are counted and shown."""
    answer: AnswerSettings | None = None
    """Form of generated answers. None: free text. Answers that miss it are counted and shown. ``classify`` needs none:
    its answers are always labels."""
    reason: ReasonSettings | None = None
    """Let the model think before it answers (Kojima et al. 2022, arXiv 2205.11916; several times and by vote: Wang et
    al. 2022, arXiv 2203.11171). For models that can; costs up to ``samples`` times ``tokens`` written tokens a query.
    None: it answers at once."""
    search: SearchSettings | None = None
    """Search for a better prompt than this one, on validation. None: this one is used."""
    sensitivity: int | None = Field(default=None, ge=0, le=1000)
    """Validation rows that eight other wordings of the prompt are tried on, to say how far the result depends on its
    wording. None: 32 for labels, 12 for generated text. 0: not tried."""

    @field_validator("question")
    @classmethod
    def _has_one_input(cls, value: str) -> str:
        if value.count(INPUT) != 1:
            raise ValueError("a text with {input} in it once")
        return value
