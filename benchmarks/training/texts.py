"""English text for the shapes: from an open corpus where one is present, else made of invented words.

The corpus is ``corpus/*.parquet`` (a column ``text``) in the folder ``$METIER_SHARED``, by default ``../shared`` beside
the repository.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

REPOSITORY = Path(__file__).parents[2]


def shared() -> Path:
    """The folder with corpus and data sets; may be absent."""
    return Path(os.environ.get("METIER_SHARED") or REPOSITORY.parent / "shared")


def source() -> str:
    """``corpus`` or ``generated``."""
    return "corpus" if (shared() / "corpus").is_dir() else "generated"


def documents() -> Iterator[str]:
    """Documents, endlessly many of the generated ones; the same at every call."""
    if source() == "generated":
        yield from _generated()
        return
    import pyarrow.parquet as parquet

    for name in ("validation", "train-encyclopedia-00"):
        for batch in parquet.ParquetFile(shared() / "corpus" / f"{name}.parquet").iter_batches(256, columns=["text"]):
            yield from (text.as_py() for text in batch.column(0))


class Words:
    """Running text, taken piece by piece; no word is given twice.

    Args:
        skip: documents to leave out at the start, so that two texts differ.
    """

    def __init__(self, skip: int = 0) -> None:
        self._words = (word for text in islice(documents(), skip, None) for word in text.split())

    def take(self, count: int) -> str:
        """The next ``count`` words."""
        return " ".join(islice(self._words, count))


def _generated() -> Iterator[str]:
    """Sentences of invented words whose frequencies fall like those of a language (Zipf)."""
    random = Random(0)
    parts = [consonant + vowel for consonant in "bdfghklmnprstvwz" for vowel in "aeiou"]
    lexicon = ["".join(random.choices(parts, k=random.randint(1, 4))) for _ in range(20_000)]
    weights = [1 / (rank + 3) for rank in range(len(lexicon))]
    while True:
        words = random.choices(lexicon, weights, k=random.randint(80, 600))
        yield " ".join(word + "." if i % 12 == 11 else word for i, word in enumerate(words))
