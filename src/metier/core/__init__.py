"""The ground floor: the types that cross rooms, errors, the plug-in registry, files, seeds and progress.

Knows no torch, no network, no other room. ``tests/core`` shows each part in use.
"""

from metier.core.errors import (
    DataError,
    IntegrityError,
    MetierError,
    MissingPackageError,
    ModelError,
    NotApplicableError,
    Problem,
    RecipeError,
    RunInUseError,
    ServiceError,
    Stopped,
    TrainingError,
    UnknownNameError,
    UserError,
)
from metier.core.progress import Bar, Reporter, Silent, duration, say, step, warn
from metier.core.registry import Registry
from metier.core.seeds import derive
from metier.core.settings import Settings, problems_of
from metier.core.types import (
    Document,
    Example,
    Message,
    Prediction,
    PromptSearch,
    Record,
    Role,
    Score,
    Sensitivity,
    SplitName,
    Task,
    TaskKind,
    TrainingCurve,
    example_of,
)

__all__ = [
    "Bar",
    "DataError",
    "Document",
    "Example",
    "IntegrityError",
    "Message",
    "MetierError",
    "MissingPackageError",
    "ModelError",
    "NotApplicableError",
    "Prediction",
    "Problem",
    "PromptSearch",
    "RecipeError",
    "Record",
    "Registry",
    "Reporter",
    "Role",
    "RunInUseError",
    "Score",
    "Sensitivity",
    "ServiceError",
    "Settings",
    "Silent",
    "SplitName",
    "Stopped",
    "Task",
    "TaskKind",
    "TrainingCurve",
    "TrainingError",
    "UnknownNameError",
    "UserError",
    "derive",
    "duration",
    "example_of",
    "problems_of",
    "say",
    "step",
    "warn",
]
