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
from metier.core.progress import Bar, Nobody, Reporter, Silent, duration, point, say, step, trial, warn
from metier.core.records import Augmentation, Forgetting, PromptSearch, Record, Sensitivity, Sweep, TrainingCurve
from metier.core.registry import Registry
from metier.core.seeds import derive
from metier.core.settings import Settings, problems_of
from metier.core.types import (
    Document,
    Example,
    Message,
    Passage,
    Prediction,
    Role,
    Score,
    SplitName,
    Task,
    TaskKind,
    example_of,
)

__all__ = [
    "Augmentation",
    "Bar",
    "DataError",
    "Document",
    "Example",
    "Forgetting",
    "IntegrityError",
    "Message",
    "MetierError",
    "MissingPackageError",
    "ModelError",
    "Nobody",
    "NotApplicableError",
    "Passage",
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
    "Sweep",
    "Task",
    "TaskKind",
    "TrainingCurve",
    "TrainingError",
    "UnknownNameError",
    "UserError",
    "derive",
    "duration",
    "example_of",
    "point",
    "problems_of",
    "say",
    "step",
    "trial",
    "warn",
]
