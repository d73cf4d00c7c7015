"""The reward of both contenders in ``preference_peer.py``. Standard library alone: it is read in every environment."""

from difflib import SequenceMatcher


def likeness(answer: str, wanted: str) -> float:
    """How alike two texts are letter by letter, 0 to 1, whatever case and ends."""
    return SequenceMatcher(None, answer.strip().lower(), wanted.strip().lower(), autojunk=False).ratio()
