"""Templates: plain tables become tasks. A template says how a row is asked, answered, worded and measured.

``library/`` holds them by task, one YAML file each; ``find_template`` finds one by its name, or in a file of the user's
own, promptsource's included. Whatever their origin, they are rendered by ``sandbox`` and by nothing else.
"""

from metier.data.templating.finding import find_template, library_names, template_file
from metier.data.templating.sandbox import RefusedTemplateError, Renderer, compile_template
from metier.data.templating.template import Template, Variable

__all__ = [
    "RefusedTemplateError",
    "Renderer",
    "Template",
    "Variable",
    "compile_template",
    "find_template",
    "library_names",
    "template_file",
]
