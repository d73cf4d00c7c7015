"""The same demonstrations for every question, labels in turn: a set that shows each label about equally often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random

from metier.core import Example, derive
from metier.prompts.selection import Embed, is_own


def choose(
    pool: Sequence[Example], questions: Sequence[Example], *, count: int, seed: int, embed: Embed
) -> list[list[Example]]:
    """One example of each target, then a second of each, until there are ``count``; all drawn and mixed by ``seed``.

    A question's own row and rows of its group are left out of its list.
    """
    random = Random(derive(seed, "demonstrations", "balanced"))
    by_target: dict[str, list[Example]] = defaultdict(list)
    for example in random.sample(list(pool), len(pool)):
        by_target[example.target or ""].append(example)
    targets = sorted(by_target)
    random.shuffle(targets)
    rounds = max(map(len, by_target.values()), default=0)
    drawn = [by_target[t][r] for r in range(rounds) for t in targets if r < len(by_target[t])][:count]
    random.shuffle(drawn)
    return [[example for example in drawn if not is_own(example, question)] for question in questions]
