"""The ``retrieval`` section of an approach."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from metier.core import Settings


class RetrievalSettings(Settings):
    """What is looked up in ``data.documents`` before a question is asked."""

    k: int = Field(default=4, ge=1, le=50)
    """How many passages stand in the prompt, at most; fewer where the model's window is too small for them."""
    search: Literal["hybrid", "dense", "lexical"] = "hybrid"
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
    cite: bool = False
    """Generated answers: ask the model to name the numbers of the passages that it used. They are cut from the answer
    and kept beside it as chunk ids."""
    abstain: str | None = Field(default="Not in the documents.", max_length=200)
    """Generated answers: what the model is told to write where the passages do not hold the answer; it is also the
    answer where nothing was found that the asker may read. None: always answer."""
    spotlight: Literal["delimit", "mark"] = "delimit"
    """How passages are set apart as data (Hines et al. 2024): ``delimit`` puts them between marks that a document
    cannot foresee; ``mark`` also puts a caret between all their words, which is harder to break and to read."""

    @model_validator(mode="after")
    def _overlap_is_the_smaller_part(self) -> RetrievalSettings:
        if self.overlap > self.chunk_tokens // 2:
            raise ValueError(f"an overlap of at most half of chunk_tokens ({self.overlap} of {self.chunk_tokens})")
        return self
