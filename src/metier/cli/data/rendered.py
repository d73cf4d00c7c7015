"""What ``metier data render`` prints: texts in which learnt tokens stand out, with and without colours."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

    from metier.approaches.rendering import Part, Piece, Shown
    from metier.comparison.planning.rendering import Looked, Rendering

LONGEST = 2400
"""Longest run of text that is shown whole, in characters."""
_STYLES: dict[Part, str] = {
    "read": "",
    "learnt": "bold black on green",
    "expected": "bold black on cyan",
    "rejected": "bold black on red",
}
_MARKS: dict[Part, tuple[str, str]] = {
    "read": ("", ""),
    "learnt": ("⟦", "⟧"),
    "expected": ("⟪", "⟫"),
    "rejected": ("⟦not: ", "⟧"),
}
_MEANING: dict[Part, str] = {
    "learnt": "learnt, these tokens carry the loss",
    "expected": "the right answer, which the model does not see",
    "rejected": "an answer to be avoided",
}


def print_rendering(found: Rendering) -> None:
    """Rows one under the other, each as every approach sees it; then what was looked at."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    colours = console.is_terminal and not console.no_color
    for one in found.shown:
        console.print(Text(_heading(one), style="bold"))
        if one.pieces:
            console.print(_text(one, colours=colours))
        console.print()
    for id, why in found.unused:
        console.print(Text(f"{visible(id)} is not shown: {visible(why)}", style="yellow"))
    parts = {piece.part for one in found.shown for piece in one.pieces}
    for part, meaning in _MEANING.items():
        if part in parts:
            line = Text("  ")
            line.append(" " + part + " " if colours else _MARKS[part][0] + part + _MARKS[part][1], _STYLES[part])
            console.print(line.append(f"  {meaning}"))
    for each in found.looked:
        console.print(Text(f"  {_summary(each, found.split)}"))


def _heading(one: Shown) -> str:
    facts = [f"{one.tokens:,} tokens"] if one.pieces else []
    facts += [f"{one.learnt:,} learnt"] if one.learnt else []
    facts += [f"the input was cut by {one.cut:,} tokens"] if one.cut else []
    facts += [f"{one.dropped:,} demonstrations or passages did not fit"] if one.dropped else []
    facts += [f"NOT USED: {one.left_out}"] if one.left_out else []
    return visible(f"── {one.approach} · {one.id} · {', '.join(facts)}")


def _text(one: Shown, *, colours: bool) -> Text:
    from rich.text import Text

    text = Text()
    for piece in one.pieces:
        if piece.part in {"expected", "rejected"} and text.plain and not text.plain.endswith("\n"):
            text.append("\n")
        before, after = ("", "") if colours else _MARKS[piece.part]
        text.append(before + _shortened(piece) + after, _STYLES[piece.part])
    return text


def _shortened(piece: Piece) -> str:
    """The text with its middle left out where it is very long; learnt text stays whole."""
    text = piece.text
    if piece.part == "read" and len(text) > LONGEST:
        left = len(text) - LONGEST
        text = f"{text[: LONGEST // 2]} ⟨… {left:,} characters, which --json shows …⟩ {text[-LONGEST // 2 :]}"
    return visible(text)


def visible(text: str) -> str:
    r"""A text that cannot command a terminal, with what is usually unseen spelt out.

    >>> visible("pay\u200b now\x1b[2J")
    'pay⟨U+200B⟩ now⟨U+001B⟩[2J'
    """
    return "".join(
        f"⟨U+{ord(character):04X}⟩"
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} and character not in "\n\t"
        else character
        for character in text
    )


def _summary(looked: Looked, split: str) -> str:
    parts = [f"{looked.cut:,} cut", f"{looked.left_out:,} left out"]
    parts += [f"{looked.dropped:,} with fewer demonstrations or passages"] if looked.dropped else []
    average = looked.tokens / max(1, looked.rows)
    learnt = f", {100 * looked.learnt / looked.tokens:.0f}% of them learnt" if looked.learnt and looked.tokens else ""
    return (
        f"{looked.approach}: {looked.rows:,} {split} rows looked at: {', '.join(parts)}; "
        f"{average:,.0f} tokens a row{learnt}"
    )
