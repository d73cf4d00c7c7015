"""Examples as training rows: the join of data, prompts and a model's tokens. Long inputs are cut, answers never."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal, NamedTuple

from metier.approaches.fitting import fit
from metier.approaches.system import TokenCount
from metier.approaches.tuning.rewards import Rewards
from metier.approaches.tuning.splitting import Halve, parts_of, split_reason
from metier.core import Example, Message, Task, TrainingError, derive
from metier.core.types import NO_FIELDS
from metier.models import EncoderModel, LanguageModel, Seq2SeqModel, segments
from metier.prompts import Prompt
from metier.training import Row

Turns = Literal["all", "last"]
"""Which answers of a conversation are learnt."""
LONGEST = 2048
"""Longest training row in tokens unless the recipe says otherwise."""


class Judged(NamedTuple):
    """What answers that the model writes by itself in training are held to.

    Attributes:
        rewards: what they are worth.
        stops: tokens at which an answer ends.
        tokens: most tokens of an answer.
        notes: what the record should say of it, in sentences.
    """

    rewards: Rewards
    stops: Sequence[int]
    tokens: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows to train on, and what became of every example.

    Attributes:
        rows: with what is to be learnt.
        tokens: one count for each example.
        objective: the name of what is minimised over the rows.
        bound: what the objective must know besides, by name.
        padded: why the objective needs padded rows; empty: it does not.
        judged: judges answers where rows are prompts alone.
        others: how many of the rows are of other tasks that are learnt together; ``tokens`` says nothing of them.
    """

    rows: list[Row]
    tokens: list[TokenCount]
    objective: str = "completion"
    bound: Mapping[str, Any] = field(default_factory=lambda: NO_FIELDS)
    padded: str = ""
    judged: Judged | None = None
    others: int = 0

    def beside(self, others: Sequence[TokenCount]) -> Prepared:
        """The same rows, with what became of other examples."""
        return replace(self, tokens=[*self.tokens, *others])

    def require_some(self) -> None:
        """There must be something to learn from.

        Raises:
            TrainingError: there is not; with the reason.
        """
        if not self.rows:
            why = " ".join(f"{count:,} rows: {why}." for why, count in self.skipped.items())
            nothing = "There is nothing to learn from: no row of the training split has a token that carries loss."
            raise TrainingError(f"{nothing} {why}".strip())

    def held_to(self, policy: str) -> Prepared:
        """The rows as ``weights.too_long`` wants those whose inputs had to be cut.

        Raises:
            TrainingError: there are such rows, and the policy is ``error``.
        """
        cut = {count.id: count for count in self.tokens if count.cut and count.trained}
        if policy in ("cut", "split") or not cut:  # what was split is cut only where nothing can be taken apart
            return self
        if policy == "error":
            most = max(cut.values(), key=lambda count: count.cut)
            raise TrainingError(
                f"{len(cut):,} training rows are too long, {most.id} by {most.cut:,} tokens, and weights.too_long is "
                "error. Raise weights.max_length, shorten them, or set too_long to cut or leave_out."
            )
        tokens = [
            count._replace(trained=0, why=f"left out: too long by {count.cut} tokens") if count.id in cut else count
            for count in self.tokens
        ]
        return replace(self, rows=[row for row in self.rows if row.id not in cut], tokens=tokens)

    @property
    def learnt(self) -> int:
        """Examples that could be used, those of other tasks too."""
        return sum(count.trained > 0 for count in self.tokens) + self.others

    @property
    def skipped(self) -> dict[str, int]:
        """Examples that could not be used, by reason."""
        reasons: dict[str, int] = {}
        for count in self.tokens:
            if not count.trained:
                reasons[count.why] = reasons.get(count.why, 0) + 1
        return reasons


def drawn(
    examples: Sequence[Example], max_rows: int | None, *, seed: int
) -> tuple[Sequence[Example], list[TokenCount]]:
    """At most ``max_rows`` examples, drawn by ``seed``, in their order; and a count of 0 tokens for each other one."""
    if max_rows is None or len(examples) <= max_rows:
        return examples, []
    chosen = set(Random(derive(seed, "max_rows")).sample(range(len(examples)), max_rows))
    why = f"left out: max_rows is {max_rows}"
    rest = [TokenCount(e.id, 0, 0, why) for i, e in enumerate(examples) if i not in chosen]
    return [e for i, e in enumerate(examples) if i in chosen], rest


def answer_rows(
    model: LanguageModel,
    prompt: Prompt,
    examples: Sequence[Example],
    demonstrations: Sequence[Sequence[Example]],
    *,
    max_length: int,
    pairs: bool = False,
    turns: Turns = "all",
    halve: Halve | None = None,
) -> Prepared:
    """Conversations as rows that carry loss on their answers.

    Args:
        model: gives template and tokenizer.
        prompt: instruction and wording.
        examples: with targets.
        demonstrations: for each example, what is shown before it; where a row is too long, the first ones are left out.
        max_length: longest row in tokens.
        pairs: each row is a pair of the target and the example's field ``rejected``; examples without one are left out.
        turns: whether the answers of earlier turns are learnt too; of a pair they never are.
        halve: takes examples that are too long apart, until they fit. None: their inputs are cut.
    """
    rows: list[Row] = []
    counts: list[TokenCount] = []
    if turns == "last":
        examples = [_last_alone(example) for example in examples]
    for example, shown in zip(examples, demonstrations, strict=True):
        if pairs and not rejected_of(example):
            counts.append(TokenCount(example.id, 0, 0, "it has no rejected answer that differs from the chosen one"))
            continue
        parts = parts_of(example, halve, _fitting(model, prompt, max_length)) if halve else [example]
        found = [causal_row(model, prompt, part, shown, max_length, pairs=pairs) for part in parts]
        made = [row for row in found if row is not None]
        if not made:
            counts.append(TokenCount(example.id, 0, 0, f"the answer does not fit into {max_length} tokens"))
            continue
        rows += made
        cut = sum(row.cut for row in made)
        why = "; ".join(filter(None, [split_reason(len(found), max_length), cut_reason(cut, max_length)]))
        counts.append(TokenCount(example.id, sum(row.trained_tokens for row in made), cut, why))
    return Prepared(rows, counts, "sequence" if isinstance(model, Seq2SeqModel) else "completion")


def prompt_rows(
    model: LanguageModel,
    prompt: Prompt,
    examples: Sequence[Example],
    demonstrations: Sequence[Sequence[Example]],
    *,
    max_length: int,
    judged: Judged,
) -> Prepared:
    """Prompts as rows that the model answers by itself; as :func:`answer_rows`. ``max_length`` holds the answer too."""
    rows: list[Row] = []
    counts: list[TokenCount] = []
    room = max_length - judged.tokens

    def ids_of(asked: Example, few: Sequence[Example]) -> list[int]:
        return model.prompt(prompt.messages(asked, few))

    for example, shown in zip(examples, demonstrations, strict=True):
        ids, cut = ids_of(example, shown), 0
        if len(ids) > room:
            fitted = fit(model, example, shown, room=room, length=lambda asked, few: len(ids_of(asked, few)))
            if not fitted.fits:
                why = f"no prompt fits into {max_length} tokens beside an answer of {judged.tokens}"
                counts.append(TokenCount(example.id, 0, 0, why))
                continue
            ids, cut = ids_of(fitted.example, fitted.shown), fitted.cut
        rows.append(Row(id=example.id, ids=tuple(ids), cut=cut))
        counts.append(TokenCount(example.id, 1, cut, cut_reason(cut, max_length)))
    return Prepared(rows, counts, judged=judged)


def cut_reason(cut: int, max_length: int) -> str:
    """What the ledger says of a row that was cut; empty where it was not."""
    return f"the input was cut by {cut} tokens to fit into {max_length}" if cut else ""


def causal_row(
    model: LanguageModel, prompt: Prompt, example: Example, shown: Sequence[Example], max_length: int, *, pairs: bool
) -> Row | None:
    """One conversation as a row, its input cut to fit; None where it does not fit, or nothing in it carries loss."""

    def encode(asked: Example, few: Sequence[Example]) -> Row:
        row = _encode(model, prompt, asked, few, last_only=pairs)
        if not pairs:
            return row
        other = _encode(model, prompt, replace(asked, target=rejected_of(asked)), few, last_only=True)
        return replace(row, rejected=other.ids, rejected_weights=other.weights)

    def longest(row: Row) -> int:
        return max(len(row.ids), len(row.rejected), len(row.source))

    row = encode(example, shown)
    if longest(row) <= max_length:
        return row if row.trained_tokens else None
    fitted = fit(
        model,
        example,
        shown,
        room=max_length,
        length=lambda asked, few: longest(encode(asked, few)),
    )
    if not fitted.fits or (fitted.cut and not fitted.example.input):
        return None
    row = encode(fitted.example, fitted.shown)
    return replace(row, cut=fitted.cut) if row.trained_tokens else None


def _fitting(model: LanguageModel, prompt: Prompt, max_length: int) -> Callable[[Example], bool]:
    """Whether an example fits without demonstrations, which go first."""

    def fits(example: Example) -> bool:
        row = _encode(model, prompt, example, ())
        return max(len(row.ids), len(row.source)) <= max_length

    return fits


def _last_alone(example: Example) -> Example:
    """The example with earlier answers that are only read."""
    return replace(example, history=tuple(replace(turn, weight=0.0) for turn in example.history))


def rejected_of(example: Example) -> str:
    """The answer that is not wanted; empty where there is none, or where it is the wanted one."""
    found = example.fields.get("rejected")
    return found if isinstance(found, str) and found != example.target else ""


def _encode(
    model: LanguageModel, prompt: Prompt, example: Example, shown: Sequence[Example], *, last_only: bool = False
) -> Row:
    asked, share = prompt.messages(example, shown), example.weight
    if last_only:  # log-probabilities are summed, not weighed
        asked, share = [replace(turn, weight=0.0) for turn in asked], 1.0
    if isinstance(model, Seq2SeqModel):  # what is written is the last answer; all before it is read
        written, read = model.answer(asked, prompt.wording(example)), model.prompt(asked)
        return Row(id=example.id, ids=tuple(written), weights=(share,) * len(written), source=tuple(read))
    conversation = [*asked, Message(role="assistant", content=prompt.wording(example), weight=share)]
    try:
        parts = segments(model.tokenizer, conversation)
    except ValueError:  # a template that rewrites earlier turns: train the last answer alone
        parts = segments(model.tokenizer, [*(replace(turn, weight=0.0) for turn in asked), conversation[-1]])
    ids: list[int] = []
    weights: list[float] = []
    for text, weight in parts:
        tokens = model.encode(text)
        ids += tokens
        weights += [weight] * len(tokens)
    return Row(id=example.id, ids=tuple(ids), weights=tuple(weights))


def encoder_rows(model: EncoderModel, task: Task, examples: Sequence[Example], *, max_length: int) -> Prepared:
    """Texts as rows with the index of their label."""
    learnt = [{"label": task.labels.index(example.target or "")} for example in examples]
    return text_rows(model, examples, learnt, "classification", max_length=max_length)


def text_rows(
    model: EncoderModel,
    examples: Sequence[Example],
    learnt: Sequence[Mapping[str, Any]],
    objective: str,
    *,
    max_length: int,
) -> Prepared:
    """Texts as rows for a head on the whole text.

    Args:
        model: gives the tokenizer.
        examples: with their texts.
        learnt: for each, the fields of :class:`metier.training.Row` that say what is to be learnt.
        objective: name of what is minimised.
        max_length: longest row in tokens; the rest of a text is cut, and counted.
    """
    rows: list[Row] = []
    counts: list[TokenCount] = []
    for example, what in zip(examples, learnt, strict=True):
        ids, cut = model.encode(example.input, max_length=max_length)
        rows.append(Row(id=example.id, ids=tuple(ids), cut=cut, **what))
        counts.append(TokenCount(example.id, 1, cut, cut_reason(cut, max_length)))
    return Prepared(rows, counts, objective)
