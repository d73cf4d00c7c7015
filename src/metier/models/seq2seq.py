"""Encoder-decoder models (T5, BART): a text is read, another is written; labels are scored by likelihood.

The same questions as to :class:`~metier.models.CausalModel`: a conversation goes to the encoder as one text, in the
tokenizer's chat template or a documented plain one, between the marks that the tokenizer sets; the answer is the
decoder's, with the tokenizer's marks too.

Legend: ``B`` rows of a batch, ``T`` tokens of a row, ``V`` vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from metier.core import Message, Reporter, step
from metier.models import chat
from metier.models.causal import TOKENS_A_BATCH, Generation
from metier.models.device import Compute
from metier.models.documents import encode_document
from metier.models.finding.source import ModelSource
from metier.models.grammar import Grammar, HeldToGrammar, token_view
from metier.models.lazy import LazyModel
from metier.models.virtual.soft_prompts import has_soft_prompt, virtual_tokens
from metier.models.wrapping import base_of

PLAIN_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] }}\n\n"
    "{% elif message['role'] == 'assistant' %}Answer: {{ message['content'] }}\n"
    "{% else %}{{ message['content'] }}\n{% endif %}"
    "{% endfor %}"
)
"""For models without a chat template, which is all that we know: the instruction, then the turns."""


class Seq2SeqModel(LazyModel):
    """An encoder-decoder model with its tokenizer, ready to answer; its weights are loaded when first used.

    Args:
        source: the base model.
        compute: device and precision.
        weights: a folder with a PEFT adapter, or with a whole model, to use instead of the base's own weights.
    """

    def __init__(self, source: ModelSource, compute: Compute, *, weights: Path | None = None) -> None:
        super().__init__(source, compute, weights=weights)
        self.plain_template = not self.tokenizer.chat_template
        if self.plain_template:
            self.tokenizer.chat_template = PLAIN_TEMPLATE

    @property
    def max_tokens(self) -> int:
        """The longest text that the encoder reads, and the longest that the decoder writes, less a soft prompt."""
        return self.source.max_tokens - (virtual_tokens(self.module) if self._weights else 0)

    def room(self, answer: int) -> int:
        """Tokens that a question may have beside an answer of so many: all, for answers stand in the decoder."""
        return self.max_tokens

    def encode(self, text: str) -> list[int]:
        """Token ids of a text without marks."""
        return encode_document(self.tokenizer, text)

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Token ids that the encoder reads to give the next assistant turn."""
        ids: list[int] = self.tokenizer(chat.prompt_text(self.tokenizer, messages).strip(), verbose=False)["input_ids"]
        return ids

    def answer(self, messages: Sequence[Message], answer: str) -> list[int]:
        """Token ids that the decoder should write, with the tokenizer's marks; the conversation does not matter."""
        ids: list[int] = self.tokenizer(answer, verbose=False, split_special_tokens=True)["input_ids"]
        return ids

    def label_ids(self, messages: Sequence[Message], words: Sequence[str]) -> list[list[int]]:
        """Each wording of a label as it is scored: with its marks, so that none is the beginning of another."""
        return [self.answer(messages, word) for word in words]

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        max_new_tokens: int,
        reporter: Reporter,
        label: str = "generate",
        grammar: Grammar | Sequence[Grammar] | None = None,
    ) -> list[Generation]:
        """Greedy answers to prompts, in their order; see :meth:`metier.models.CausalModel.generate`."""
        import torch

        stop = self.tokenizer.eos_token_id
        forms = [grammar] * len(prompts) if isinstance(grammar, Grammar) else list(grammar or ())
        found: dict[int, Generation] = {}
        with step(reporter, label, len(prompts), unit="answers") as bar, torch.inference_mode():
            for batch in _batches([len(prompt) + max_new_tokens for prompt in prompts]):
                ids, mask = padded([prompts[i] for i in batch], self.tokenizer.pad_token_id, self.compute.device)
                output = self.module.generate(
                    input_ids=ids,
                    attention_mask=mask,
                    max_new_tokens=max_new_tokens,
                    max_length=None,
                    min_length=0,
                    num_beams=1,
                    no_repeat_ngram_size=0,
                    do_sample=False,
                    eos_token_id=stop,
                    forced_eos_token_id=None,
                    pad_token_id=self.tokenizer.pad_token_id,
                    logits_processor=[self._held([forms[i] for i in batch])] if forms else None,
                )
                for index, row in zip(batch, output[:, 1:].tolist(), strict=True):  # the first starts the decoder
                    found[index] = self._generation(row, stop)
                bar.advance(len(batch))
        return [found[i] for i in range(len(prompts))]

    def _held(self, forms: Sequence[Grammar]) -> HeldToGrammar:
        vocabulary = self.module.get_output_embeddings().weight.shape[0]
        stops = [self.tokenizer.eos_token_id]
        return HeldToGrammar(forms, token_view(self.tokenizer, vocabulary=vocabulary, stops=stops))

    def _generation(self, row: list[int], stop: int) -> Generation:
        end = row.index(stop) if stop in row else None
        text = self.tokenizer.decode(row[:end], skip_special_tokens=True)
        return Generation(str(text).strip(), len(row) if end is None else end + 1, end is None)

    def score(
        self,
        prompts: Sequence[Sequence[int]],
        answers: Sequence[Sequence[int]],
        *,
        reporter: Reporter,
        label: str = "score",
    ) -> Any:
        """Log-probability of each answer after each prompt, float64 [len(prompts), len(answers)].

        Every prompt is encoded once; each answer is a row of the decoder.
        """
        import torch

        scores = np.zeros((len(prompts), len(answers)))
        longest = max(map(len, answers), default=0)
        with step(reporter, label, len(prompts)) as bar, torch.inference_mode():
            for batch in _batches([len(prompt) for prompt in prompts]):
                ids, mask = padded([prompts[i] for i in batch], self.tokenizer.pad_token_id, self.compute.device)
                read = None if has_soft_prompt(self.module) else self._encoder()(input_ids=ids, attention_mask=mask)
                size = max(1, TOKENS_A_BATCH // (len(batch) * longest))
                for start in range(0, len(answers), size):
                    some = answers[start : start + size]
                    scores[batch, start : start + len(some)] = self._scores(ids, mask, read, some)
                bar.advance(len(batch))
        return scores

    def _encoder(self) -> Any:
        return base_of(self.module).get_encoder()

    def _scores(self, ids: Any, mask: Any, read: Any, answers: Sequence[Sequence[int]]) -> Any:
        """Scores of some answers after the prompts of a batch, [B, answers]."""
        from transformers.modeling_outputs import BaseModelOutput

        rows, times = len(ids), len(answers)
        pad, device = self.tokenizer.pad_token_id, self.compute.device
        wanted, real = padded(list(answers) * rows, pad, device)  # [B * answers, T]
        inputs: dict[str, Any] = {"attention_mask": mask.repeat_interleave(times, 0)}
        if read is None:
            inputs["input_ids"] = ids.repeat_interleave(times, 0)
        else:
            inputs["encoder_outputs"] = BaseModelOutput(
                last_hidden_state=read.last_hidden_state.repeat_interleave(times, 0)
            )
        logits = self.module(**inputs, decoder_input_ids=shifted(self.module, wanted), use_cache=False).logits.double()
        picked = logits.gather(2, wanted[..., None])[..., 0] - logits.logsumexp(-1)
        return (picked * real).sum(1).view(rows, times).cpu().numpy()


def span_marks(tokenizer: Any) -> tuple[int, ...]:
    """Token ids that stand for hidden stretches of a text (T5's ``<extra_id_0>``, ...), in their order; may be none."""
    known = tokenizer.get_vocab()
    names = [f"<extra_id_{number}>" for number in range(len(known))]
    return tuple(known[name] for name in takewhile(known.__contains__, names))


def shifted(module: Any, targets: Any) -> Any:
    """What the decoder reads to write ``targets`` [B, T]: its start token, then the targets without their last."""
    start = module.config.decoder_start_token_id
    read = targets.new_full(targets.shape, start)
    read[:, 1:] = targets[:, :-1]
    return read


def padded(rows: Sequence[Sequence[int]], pad: int, device: str) -> tuple[Any, Any]:
    """Ids and mask, both [B, T], rows aligned at their beginnings."""
    import torch

    width = max(len(row) for row in rows)
    ids = torch.tensor([list(row) + [pad] * (width - len(row)) for row in rows], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=device)
    return ids, mask


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Places of rows of similar length, the longest first."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if not batches or (len(batches[-1]) + 1) * lengths[batches[-1][0]] > TOKENS_A_BATCH:
            batches.append([])
        batches[-1].append(index)
    return batches
