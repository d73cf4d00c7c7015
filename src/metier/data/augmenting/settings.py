"""The ``augment`` section of an approach."""

from __future__ import annotations

from pydantic import Field, model_validator

from metier.core import Settings
from metier.models.hosting.hosted_settings import HostedSettings, is_hosted

Band = tuple[float, float]
"""Cosine similarity: at least and at most."""


class SelfInstructSettings(Settings):
    """New rows, written by a model that is shown rows of one answer (Self-Instruct; arXiv 2212.10560).

    Answers take turns, so that rare labels get as many new rows as frequent ones.
    """

    shown: int = Field(default=4, ge=1, le=32)
    """Training rows that the model is shown for each new one: with labels, rows of the label that is wanted."""
    temperature: float = Field(default=0.9, gt=0, le=2)
    """Of the draw: higher gives more different rows, and more that are thrown away."""
    likeness: Band = (0.2, 0.95)
    """Cosine similarity of a new row to the one nearest to it of training, validation and the new ones, by the
    recipe's ``embedder``: at least (or it is off the subject) and at most (or it repeats)."""

    @model_validator(mode="after")
    def _is_a_band(self) -> SelfInstructSettings:
        _check_band(self.likeness)
        return self


class BackTranslateSettings(Settings):
    """Inputs translated into another language and back (Sennrich et al. 2016, arXiv 1511.06709)."""

    through: str = Field(default="German", min_length=1, max_length=50)
    """The other language, as models that follow instructions are told."""
    language: str = Field(default="English", min_length=1, max_length=50)
    """The rows' own language, likewise."""
    there: str | None = None
    """Model that translates into the other language: encoder-decoder, causal or hosted. None: ``augment.model``."""
    back: str | None = None
    """Model that translates back. None: the one of ``there``."""
    there_prefix: str = Field(default="", max_length=200)
    """Encoder-decoder models read the text alone, behind this (T5: ``"translate English to German: "``)."""
    back_prefix: str = Field(default="", max_length=200)
    """Likewise on the way back."""


class FilledTemplate(Settings):
    """A text with slots in braces, and its answer."""

    input: str = Field(min_length=1, max_length=20_000)
    """Such as ``"Where is my {product}?"``."""
    target: str | tuple[str, ...] | None = None
    """The answer: a label, a list of labels, a number, or a text, which may have slots of the input in it. None: of
    extraction, where the slots that are named like labels are the pieces."""


class FillSettings(Settings):
    """New rows out of templates of your own, their slots filled."""

    templates: tuple[FilledTemplate, ...] = Field(min_length=1)
    """Taken in turn."""
    slots: dict[str, tuple[str, ...]] = Field(default_factory=lambda: {})
    """Names of slots to what fills them. A slot that does not stand here is filled with what training rows mark with
    the label of its name (extraction), or have in the column of its name."""


class AugmentSettings(Settings):
    """More rows to learn from, made of the training rows of this approach. Validation and test stay as they are."""

    edits: tuple[str, ...] = ("case", "swaps", "typos")
    """Edits of the input that keep its answer, in turn: ``typos`` (as fingers make them), ``case`` (and a missing last
    full stop), ``swaps`` (of sentences, or of two neighbouring words). ``[]``: none."""
    paraphrase: bool = False
    """Whether inputs are also worded anew by ``model``, in turn with the edits; see ``likeness`` and ``teacher``."""
    self_instruct: SelfInstructSettings | None = None
    """Whether ``model`` also writes rows of its own, from rows that it is shown (``{}``: with the defaults), for tasks
    that are answered with labels or with a text. None: no."""
    back_translate: BackTranslateSettings | None = None
    """Whether inputs are also translated into another language and back. None: no."""
    fill: FillSettings | None = None
    """Rows out of templates of your own (``{templates: [{input: "Where is my {product}?", target: order}], slots:
    {product: [kettle, lamp]}}``), in turn with the edits; the one way for extraction, with ``edits: []``. None: no."""
    model: str | None = None
    """The model that writes, a causal or a hosted one (``openai:NAME``). None: the recipe's ``model``."""
    hosted: HostedSettings | None = None
    """Where hosted models of this section live; training rows are sent there. None: the recipe's ``hosted``."""
    teacher: str | None = None
    """Model that must agree: asked for the answer of a row that a model wrote, without examples, it must give the row's
    own (of a text, half of its words). None: TF-IDF with logistic regression, fitted on the training rows, where
    answers are labels; otherwise nobody is asked."""
    share: float = Field(default=0.5, gt=0, le=3)
    """Rows that are made, at most, as a share of the training rows."""
    likeness: Band = (0.6, 0.97)
    """Cosine similarity of what is worded anew or translated back to its original, by the recipe's ``embedder``: at
    least and at most."""
    max_new_tokens: int = Field(default=256, ge=8, le=8192)
    """Longest text that a model may write, in tokens; what does not end by then is thrown away."""

    @model_validator(mode="after")
    def _makes_something(self) -> AugmentSettings:
        if not self.edits and not self.writers and self.fill is None:
            raise ValueError("an edit, fill: {...}, paraphrase: true, self_instruct: {} or back_translate: {}")
        _check_band(self.likeness)
        return self

    @property
    def writers(self) -> dict[str, tuple[str | None, ...]]:
        """The ways in which models write, and the models of each; None: the recipe's."""
        found: dict[str, tuple[str | None, ...]] = {}
        if self.paraphrase:
            found["paraphrase"] = (self.model,)
        if self.back_translate is not None:
            there = self.back_translate.there or self.model
            found["back_translate"] = (there, self.back_translate.back or there)
        if self.self_instruct is not None:
            found["self_instruct"] = (self.model,)
        return found

    def asks_hosted(self, default: str) -> bool:
        """Whether any model here is hosted; ``default``: the recipe's."""
        names = [name or default for used in self.writers.values() for name in used]
        return any(is_hosted(name) for name in (*names, *([self.teacher] if self.teacher else [])))


def _check_band(band: Band) -> None:
    low, high = band
    if not -1 <= low < high <= 1:
        raise ValueError("likeness as [low, high], between -1 and 1")
