"""What rows mean: their shape, what each column holds, which task it is, which text is answered by which.

``survey`` looks through all rows once, ``inspection`` decides and gives its evidence, ``entries`` reads again and makes
an entry of each row. Row shapes (``shapes/``, plug-ins) know the conventions that are in use.
"""
