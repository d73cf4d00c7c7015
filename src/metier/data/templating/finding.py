"""Templates by name: Metier's own from ``library/``, and those in a file of the user's, promptsource's included."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from metier.core import Problem, Settings, TaskKind, UserError, problems_of
from metier.core.names import suggestion
from metier.data.templating.foreign import promptsource_templates
from metier.data.templating.reading import read_template_file
from metier.data.templating.sandbox import RefusedTemplateError, compile_template
from metier.data.templating.template import INPUT, Template, Variable, VariableRole

LIBRARY = Path(__file__).parent / "library"
_LABELS = "{labels}"


class VariableSettings(Settings):
    """A value that a task needs of each row."""

    role: VariableRole = "more"
    """``input`` (where ``data.input`` points), ``target`` (``data.target``) or ``more``."""
    names: tuple[str, ...] = ()
    """Other names under which a column is taken for it."""
    optional: bool = False
    """Whether a table may lack it."""


class WordingSettings(Settings):
    """One way to put a task into words."""

    languages: tuple[str, ...] = ("en",)
    """Languages that it is written in."""
    instruction: str = ""
    """What to do."""
    question: str = INPUT
    """How a text is put, with ``{input}`` once."""
    labels: str = ""
    """The sentence that lists the choices, with ``{labels}`` once."""
    separator: str = ", "
    """Between two choices."""
    answer_choices: tuple[str, ...] = ()
    """The answers to choose from, in the task's order."""

    @field_validator("question")
    @classmethod
    def _has_one_input(cls, value: str) -> str:
        if value.count(INPUT) != 1:
            raise ValueError("a text with {input} in it once")
        return value

    @field_validator("labels")
    @classmethod
    def _has_one_list(cls, value: str) -> str:
        if value and value.count(_LABELS) != 1:
            raise ValueError("a text with {labels} in it once")
        return value


class TaskFile(Settings):
    """A file of templates: one task, several wordings."""

    task: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    """Name of the task; templates are called ``TASK.WORDING``."""
    title: str
    """The task in a few words."""
    kind: TaskKind
    """``classify`` or ``generate``."""
    variables: dict[str, VariableSettings]
    """What it needs of a row."""
    input: str
    """Jinja2: the text that is answered."""
    target: str
    """Jinja2: the right answer."""
    metrics: tuple[str, ...] = ()
    """Names of metrics, the leading one first."""
    templates: dict[str, WordingSettings] = Field(min_length=1)
    """Wordings by name."""


def library_names() -> list[str]:
    """Names of all templates that come with Metier, sorted."""
    return sorted(_library())


def find_template(name: str, *, folder: Path) -> Template:
    """The template of that name.

    Args:
        name: ``TASK.WORDING`` of the library, ``TASK`` for its first wording, or ``FILE.yaml#NAME`` (``FILE.yaml``
            where it holds one template).
        folder: what the paths of files are relative to.

    Raises:
        UserError: there is none, or it is not let in; says why.
    """
    file, _, inner = name.partition("#")
    if not file.endswith((".yaml", ".yml")):
        return _pick(name, _library(), where="template")
    path = folder / Path(file).expanduser()
    found = _templates_in(path)
    if not inner and len(found) == 1:
        return next(iter(found.values()))
    return _pick(inner, found, where=str(path))


def template_file(name: str, *, folder: Path) -> Path:
    """The file that a template stands in: whatever is made with it depends on this file.

    Raises:
        UserError: there is no such template.
    """
    file = name.partition("#")[0]
    if file.endswith((".yaml", ".yml")):
        return folder / Path(file).expanduser()
    return LIBRARY / f"{find_template(name, folder=folder).name.partition('.')[0]}.yaml"


def _pick(name: str, templates: dict[str, Template], *, where: str) -> Template:
    """By the whole name, or by the task alone: its first wording."""
    if name in templates:
        return templates[name]
    first = next((one for key, one in templates.items() if key.partition(".")[0] == name), None)
    if first is not None:
        return first
    known = (
        [*templates] if "#" in where or where != "template" else sorted({key.partition(".")[0] for key in templates})
    )
    got = repr(name) if name else "no name"
    raise UserError([Problem(where=where, expected="the name of a template", got=got, remedy=suggestion(name, known))])


@cache
def _library() -> dict[str, Template]:
    found: dict[str, Template] = {}
    for path in sorted(LIBRARY.glob("*.yaml")):
        found |= _templates_in(path)
    return found


def _templates_in(path: Path) -> dict[str, Template]:
    content = read_template_file(path)
    if "task" not in content:
        return promptsource_templates(content, path)
    try:
        file = TaskFile.model_validate(content)
    except ValidationError as error:
        raise UserError(problems_of(error, where=str(path), model=TaskFile)) from None
    try:
        return _own(file)
    except RefusedTemplateError as error:
        expected = "a template that can be rendered safely, of the variables that it names"
        problem = Problem(where=str(path), expected=expected, got=str(error), remedy="correct the template")
        raise UserError([problem]) from None


def _own(file: TaskFile) -> dict[str, Template]:
    asked, answer = compile_template(file.input), compile_template(file.target)
    if unknown := (asked.names | answer.names) - {*file.variables, "answer_choices"}:
        raise RefusedTemplateError(f"{', '.join(map(repr, sorted(unknown)))}, which stands not under variables")
    variables = tuple(Variable(name=name, **dict(each)) for name, each in file.variables.items())
    choices = {f"{file.task}.{name}": wording.answer_choices for name, wording in file.templates.items()}
    found: dict[str, Template] = {}
    for word, wording in file.templates.items():
        name = f"{file.task}.{word}"
        found[name] = Template(
            name=name,
            title=file.title,
            kind=file.kind,
            variables=variables,
            input=asked,
            target=answer,
            metrics=file.metrics,
            siblings={other: some for other, some in choices.items() if other != name and some},
            **dict(wording),
        )
    return found
