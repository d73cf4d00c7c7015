"""The ``replay`` section of ``weights``: what is done against forgetting."""

from __future__ import annotations

from pydantic import Field, model_validator

from metier.core import Settings


class ReplaySettings(Settings):
    """Stay able to do what the base could: replay general text, keep near the base, measure what is forgotten."""

    texts: str | None = None
    """General text that is mixed into training: a file or folder, relative to the recipe (txt, md, html or docx, each
    file a text; or rows with a column ``text``). A part is held out, and measured before and after. None: none."""
    generated: int = Field(default=0, ge=0, le=100_000)
    """In place of ``texts``: so many pieces that the base writes before training (Huang et al. 2024, arXiv
    2403.01244, where there is no text of its training)."""
    share: float = Field(default=0.2, ge=0, lt=1)
    """The replayed pieces' share of the loss over an epoch. 0: nothing is replayed, and ``texts`` are only measured."""
    pieces: int | None = Field(default=None, ge=1)
    """Pieces that are replayed in each epoch. None: as many as make ``share`` of all rows, as far as the text goes."""
    length: int = Field(default=256, ge=8, le=8192)
    """Longest piece in tokens; longer texts are cut into several."""
    kl: float = Field(default=0.0, ge=0, le=100)
    """Weight of KL(start || model), in nats a trained token, beside the loss: at the positions of replayed pieces, or
    of all rows where nothing is replayed. Each step then asks the model as it was at the start too."""
    l2: float = Field(default=0.0, ge=0)
    """Pull of every trained weight to its value at the start: half of it times the squared distance (Li et al. 2018,
    arXiv 1802.01483)."""
    measured: int = Field(default=32, ge=1, le=4096)
    """Held-out pieces on which bits a byte are measured, of the base (where ``weights.start`` names a whole model: of
    that) and after training; at most half of the text."""

    @model_validator(mode="after")
    def _does_something(self) -> ReplaySettings:
        if self.texts is not None and self.generated:
            raise ValueError("either texts or generated, not both")
        if self.texts is None and not self.generated and not self.kl and not self.l2:
            raise ValueError("something to stay near: texts, generated, kl or l2")
        if self.generated and not self.share:
            raise ValueError("a share above 0 for what is generated")
        return self

    @property
    def replays(self) -> bool:
        """Whether text is mixed into training."""
        return self.share > 0 and (self.texts is not None or self.generated > 0)
