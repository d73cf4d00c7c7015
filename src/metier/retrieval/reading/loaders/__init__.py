"""One file a kind of document, named after the ending of its files."""
