"""Tables of the PostgreSQL store, and the policies that decide which rows a caller's search meets.

Every table carries the number of the document, and one policy for all: a row is there for the reader's role where the
document is granted to one of the names in ``metier.asker``, which every search sets for its own transaction. Unset, no
row is there. Words are looked up by equality, which may use an index in spite of a policy: ``texteq`` leaks nothing.
"""

from __future__ import annotations

LAYOUT = 1
"""Raise when tables or the indexed form of a text change: older schemas are then made anew."""
READER = "metier_reader"
"""The role that searches: owns nothing, writes nothing, cannot log in, and sees what the policies let it see."""
LONGEST_WORD = 256
"""Bytes of a word in the index; longer ones are kept as their hash, as an index entry has its limit."""

ABOUT = "CREATE TABLE about (key text PRIMARY KEY, value text NOT NULL)"
TABLES = """
CREATE SEQUENCE numbers;
CREATE TABLE documents (
    number bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, title text NOT NULL, source text NOT NULL,
    fingerprint text NOT NULL, chunks bigint NOT NULL, words bigint NOT NULL);
CREATE TABLE grants (
    reader text COLLATE "C" NOT NULL, document bigint NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    PRIMARY KEY (reader, document));
CREATE INDEX ON grants (document);
CREATE TABLE chunks (
    number bigint PRIMARY KEY, document bigint NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    id text COLLATE "C" NOT NULL UNIQUE, heading text NOT NULL, text text NOT NULL);
CREATE INDEX ON chunks (document);
CREATE TABLE vectors (
    chunk bigint PRIMARY KEY, document bigint NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    vector {vector} NOT NULL);
CREATE INDEX ON vectors (document);
CREATE TABLE postings (
    word text COLLATE "C" NOT NULL, chunk bigint NOT NULL,
    document bigint NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    count integer NOT NULL, length integer NOT NULL, PRIMARY KEY (word, chunk));
CREATE INDEX ON postings (document);
ALTER TABLE vectors ALTER COLUMN vector SET STORAGE PLAIN;
CREATE POLICY granted ON grants FOR SELECT TO {reader}
    USING (reader = ANY (nullif(current_setting('metier.asker', true), '')::text[]))
"""
PROTECTED = ("documents", "grants", "chunks", "vectors", "postings")
POLICY = """
CREATE POLICY granted ON {table} FOR SELECT TO {reader}
    USING ({column} IN (SELECT document FROM grants))
"""
UNSAMPLED = {
    "documents": ("id", "title", "source", "fingerprint"),
    "grants": ("reader",),
    "chunks": ("id", "heading", "text"),
    "vectors": ("vector",),
    "postings": ("word",),
}
"""Columns of which the server keeps no statistics: those would hold texts after a purge."""
