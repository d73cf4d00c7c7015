"""One entry of the recipe's ``approaches`` section."""

from __future__ import annotations

from metier.approaches.sweeping.settings import SweepSettings
from metier.approaches.tuning.reward_settings import Chosen
from metier.approaches.tuning.together_settings import TaskBeside
from metier.core import Settings
from metier.data.augmenting.settings import AugmentSettings
from metier.models.hosting.hosted_settings import HostedSettings
from metier.prompts.settings import PromptSettings
from metier.retrieval.settings import RetrievalSettings
from metier.training.settings import WeightsSettings


class ApproachSettings(Settings):
    """A way of adapting: a base model, how it is asked, and how its weights change. Each part may be left out."""

    model: str | None = None
    """Base model of this approach. None: the recipe's ``model``."""
    prompt: PromptSettings | None = None
    """How the model is asked (causal models). None: the task's instruction and no demonstrations."""
    retrieval: RetrievalSettings | None = None
    """What is looked up in ``data.documents`` before the model is asked (causal and hosted models). None: nothing."""
    weights: WeightsSettings | None = None
    """How its weights are trained. None: the base as it is."""
    augment: AugmentSettings | None = None
    """More rows to learn from, made of this approach's training rows. None: those that there are."""
    tasks: dict[str, TaskBeside] | None = None
    """Other tasks, each with its own ``task`` and ``data``, that the weights learn in the same training (multi-task).
    A model that writes learns rows of any kind and shape, asked in their own words; an encoder has outputs for each.
    None: the run's task alone."""
    rewards: tuple[Chosen, ...] | None = None
    """What answers are worth where ``weights.reinforce`` learns from them: metrics, graders and Python files as in
    ``evaluate.metrics``, each alone or as ``{metric: NAME, weight: 0.5}``, or a reward model ``{pairs: FILE}``; they
    are added up. None: what single answers of the kind of task are judged by (``accuracy`` for ``classify``,
    ``token_f1`` for ``generate`` and ``chat``, ``span_f1`` for ``extract``)."""
    hosted: HostedSettings | None = None
    """Where this approach's hosted model (``openai:NAME``) lives. None: the recipe's ``hosted``."""
    sweep: SweepSettings | None = None
    """Try other values of these settings and keep the best on validation. None: these as they are."""

    @property
    def prompting(self) -> PromptSettings:
        """How the model is asked: its ``prompt``, or one that says nothing."""
        return self.prompt or PromptSettings()
