"""Ways to choose demonstrations, one a file with a function ``choose``; see :class:`metier.prompts.Choose`."""
