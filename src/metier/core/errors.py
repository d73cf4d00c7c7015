"""The one error tree. Users read these; they never see a traceback for a mistake of their own.

Every class is also the standard-library error that it replaces, so callers may catch either. The command line
prints ``str(error)`` and exits with ``error.exit_code``: 2 where the input is wrong, 1 where the work failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with what the user gave, and what to do about it.

    Attributes:
        where: the file, with a line or row where that is known.
        path: the place inside it: a recipe path (``approaches.lora.weights.rank``) or a column; may be empty.
        expected: what would have been right.
        got: what stood there.
        remedy: what to do.
    """

    where: str
    expected: str
    got: str
    remedy: str
    path: str = ""

    def __str__(self) -> str:
        """Four short lines: place, expectation, finding, remedy."""
        place = f"{self.where}: {self.path}" if self.path else self.where
        return f"{place}\n    expected  {self.expected}\n    got       {self.got}\n    do        {self.remedy}"


class MetierError(Exception):
    """Root of all errors that Metier raises on purpose."""

    exit_code = 1


class UserError(MetierError, ValueError):
    """What the user gave cannot be used. Carries every problem found, not only the first.

    Args:
        problems: at least one.
        title: a first line; None: a count.
    """

    exit_code = 2

    def __init__(self, problems: Sequence[Problem], *, title: str | None = None) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        self.title = title or ("There is a problem:" if count == 1 else f"There are {count} problems:")
        super().__init__("\n".join([self.title, *(f"  {problem}" for problem in self.problems)]))

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross from worker processes to the run; they must pickle with their problems."""
        return _rebuild, (type(self), self.problems, self.title)


def _rebuild(kind: type[UserError], problems: Sequence[Problem], title: str) -> UserError:
    return kind(problems, title=title)


class RecipeError(UserError):
    """The recipe is wrong. Raised before any work, with all problems together."""


class DataError(UserError):
    """The data cannot be read, or not as the recipe says. Raised before any training."""


class ModelError(UserError):
    """A model cannot be found, is damaged, or is of a kind that cannot do what was asked."""


class NotApplicableError(UserError):
    """An approach cannot work for this task, model or data. The run records the reason and goes on."""


class UnknownNameError(UserError, KeyError):
    """A plug-in or a stored thing of that name does not exist. The message has the nearest names."""

    __str__ = Exception.__str__


class MissingPackageError(MetierError, ImportError):
    """An optional package is not installed. The message has the line that installs it."""

    exit_code = 2


class IntegrityError(MetierError, RuntimeError):
    """Something stored is not what was written: a hash differs, a part is missing."""


class TrainingError(MetierError, RuntimeError):
    """Training could not go on: nothing to learn from, a loss that is not a number, weights that never moved."""


class RunInUseError(MetierError, RuntimeError):
    """Another process is writing to this run folder."""

    exit_code = 2


class ServiceError(MetierError, ConnectionError):
    """A service on the network could not be reached, refused, or answered nonsense. Never carries a key."""


class Stopped(KeyboardInterrupt):
    """The work was told to stop (SIGTERM); what was done is saved, and the same command goes on there.

    Like Ctrl-C it is no ``Exception``: nothing may take it for a failure and go on. The command line exits with 0.
    """
