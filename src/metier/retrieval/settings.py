"""The ``retrieval`` section of an approach."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from metier.core import Settings

Search = Literal["hybrid", "dense", "lexical"]


class ChooseSettings(Settings):
    """Settings of retrieval that are chosen on validation by the answers.

    Every combination is tried, and what the recipe says itself; the worse half is dropped after an eighth of the rows
    (16 at least), and so on.
    """

    k: list[Annotated[int, Field(ge=1, le=50)]] = Field(default=[1, 2, 4, 8], min_length=1, max_length=10)
    """Numbers of passages."""
    chunk_tokens: list[Annotated[int, Field(ge=32, le=8192)]] = Field(
        default=[64, 128, 256], min_length=1, max_length=10
    )
    """Sizes of chunks. Every size is indexed once."""
    search: list[Search] | None = Field(default=None, min_length=1, max_length=3)
    """Ways of searching. None: the one that the recipe says."""
    rows: int = Field(default=48, ge=8, le=5000)
    """Validation rows that the last round sees, at most."""


class PairTraining(Settings):
    """Training on questions and the passages that answer them.

    The pairs come from training rows: of the documents that a row names, the passage that holds its answer or that is
    ranked highest; without such a column, the passage that holds the answer word for word. ``questions`` brings more.
    Never from test rows.
    """

    epochs: float = Field(default=2, gt=0, le=100)
    """How often each question is seen. Early stopping on validation may end before."""
    learning_rate: float = Field(default=3e-5, gt=0, le=1)
    """Peak rate of AdamW."""
    batch_size: int = Field(default=16, ge=2, le=64)
    """Questions of an optimiser step. An embedder learns from the passages of all of them."""
    negatives: int = Field(default=2, ge=0, le=16)
    """Wrong passages a question, at most: those that the search ranks highest."""
    questions: str | None = None
    """A .jsonl with more questions to learn from: rows with ``question``, and the ``document`` that answers it (its
    path below ``data.documents``) or an ``answer`` that stands in one, as ``metier data questions`` writes them. A
    fifth is held out, and judges where the right passages of validation rows are not known. None: training rows
    alone."""
    max_pairs: int | None = Field(default=None, ge=8)
    """Train on at most so many rows, drawn by the seed. None: all."""


class TuneSettings(PairTraining):
    """Training of the embedder (InfoNCE over the passages of a step)."""

    temperature: float = Field(default=0.05, gt=0, le=1)
    """Cosines are divided by it: lower looks harder at the most similar wrong passages."""


class RerankSettings(PairTraining):
    """A cross-encoder that reads question and passage together: made of the embedder by training, or a ready one."""

    model: str | None = None
    """A ready cross-encoder to begin from (a folder or hub id, with one output). None: the run's embedder."""
    train: bool = True
    """Whether it is trained. False: ``model`` is used as it is; the record has what it does on validation."""
    candidates: int = Field(default=20, ge=2, le=200)
    """How many of the best passages it looks at for each question: time, on every answer."""
    learning_rate: float = Field(default=5e-5, gt=0, le=1)
    """Peak rate of AdamW."""
    batch_size: int = Field(default=8, ge=2, le=64)
    """Questions of an optimiser step."""
    negatives: int = Field(default=4, ge=1, le=16)
    """Wrong passages a question, at most."""

    @model_validator(mode="after")
    def _what_is_not_trained_is_ready(self) -> RerankSettings:
        if not self.train and self.model is None:
            raise ValueError("a ready cross-encoder as model beside train: false: the embedder alone ranks no pairs")
        return self


class RaftSettings(Settings):
    """What training rows see of the documents: right and distracting passages (RAFT, Zhang et al. 2024)."""

    right: float = Field(default=0.8, gt=0.0, le=1.0)
    """Share of the rows that see their right passage, among the wrong ones that the search ranks highest, shuffled. The
    others see wrong ones alone."""
    otherwise: Literal["answer", "abstain"] = "answer"
    """What the others learn: ``answer``, as in the paper, to know it by heart; ``abstain``, generated answers only, to
    write the sentence of ``abstain``."""


class RetrievalSettings(Settings):
    """What is looked up in ``data.documents`` before a question is asked."""

    k: int = Field(default=4, ge=1, le=50)
    """How many passages stand in the prompt, at most; fewer where the model's window is too small for them."""
    search: Search = "hybrid"
    """``dense`` compares meanings (cosine of the embedder's vectors), ``lexical`` words (BM25), ``hybrid`` joins both
    rankings by reciprocal rank fusion (Cormack et al. 2009)."""
    chunk_tokens: int = Field(default=256, ge=32, le=8192)
    """Longest chunk, in the embedder's tokens with its headings; never more than the embedder reads."""
    overlap: int = Field(default=32, ge=0, le=1024)
    """Tokens of whole sentences that a chunk repeats from the one before, where running text had to be cut."""
    candidates: int = Field(default=50, ge=1, le=1000)
    """How many chunks each search hands to fusion."""
    diversity: float = Field(default=0.0, ge=0.0, le=1.0)
    """How much a passage loses for being like one that was taken already (maximal marginal relevance, Carbonell and
    Goldstein 1998): 0 not at all, 1 relevance no longer counts."""
    rewrite: int | None = Field(default=None, ge=8, le=256)
    """Conversations: the model writes the last message out as a question that stands alone, of at most so many tokens,
    and the search takes that beside the message. Costs an answer of the model each time, which is counted. None: the
    last turns of the user are searched for as they are. Not beside ``weights``."""
    cite: bool = False
    """Generated answers: ask the model to name the numbers of the passages that it used. They are cut from the answer
    and kept beside it as chunk ids."""
    abstain: str | None = Field(default="Not in the documents.", max_length=200)
    """Generated answers: what the model is told to write where the passages do not hold the answer; it is also the
    answer where nothing was found that the asker may read. None: always answer."""
    spotlight: Literal["delimit", "mark"] = "delimit"
    """How passages are set apart as data (Hines et al. 2024): ``delimit`` puts them between marks that a document
    cannot foresee; ``mark`` also puts a caret between all their words, which is harder to break and to read."""

    question_prefix: str | None = Field(default=None, max_length=1000)
    """What the embedder wants before a question (E5: ``"query: "``). None: as its folder says
    (``config_sentence_transformers.json``), else nothing."""
    passage_prefix: str | None = Field(default=None, max_length=1000)
    """What the embedder wants before a passage (E5: ``"passage: "``). None: as its folder says, else nothing."""
    store: str = Field(default="sqlite", max_length=40)
    """Where the index is kept. ``sqlite``: one file in the approach's folder. ``postgres``: the database whose address
    the environment variable ``METIER_POSTGRES`` holds, with row-level security, shared by approaches and runs over the
    same documents (extra ``postgres``)."""
    tune: TuneSettings | None = None
    """Train the embedder on training rows; ``{}``: as the defaults say. It is used only where validation is found
    better with it. None: the run's embedder as it is."""
    rerank: RerankSettings | None = None
    """Train a reranker on training rows; ``{}``: as the defaults say. It is used only where validation is found better
    with it. None: none."""
    raft: RaftSettings | None = None
    """Train weights on right passages among distracting ones; ``{}``: as the defaults say. Rows whose right passage is
    not known see what is found for them, as all do with None. Beside ``weights`` only."""
    choose: ChooseSettings | None = None
    """Choose ``k`` and ``chunk_tokens`` on validation; ``{}``: among the defaults. Costs answers, which are counted.
    None: as they stand here. Not beside ``weights``."""
    oracles: int | None = Field(default=None, ge=0, le=5000)
    """Validation rows that are also answered with the right passages, and with none, to say which part holds the
    answers back: retriever, use of the context, or generator. None: 32 for labels, 24 for generated text. 0: none."""

    @model_validator(mode="after")
    def _overlap_is_the_smaller_part(self) -> RetrievalSettings:
        if self.overlap > self.chunk_tokens // 2:
            raise ValueError(f"an overlap of at most half of chunk_tokens ({self.overlap} of {self.chunk_tokens})")
        return self

    @model_validator(mode="after")
    def _what_is_tuned_is_used(self) -> RetrievalSettings:
        searches = {self.search, *((self.choose.search or []) if self.choose else [])}
        if self.tune is not None and searches == {"lexical"}:
            raise ValueError("a search that compares meanings beside tune: lexical search uses no embedder")
        return self
