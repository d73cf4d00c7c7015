"""Texts in another language than most: by their script, and in Latin letters by frequent small words."""

from __future__ import annotations

import re
from collections import Counter
from sys import intern

from metier.core.said import Said
from metier.data.auditing.finding import Finding, Hits, View
from metier.data.values import shorten

_SCRIPTS = {
    "Chinese": "\u4e00-\u9fff",
    "Japanese": "\u3040-\u30ff",
    "Korean": "\uac00-\ud7af\u1100-\u11ff",
    "Cyrillic": "\u0400-\u04ff",
    "Greek": "\u0370-\u03ff",
    "Arabic": "\u0600-\u06ff",
    "Hebrew": "\u0590-\u05ff",
    "Devanagari": "\u0900-\u097f",
    "Thai": "\u0e00-\u0e7f",
    "Latin": "A-Za-z\u00c0-\u024f",
}
_LETTERS = {name: re.compile(f"[{range_}]") for name, range_ in _SCRIPTS.items()}
_SMALL_WORDS = {
    "English": "the and is are was to of in for that this with you not have it my what how when be can",
    "German": "der die das und ist nicht ich ein eine zu den mit auf für wie von dem sich es auch wird kann",
    "French": "le la les et est pas je un une des du que pour dans ce vous qui sur au avec mon il",
    "Spanish": "el la los y es no un una de que en por para con mi se lo las del como cuando está",
    "Italian": "il lo gli e è non un una di che per con mio si le del della sono come quando ho",
    "Portuguese": "o os e é não um uma de que em por para com meu se as do da como quando está ao",
    "Dutch": "de het een en is niet ik van te dat op voor met mijn zijn wat hoe er aan ook kan",
}
_LANGUAGES = {name: frozenset(words.split()) for name, words in _SMALL_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 2_000
"""Characters of a text that are looked at."""
_FEWEST, _CLEAR = 3, 2
"""Small words that a text must have, and how many times as many as of the next language."""
_MOST = 0.8
"""From this share of the texts on a language is the data's own."""


def detect(view: View) -> list[Finding]:
    """Of inputs whose language can be told, those that are not in the one of at least 80%."""
    told = [intern(language_of(row.input)) for row in view.kept]
    counts = Counter(language for language in told if language)
    own, most = counts.most_common(1)[0] if counts else ("", 0)
    others = Hits()
    for row, language in zip(view.kept, told, strict=True):
        if language not in ("", own):
            others.add(row.id, f"{row.id} ({language}): {shorten(row.input, limit=100)}")
    if not others.ids or most < _MOST * counts.total():
        return []
    return [
        Finding(
            id="languages",
            severity="note",
            title=Said("Texts in another language than most, which are in %(language)s", language=Said(own)),
            rows=tuple(others.ids),
            samples=others.samples,
            remedy=Said("keep them only where new texts will come in these languages too"),
        )
    ]


def language_of(text: str) -> str:
    """The language, or the script where several languages share one; empty where that cannot be told.

    >>> language_of("what is the number of my card"), language_of("Wo ist die Karte, und wie kann ich das ändern?")
    ('English', 'German')
    >>> language_of("我的银行卡昨天丢了"), language_of("card 17")
    ('Chinese', '')
    """
    text = text[:_LOOKED_AT]
    letters = {name: len(pattern.findall(text)) for name, pattern in _LETTERS.items()}
    script = "Japanese" if letters["Japanese"] else max(letters, key=lambda name: letters[name])
    if script != "Latin":
        return script if letters[script] >= _FEWEST else ""
    words = Counter(word.lower() for word in _WORD.findall(text))
    found = Counter({name: sum(words[word] for word in small) for name, small in _LANGUAGES.items()})
    (first, count), (_, next_count) = found.most_common(2)
    return first if count >= _FEWEST and count >= _CLEAR * next_count else ""
