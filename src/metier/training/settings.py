"""The ``weights`` section of an approach."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import Field

from metier.core import Settings
from metier.training.batching.batches import Layout, Order
from metier.training.paradigms.distill_settings import DistillSettings
from metier.training.paradigms.preference import PreferenceSettings
from metier.training.paradigms.reinforcement import ReinforceSettings
from metier.training.paradigms.replay_settings import ReplaySettings

Value = TypeVar("Value")


def decided(value: Value | None) -> Value:
    """A value of settings that :func:`metier.training.resolved` has filled in."""
    assert value is not None, "settings are to be resolved before they are used"
    return value


class WeightsSettings(Settings):
    """How weights are trained. ``None``: the method's own default for the model's family, written to the record."""

    method: str = "lora"
    """What changes: ``lora`` (low-rank adapter), ``full`` (every weight), ``head`` and more: see the guide."""

    # What only some methods have (OWN_SETTINGS, below).
    rank: int | None = Field(default=None, ge=1, le=4096)
    """LoRA and its kin: rank of the update of each layer. Parameters and capacity grow with it. None: the method's own
    (lora, dora, qlora 16; adalora 8 on average; vera 256)."""
    alpha: float | None = Field(default=None, gt=0)
    """LoRA and its kin: the update is scaled by alpha / rank. None: twice the rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """LoRA and its kin: share of an adapter's inputs that is dropped in training."""
    targets: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Adapters in layers: names of the layers to adapt. None: those of the model's profile (all linear layers,
    usually; for ia3 keys, values and the last feed-forward layer)."""
    init: Literal["zero", "pissa", "olora", "eva", "loftq"] = "zero"
    """LoRA: what the update starts from. ``zero``: nothing; ``pissa``: the largest singular directions of each weight;
    ``olora``: an orthonormal basis of it; ``eva``: the directions in which a layer's inputs vary most on training rows.
    The model's output at the start is the base's with each of these. QLoRA: ``zero``, ``eva``, or ``loftq``: what the
    weights lost when they were put into few bits."""
    rank_stabilised: bool = False
    """LoRA: scale by alpha / sqrt(rank), so that large ranks keep learning."""
    rate_ratio: float = Field(default=1.0, ge=1, le=1000)
    """LoRA: the rate of the upper matrix as a multiple of the lower's (LoRA+, whose paper advises 16). 1: the same."""
    bits: Literal[4, 8] = 4
    """QLoRA: numbers of the frozen base are kept in so many bits."""
    virtual_tokens: int | None = Field(default=None, ge=1, le=1024)
    """Soft prompts: how many virtual tokens stand before the input. They take that much of the window."""
    encoder_width: int | None = Field(default=None, ge=1, le=8192)
    """prefix_tuning and p_tuning: width of the small network that makes the virtual tokens in training. None: the
    model's width."""
    layers: Annotated[int, Field(ge=1)] | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """freeze: how many of the upper layers are trained, or the names of what is trained. None: the upper quarter."""

    new_tokens: tuple[Annotated[str, Field(pattern=r"^\S(.*\S)?$")], ...] = ()
    """full: words of the domain that become tokens of their own, each beginning as the mean of the tokens that stood
    for it. They pay where there is much text to learn them from; the model is written whole, with its tokenizer."""
    turns: Literal["all", "last"] = "all"
    """``chat`` by models that write: learn ``all`` answers of a conversation, each by its ``weight`` where the data
    gives one, or its ``last`` one, whose row is then what the test asks for."""
    tagging: Literal["bio", "bioes"] = "bio"
    """``extract`` by an encoder: how pieces of a text are said by a tag on each word. ``bio``: where each begins;
    ``bioes`` (BILOU by other letters): where it ends too, with twice the tags to learn."""

    start: str | dict[str, Annotated[float, Field(gt=0)]] | None = None
    """Earlier weights to begin from: the name of another approach, which is built first, or a folder (of an approach
    of another run, a PEFT adapter, or a whole model). Several with a share each, ``{a: 2, b: 1}``: their weighted
    average. None: the base model as it is."""
    scale: (
        Annotated[float, Field(gt=0, le=2)]
        | Annotated[tuple[Annotated[float, Field(gt=0, le=2)], ...], Field(min_length=1)]
    ) = 1.0
    """After training, how much of what was learnt to keep: ``base + scale * (trained - base)``. Less forgets less.
    Several, ``[0.25, 0.5, 0.75]``: the smallest that validation cannot tell from the best, 1 being tried too."""

    preference: PreferenceSettings | None = None
    """Learn from pairs: the target is the chosen answer, a row's field ``rejected`` the other. None: from targets."""
    reinforce: ReinforceSettings | None = None
    """Learn from rewards of the model's own answers (the approach's ``rewards``). None: from targets."""
    distill: DistillSettings | None = None
    """Learn from a larger model's answers or logits. None: from the data alone."""
    replay: ReplaySettings | None = None
    """Mix general text into training, stay near the base, and measure what is forgotten. None: nothing of it."""

    epochs: float | None = Field(default=None, ge=0, le=1000)
    """How often each row is seen. Early stopping may end before. None: as the method says; for encoders on few rows
    more, up to 20, so that there are 400 steps, and on raw text 3. 0: not at all; what ``start`` names, as it is."""
    learning_rate: float | None = Field(default=None, gt=0, le=1)
    """Peak rate of AdamW, reached after warm-up. None: as the method says; ``full``, ``freeze`` and LoRA's kin take a
    higher one for narrow causal models, unless these learn from preferences or rewards."""
    head_learning_rate: float | None = Field(default=None, gt=0, le=1)
    """Encoders: peak rate of the head (pooler and classifier), which begins at random where the body has learnt long
    ago. None: ``learning_rate``."""
    batch_size: int | None = Field(default=None, ge=1, le=65536)
    """Rows of an optimiser step, whatever the memory: it is cut into micro-batches as needed, with the same result."""
    warmup: float = Field(default=0.06, ge=0, lt=1)
    """Share of the steps in which the rate rises from 0; then it falls along a cosine to a tenth of the peak."""
    weight_decay: float = Field(default=0.01, ge=0, lt=1)
    """AdamW's decay; not applied to vectors, such as biases and norms."""
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of the gradient of a step."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    """Share of each target that is spread evenly over the vocabulary, or over the labels of an encoder (of several
    labels a row: over yes and no of each), while training (Szegedy et al. 2016, arXiv 1512.00567, take 0.1): answers
    become less sure. Validation measures without it."""
    neftune: float = Field(default=0.0, ge=0, le=100)
    """Strength of uniform noise on the embeddings while training (NEFTune, arXiv 2310.05914, takes 5 to 15), against
    learning few rows by heart. Rows do not share their start then. 0: none."""
    patience: int = Field(default=2, ge=0)
    """Stop after so many validations in a row without a better loss; the best weights are kept. 0: never stop early."""
    max_length: int | None = Field(default=None, ge=8)
    """Longest row in tokens. Inputs of longer rows are cut at their end, answers never, and the ledger says so (or see
    ``too_long``). None: the model's window, at most 2048."""
    too_long: Literal["cut", "split", "leave_out", "error"] = "cut"
    """What is done about training rows that are longer than ``max_length``: their inputs are ``cut``, the rows become
    several (``split``: conversations and texts with marked pieces; raw text and heads on tokens read windows anyway),
    are left out (``leave_out``), or nothing is trained (``error``). The ledger names them in each case but the last."""
    max_rows: int | None = Field(default=None, ge=1)
    """Train on at most so many rows; the ledger says which. None: all."""
    select: Literal["random", "diverse", "difficult"] = "random"
    """Which rows ``max_rows`` keeps: ``random`` ones, by the seed; ``diverse``, far from each other by the recipe's
    ``embedder`` (k-centre); ``difficult``, of each label its share, those nearest to the border with other labels for a
    model that did not see them (tasks with one label)."""
    balance: Literal["oversample", "undersample", "weights"] | None = None
    """Classes of unequal size, where each row has one label: ``oversample`` repeats rows of the smaller ones until all
    are as large as the largest, ``undersample`` draws as many of each as the smallest has, ``weights`` lets a row count
    in the loss by the inverse of its class's share. Validation and test stay as they are. None: a row counts as one."""
    checkpoint_seconds: float = Field(default=30.0, ge=0)
    """Write a checkpoint at most this often, and never so often that saving takes more than 5% of the time."""
    tokens_per_micro_batch: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    """Upper bound of tokens that one forward and backward pass computes: memory, not quality. ``auto``: 2048 on a CPU
    (more is no quicker there) and 16384 on a GPU, halved until it fits into the memory that is free."""
    layout: Literal["tree", "chain", "padded"] | None = None
    """``tree``: rows that start alike share that start, computed once; ``chain``: packed without sharing; ``padded``:
    one row an example. The loss is the same. None: the first of these that a self-test shows to be exact; encoders
    compute no padding where that is exact."""
    order: Order = "grouped"
    """``grouped``: rows that share a long start (questions about a document) stay together while the groups are
    shuffled, which makes trees pay; ``shuffled``: every row by itself; ``given``: the order of the data."""

    @property
    def wanted_layout(self) -> Layout | None:
        """The layout that is asked for; with noise of its own no row shares its start."""
        return self.layout or ("chain" if self.neftune else None)

    @property
    def starts(self) -> dict[str, float]:
        """What it begins from, by name, with shares that add up to 1; empty for the base."""
        given = {self.start: 1.0} if isinstance(self.start, str) else self.start or {}
        return {name: share / sum(given.values()) for name, share in given.items()}

    @property
    def scales(self) -> tuple[float, ...]:
        """What may be kept of a training; empty where all of it is."""
        given = self.scale if isinstance(self.scale, tuple) else (self.scale,)
        return () if given == (1.0,) else given


OWN_SETTINGS = frozenset(
    {
        *("rank", "alpha", "dropout", "targets", "init", "rank_stabilised", "rate_ratio", "bits"),
        *("virtual_tokens", "encoder_width", "layers"),
    }
)
"""Settings that only some methods have; one that the recipe's method does not have is an error, never ignored."""
