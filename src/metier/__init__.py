"""Metier adapts a language model to a domain, and proves which way of adapting it is best.

The package is used from the command line (``metier --help``) or from Python::

    from metier.comparison import run
    run("recipe.yaml")

Importing it loads nothing heavy: torch and transformers come in when a model is first needed.
"""

__version__ = "0.1.0"
