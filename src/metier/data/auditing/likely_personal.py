"""Personal data by the words around it: names, addresses and places have no form of their own, so these are guesses.

A capitalised word is taken for a name after a title, a greeting, a closing or "my name is", for a place after "I live
in" and its like; an address has a street's word and a house number, a postcode its letters or its state. English,
German, French, Spanish, Italian, and a little Chinese. What is written in small letters throughout is not found, and
"Dear Support" is no name for being on a short list of what people greet besides. Nothing is masked on such grounds
unless it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from metier.data.auditing.personal import Personal, apart

_CAPITAL = r"[A-ZÀ-ÖØ-ÞŁŚŽČŠ]"
_WORD = rf"{_CAPITAL}[\w'’-]{{0,40}}\w"
_INITIAL = rf"{_CAPITAL}\."
_PARTICLE = r"(?:van|von|de|da|di|del|la|le|der|den|ten|bin|al)"
_NAME = rf"(?:{_WORD}|{_INITIAL})(?:[ \t]+(?:{_PARTICLE}[ \t]+){{0,2}}(?:{_WORD}|{_INITIAL})){{0,2}}"
_FULL_NAME = rf"(?:{_WORD}|{_INITIAL})(?:[ \t]+(?:{_PARTICLE}[ \t]+){{0,2}}(?:{_WORD}|{_INITIAL})){{1,2}}"

_TITLES = r"(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Herrn?|Frau|Mme|Mlle|Madame|Monsieur|Señora?|Sra?|Signora?|Sig|Dott)"
_GREETINGS = (
    r"(?:[Dd]ear|[Hh]i|[Hh]ello|[Hh]ey|[Hh]allo|[Ll]ieber?|[Ss]ehr geehrter?|[Bb]onjour|[Cc]h[eè]re?|[Hh]ola|[Cc]iao"
    r"|[Qq]uerid[oa]|[Cc]ar[oa]|[Gg]entile|[Gg]ood (?:morning|afternoon|evening))"
)
_CLOSINGS = (
    r"(?:[Rr]egards|[Ss]incerely|[Yy]ours(?: truly| faithfully)?|[Bb]est wishes|[Cc]heers|[Tt]hanks|[Tt]hank you"
    r"|[Gg]rü(?:ß|ss)en?|[Cc]ordialement|[Bb]ien à vous|[Ss]aludos|[Cc]ordiali saluti|[Ss]igned)"
)
_SAYING = (
    r"(?:[Mm]y name is|[Mm]y name's|[Ii] am called|[Mm]ein Name ist|[Ii]ch hei(?:ß|ss)e|[Jj]e m['’]appelle"
    r"|[Mm]on nom est|[Mm]e llamo|[Mm]i nombre es|[Mm]i chiamo|(?:[Ff]irst|[Ll]ast|[Ff]ull) name:?|[Pp]atient name:)"
)
_LIVING = (
    r"(?:[Ll]iv(?:e|es|ed|ing) in|[Rr]esid(?:e|es|ing) in|[Rr]esident of|[Bb]orn in|[Bb]ased in|[Mm]oved to"
    r"|[Cc]om(?:e|es) from|(?:\b[Ii] am|\b[Ii]['’]m) from|[Ww]ohn(?:e|t|haft) in|[Gg]eboren in|[Aa]us der Stadt"
    r"|[Hh]abit(?:e|ant) à|[Nn]ée? à|[Vv]iv[oe] (?:en|a)|[Nn]acid[oa] en|[Aa]bito a|[Nn]at[oa] a)"
)
_STREETS = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Boulevard|Blvd|Court|Square|Place|Terrace|Close|Crescent|Parkway"
    r"|Highway|Hwy|Way|Row|Gardens|Hill|Grove)"
)
_STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA"
    " RI SC SD TN TX UT VT VA WA WV WI WY DC"
)

_KINDS: dict[str, tuple[str, ...]] = {
    "addresses (probably)": (
        rf"(?<![\w.,])\d{{1,5}}[A-Za-z]?,? (?:(?:[NSEW]\.?|{_WORD}) ){{1,3}}{_STREETS}\b",
        rf"\b{_CAPITAL}[\w-]{{0,40}}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer) \d{{1,4}} ?[a-z]?\b",
        rf"\b{_CAPITAL}[\w-]{{1,40}} (?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Damm|Ufer) \d{{1,4}} ?[a-z]?\b",
        r"\b\d{1,4}(?: ?bis| ?ter)?,? (?:rue|avenue|boulevard|allée|chemin|quai|impasse)"
        rf" (?:(?:de|du|des|la|le|les|l['’]|d['’]) ?){{0,3}}{_WORD}(?:[ -]{_WORD}){{0,2}}",
        rf"\b(?:[Cc]alle|[Aa]venida|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso) (?:(?:de|del|di|della|la) ){{0,2}}{_WORD}"
        rf"(?: {_WORD}){{0,2}},? (?:n[.º°]? ?)?\d{{1,4}}\b",
        r"\bP\.? ?O\.? Box \d+",
        r"[\u4e00-\u9fff]{2,12}(?:路|街|大道|巷|胡同)\d+(?:号|弄)",
    ),
    "names (probably)": (
        rf"\b{_TITLES}\.?[ \t]+(?P<it>{_NAME})",
        rf"(?m)(?:^|[.!?]\s+|[\"“]){_GREETINGS}[ \t]+(?P<it>{_NAME})(?=[ \t]*[,!.:;—–-]|[ \t]*$)",
        rf"(?m)\b{_CLOSINGS}[ \t]*[,.!]?[ \t]*\n+[ \t]*(?P<it>{_NAME})[ \t]*$",
        rf"\b(?:[Rr]egards|[Ss]incerely|[Cc]ordialement),[ \t]+(?P<it>{_NAME})",
        rf"\b{_SAYING}[ \t]+(?P<it>{_NAME})",
        rf"\b(?:[Tt]his is|[Ii]ch bin|[Ss]peaking with|[Ss]poke (?:to|with)) (?P<it>{_FULL_NAME})",
        r"(?:我叫|我的名字是|姓名[:：])\s*(?P<it>[\u4e00-\u9fff]{2,4})(?=[，。,.!！;；\s]|$)",
    ),
    "places (probably)": (
        rf"\b{_LIVING} (?P<it>{_WORD}(?:[ -]{_WORD}){{0,2}}(?:, {_WORD})?)",
        r"\b(?:GIR 0AA|[A-PR-UWYZ][A-HK-Y]?\d[A-HJKPSTUW\d]? \d[ABD-HJLNP-UW-Z]{2})\b",
        r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b",
        rf"\b(?:{'|'.join(_STATES.split())}),? \d{{5}}(?:-\d{{4}})?\b",
        rf"(?:\bD-|, |\n)\d{{5}} {_CAPITAL}[a-zäöüßéèô-]{{2,}}",
    ),
}
LIKELY: dict[str, tuple[re.Pattern[str], ...]] = {
    kind: tuple(re.compile(pattern) for pattern in patterns) for kind, patterns in _KINDS.items()
}
"""Kinds of what is probably personal data, the more certain first."""
_GREETED = """
    there all team support sir madam customer customers everyone everybody friend friends colleague colleagues service
    helpdesk guys folks doctor nurse damen herren zusammen kunde kunden kundin kundenservice mesdames messieurs madame
    monsieur tous equipe équipe equipo todos tutti amigo amigos user admin hiring manager i we you it is the this my our
    can could what where when why how please thanks
"""
_NO_NAMES = frozenset(_GREETED.split())
"""What is greeted besides people, and what follows a greeting without a comma."""
_WORDS = re.compile(r"\w+")

Guess = Callable[[str], list[Personal]]
"""Gives every place of a text that is probably personal data, in order, none within another."""


def likely_places(text: str) -> list[Personal]:
    """Every place that is probably personal data, in order, none within another.

    >>> [(place.kind, place.start, place.end) for place in likely_places("Dear Ann Miller, I live in Leeds.")]
    [('names (probably)', 5, 15), ('places (probably)', 27, 32)]
    >>> likely_places("Dear Support, where is my card?")
    []
    """
    return apart(place for place in _places(text) if not _common(place.kind, text[place.start : place.end]))


def _places(text: str) -> Iterator[Personal]:
    """Every place that a pattern fits, the more certain kinds first."""
    for kind, patterns in LIKELY.items():
        for pattern in patterns:
            for hit in pattern.finditer(text):
                start, end = hit.span("it") if "it" in pattern.groupindex else hit.span()
                start += len(text[start:end]) - len(text[start:end].lstrip(", \n"))
                yield Personal(kind, start, end)


def _common(kind: str, text: str) -> bool:
    """Whether what stands where a name would stand begins with what is none."""
    words = _WORDS.findall(text.casefold())
    return kind.startswith("names") and (not words or words[0] in _NO_NAMES)
