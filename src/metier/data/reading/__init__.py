"""From the user's files to rows: found, recognised by their content, decoded, read one by one.

``sources.open_sources`` turns the recipe's paths into sources, ``formats.recognise`` says what each file is and why,
and the readers (``readers/``, plug-ins, one file for each format) yield rows. Nothing here knows what a row means.
"""
