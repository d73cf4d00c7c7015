"""Write the table of methods into ``docs/guides/methods.md`` from the methods themselves.

``make docs`` runs it; a test fails where the page and the code differ.
"""

import sys
from pathlib import Path

from metier.training import METHODS, Defaults

PAGE = Path(__file__).parent / "guides" / "methods.md"
START, END = "<!-- made by docs/make_methods.py -->\n", "<!-- end -->\n"
FAMILIES = ("causal", "encoder", "seq2seq")


def page(text: str) -> str:
    """``text`` with a fresh table between the marks."""
    before, rest = text.split(START)
    after = rest.split(END)[1]
    return f"{before}{START}{table()}{END}{after}"


def table() -> str:
    lines = [
        "| method | what changes | causal | encoder | encoder-decoder | same at the start | merges | own settings |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in METHODS.names():
        method = METHODS.get(name)
        about = (sys.modules[method.prepare.__module__].__doc__ or "").strip().splitlines()[0]
        cells = [
            f"`{name}`",
            about.partition(": ")[2].rstrip("."),
            *(defaults(method.defaults(family)) if family in method.families else "no" for family in FAMILIES),
            "yes" if method.same_at_start else "no",
            "yes" if method.merges else "no",
            ", ".join(f"`{own}`" for own in sorted(method.uses)),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def defaults(found: Defaults) -> str:
    own = [f"rank {found.rank}"] if found.rank else []
    own += [f"{found.virtual_tokens} tokens"] if found.virtual_tokens else []
    rate = f"{found.learning_rate:g}" + (f" at width {found.width}" if found.width else "")
    return ", ".join([rate, f"{found.epochs:g} epochs", f"{found.batch_size} rows", *own])


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
