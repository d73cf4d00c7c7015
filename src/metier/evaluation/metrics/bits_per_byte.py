"""Bits a byte: how well a text was foretold, whatever the tokenizer; lower is better.

The negative log2 likelihood of all documents divided by their bytes in UTF-8. It is also how small an ideal compressor
that asks the model would make them: 8 is no compression. A document never counts for more than its own bytes, as a
compressor would leave it as it is; so the value is between 0 and 8. Tokens of different models are not comparable,
bytes are (Gao et al. 2020, arXiv 2101.00027, section 3.1).
"""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Metric, first_by_second

BITS_OF_A_BYTE = 8.0


def _of_bits(bits: Floats, sizes: Floats) -> Floats:
    return np.column_stack([np.minimum(bits, BITS_OF_A_BYTE * sizes), sizes])


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    """A text that is given for certain costs nothing where it is right, and all of its bytes where it is wrong."""
    sizes = np.array([len(target.encode()) for target in targets], dtype=np.float64)
    wrong = np.array([target != answer for target, answer in zip(targets, answers, strict=True)])
    return _of_bits(np.where(wrong, np.inf, 0.0), sizes)


bits_per_byte = Metric(
    name="bits_per_byte",
    kinds=("continue",),
    statistics=_statistics,
    value=first_by_second,
    better="lower",
    range=(0.0, BITS_OF_A_BYTE),
    of_bits=_of_bits,
    unit="bits a byte",
)
"""Over all documents together, 0 to 8."""
