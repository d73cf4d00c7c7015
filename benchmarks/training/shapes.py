"""The shapes of data on which engines are compared, with fixed seeds, and the models that learn them.

``a``: one instruction for all rows, a short answer (tickets and their categories). ``b``: five questions a document.
``c``: plain instruction data, nothing shared, lengths with a long tail. ``qwen``: one batch of ``a`` for a model of the
shape of Qwen2.5-0.5B. ``smollm2-banking77`` and ``smollm2-xquad``: 64 rows of real data for the bundled SmolLM2.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from texts import Words, documents, shared, source

END, PAD = "<|end|>", "<|pad|>"
VOCABULARY = 16_384
LABELS = ("billing question", "delivery delay", "return of goods", "account access", "product advice", "other matters")


class Pair(NamedTuple):
    """A row as text: what is read, and what is learnt."""

    prompt: str
    completion: str


class Shape(NamedTuple):
    """A shape: how many rows unless asked otherwise, of which model, and how they are made."""

    rows: int
    model: str  # small | qwen | builtin
    make: Callable[[int], list[Pair]]


def shared_instruction(count: int) -> list[Pair]:
    """About 200 tokens of instruction, 100 of message, 3 of answer."""
    random, words = Random(1), Words(skip=20)
    instruction = f"{words.take(120)}\nCategories: {', '.join(LABELS)}.\nMessage: "
    return [
        Pair(f"{instruction}{words.take(random.randint(35, 90))}\nCategory:\n", random.choice(LABELS))
        for _ in range(count)
    ]


def questions_on_documents(count: int) -> list[Pair]:
    """About 350 tokens of document, five questions on each, answers of about 25."""
    random, words = Random(2), Words(skip=120)
    pairs: list[Pair] = []
    while len(pairs) < count:
        document = f"Answer from the text.\n{words.take(random.randint(240, 400))}\nQuestion: "
        pairs += [
            Pair(f"{document}{words.take(random.randint(7, 15))}?\nAnswer:\n", words.take(random.randint(8, 28)))
            for _ in range(5)
        ]
    random.shuffle(pairs)
    return pairs[:count]


def long_tail(count: int) -> list[Pair]:
    """Lengths drawn from a lognormal: median 35 words of prompt and 60 of answer, at most 300 each."""
    random, words = Random(3), Words(skip=240)

    def some(median: float, spread: float) -> str:
        return words.take(min(300, max(4, round(median * random.lognormvariate(0, spread)))))

    return [Pair(f"{some(35, 0.8)}\nAnswer:\n", some(60, 0.8)) for _ in range(count)]


def _turns(instruction: str, text: str, answer: str) -> Pair:
    """In SmolLM2's chat format; the end token of the answer is added with its ids."""
    system = f"<|im_start|>system\n{instruction}<|im_end|>\n"
    return Pair(f"{system}<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n", answer)


def banking77(count: int) -> list[Pair]:
    """Messages to a bank (CC-BY-4.0), all 77 intents named in the instruction."""
    with (shared() / "data" / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["category"].replace("_", " ")) for row in csv.DictReader(file)]
    instruction = "Name the intent of the customer's message. Intents: " + ", ".join(
        sorted({label for _, label in rows})
    )
    return [_turns(instruction, text.strip(), label) for text, label in Random(4).sample(rows, count)]


def xquad(count: int) -> list[Pair]:
    """Questions on paragraphs (CC-BY-SA-4.0), four a paragraph."""
    data = json.loads((shared() / "data" / "xquad" / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    asked = [paragraph for article in data for paragraph in article["paragraphs"] if len(paragraph["qas"]) >= 4]
    pairs = [
        _turns("Answer from the text.", f"{paragraph['context']}\n\n{qa['question']}", qa["answers"][0]["text"].strip())
        for paragraph in Random(5).sample(asked, count // 4)
        for qa in paragraph["qas"][:4]
    ]
    Random(6).shuffle(pairs)
    return pairs


SHAPES = {
    "a": Shape(40, "small", shared_instruction),
    "b": Shape(40, "small", questions_on_documents),
    "c": Shape(48, "small", long_tail),
    "qwen": Shape(8, "qwen", shared_instruction),
    "smollm2-banking77": Shape(64, "builtin", banking77),
    "smollm2-xquad": Shape(64, "builtin", xquad),
}


class Made(NamedTuple):
    """A shape on disk: its model's folder, its rows' folder, and what is in them."""

    model: Path
    data: Path
    facts: dict[str, Any]


def make(name: str, cache: Path, *, rows: int | None = None) -> Made:
    """Write ``rows.jsonl`` of a shape and its model, where they are not there yet."""
    from transformers import AutoTokenizer

    shape = SHAPES[name]
    folder = cache / "shapes" / f"{source()}-{_version()}"
    model = _model(shape.model, folder)
    tokenizer = AutoTokenizer.from_pretrained(model)
    encoded = [_encode(tokenizer, pair) for pair in shape.make(rows or shape.rows)]
    data = folder / f"{name}-{len(encoded)}"
    data.mkdir(parents=True, exist_ok=True)
    (data / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in encoded), encoding="utf-8")
    lengths = [len(row["ids"]) for row in encoded]
    facts = {
        "text": "real" if shape.model == "builtin" else source(),
        "rows": len(encoded),
        "tokens": sum(lengths),
        "longest": max(lengths),
        "lengths": lengths,
        "trained_tokens": sum(len(row["ids"]) - row["prompt_length"] for row in encoded),
        "tokens_if_shared": distinct_prefixes(row["ids"] for row in encoded),
    }
    return Made(model, data, facts)


def distinct_prefixes(rows: Iterable[list[int]]) -> int:
    """Tokens that must be computed at least once: the nodes of a trie over all rows."""
    ordered = sorted(map(tuple, rows))
    total = len(ordered[0])
    for before, row in pairwise(ordered):
        differs = (i for i, (x, y) in enumerate(zip(before, row, strict=False)) if x != y)
        total += len(row) - next(differs, min(len(before), len(row)))
    return total


def _encode(tokenizer: Any, pair: Pair) -> dict[str, Any]:
    """Both texts as ids, one after the other: whoever encodes them together must get the same."""
    prompt = tokenizer.encode(pair.prompt, add_special_tokens=False)
    completion = tokenizer.encode(pair.completion, add_special_tokens=False)
    together = tokenizer.encode(pair.prompt + pair.completion, add_special_tokens=False)
    assert together == prompt + completion, f"tokens cross the border between prompt and answer: {pair}"
    ids = [*prompt, *completion, tokenizer.eos_token_id]
    return {"prompt": pair.prompt, "completion": pair.completion, "ids": ids, "prompt_length": len(prompt)}


def _version() -> str:
    """Changes with this file and its texts, so that what was made by another version is not taken."""
    here = Path(__file__).parent
    return hashlib.sha256(b"".join((here / name).read_bytes() for name in ("shapes.py", "texts.py"))).hexdigest()[:10]


def _model(kind: str, folder: Path) -> Path:
    if kind == "builtin":
        from metier.models import locate

        return locate("builtin", folder=folder).path
    target = folder / f"model-{kind}"
    if not target.is_dir():
        part = target.with_suffix(".part")  # renamed when whole: a run that was stopped leaves no half model
        _write_model(kind, part)
        part.rename(target)
    return target


def _write_model(kind: str, target: Path) -> None:
    """Random weights in float32, and the tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    tokenizer = _train_tokenizer()
    tokenizer.save_pretrained(target)
    ids = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    torch.manual_seed(0)
    if kind == "qwen":
        module: Any = Qwen2ForCausalLM(
            Qwen2Config(
                vocab_size=151_936,
                hidden_size=896,
                intermediate_size=4864,
                num_hidden_layers=24,
                num_attention_heads=14,
                num_key_value_heads=2,
                max_position_embeddings=4096,
                tie_word_embeddings=True,
                rope_theta=1e6,
                rms_norm_eps=1e-6,
                **ids,
            )
        )
    else:
        module = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=VOCABULARY,
                hidden_size=512,
                intermediate_size=1536,
                num_hidden_layers=6,
                num_attention_heads=8,
                num_key_value_heads=2,
                max_position_embeddings=4096,
                tie_word_embeddings=True,
                rms_norm_eps=1e-5,
                **ids,
            )
        )
    module.save_pretrained(target, max_shard_size="20GB")


def _train_tokenizer() -> Any:
    """Byte-level BPE, trained on the first documents of the text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner: Any = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(islice(documents(), 1500), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=END, pad_token=PAD)
