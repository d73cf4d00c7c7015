"""VeRA: shared random matrices, trained vectors between them (Kopiczko et al. 2024, arXiv 2310.11454).

``W x + b * (B (d * (A x)))`` with frozen random ``A`` and ``B`` shared by all layers and trained vectors ``d`` [rank]
and ``b`` [out], ``b`` starting at 0. Rank 256 and rate 4e-3 as the paper takes for instruction tuning. The random
matrices are saved with the vectors, so that the adapter loads the same everywhere.
"""

from __future__ import annotations

from typing import Any

from metier.models import Profile
from metier.training.adapting.adapters import adapted, check_targets, head_of, targets_of, task_type
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings, decided


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module wrapped by PEFT."""
    from peft import VeraConfig

    config = VeraConfig(
        r=decided(settings.rank),
        vera_dropout=settings.dropout,
        target_modules=targets_of(module, settings, profile),
        task_type=task_type(module, profile),
        modules_to_save=head_of(profile),
        save_projection=True,
    )
    return adapted(module, config)


method = Method(
    defaults_by_family={
        "causal": Defaults(4e-3, 3, 16, rank=256),
        "encoder": Defaults(4e-3, 8, 32, rank=256),
        "seq2seq": Defaults(4e-3, 3, 16, rank=256),
    },
    prepare=prepare,
    uses=frozenset({"rank", "dropout", "targets"}),
    merges=True,
    check=check_targets,
)
