"""Tables of the SQLite store.

``words`` keeps no text, only an index of it; the temporary table gives each connection its postings.
"""

from __future__ import annotations

from metier.retrieval.spelling import TOKENIZER

LAYOUT = 1
"""Raise when tables or the indexed form of a text change: older files are then made anew."""
SCHEMA = f"""
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, source TEXT NOT NULL,
    fingerprint TEXT NOT NULL);
CREATE TABLE grants (
    reader TEXT NOT NULL, document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    PRIMARY KEY (reader, document)) WITHOUT ROWID;
CREATE INDEX grants_of_document ON grants (document);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    place INTEGER NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL, length INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE INDEX chunks_of_document ON chunks (document, place);
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = '{TOKENIZER}');
"""
TEMPORARY = """
CREATE VIRTUAL TABLE temp.postings USING fts5vocab (main, words, instance);
"""
