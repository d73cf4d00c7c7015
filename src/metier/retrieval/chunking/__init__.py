"""Documents to chunks: cut where the text itself has seams, measured in the embedder's own tokens."""

from metier.retrieval.chunking.chunks import Chunk, chunk
from metier.retrieval.chunking.outline import Section, outline

__all__ = ["Chunk", "Section", "chunk", "outline"]
