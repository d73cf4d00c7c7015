"""Tables of the SQLite store.

``words`` keeps no text, only an index of it; the temporary tables give each connection its postings and a tokenizer.
"""

from __future__ import annotations

LAYOUT = 1
"""Raise when tables or the indexed form of a text change: older files are then made anew."""
SCHEMA = """
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
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'porter unicode61 remove_diacritics 2');
"""
TEMPORARY = """
CREATE VIRTUAL TABLE temp.postings USING fts5vocab (main, words, instance);
CREATE VIRTUAL TABLE temp.question USING fts5 (text, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE temp.question_words USING fts5vocab (temp, question, row);
"""
