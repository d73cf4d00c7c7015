"""PDF: the text that the file holds. Pictures of pages (scans) have none, and are refused with that reason."""

from __future__ import annotations

import io
import logging

from metier.retrieval.reading.decoding import clean, without_headings
from metier.retrieval.reading.parsed import Parsed, RefusedError

_MOST_PAGES = 5000


def load(content: bytes, *, readers_key: str) -> list[Parsed]:
    """All pages, one after the other; a PDF knows no headings, so lines that look like one are not taken for it."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    if b"%PDF-" not in content[:1024]:
        raise RefusedError("it is not a PDF")
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise RefusedError("it is encrypted with a password")
        if len(reader.pages) > _MOST_PAGES:
            raise RefusedError(f"it has more than {_MOST_PAGES:,} pages")
        pages = [page.extract_text() for page in reader.pages]
        told = reader.metadata.title if reader.metadata else None
    except (RefusedError, MemoryError):
        raise
    except Exception as error:  # a parser of hostile bytes fails in any way; all mean "damaged"
        raise RefusedError(f"it is a damaged PDF ({type(error).__name__}: {error!s:.120})") from None
    text = clean("\n\n".join(page.strip() for page in pages if page.strip()))
    if not text.strip():
        raise RefusedError("it holds no text (a scan?): run it through text recognition first")
    return [Parsed(text=without_headings(text), title=" ".join(str(told or "").split())[:300])]
