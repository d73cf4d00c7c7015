"""Base models of two families behind one way of finding and loading them.

``locate`` finds a model by its name in the recipe and reads its profile, without torch; :class:`CausalModel`
generates and scores labels, :class:`EncoderModel` embeds and classifies. Differences between model types are data, in
``profiles/``.
"""

from metier.models.builtin import cache_folder, is_installed
from metier.models.causal import CausalModel, Generation
from metier.models.chat import Segment, segments
from metier.models.device import Compute, Precision, choose, quick_float32
from metier.models.encoder import EncoderModel
from metier.models.grammar import Grammar
from metier.models.headers import tensor_shapes
from metier.models.hosted import HostedModel, Reply
from metier.models.hosted_settings import HostedSettings, Price, check_hosted, is_hosted
from metier.models.loading import load_module, num_parameters
from metier.models.profile import Family, Profile
from metier.models.sampling import Drawing, sample
from metier.models.soft_prompts import virtual_tokens, with_soft_prompt
from metier.models.source import ModelSource, locate

__all__ = [
    "CausalModel",
    "Compute",
    "Drawing",
    "EncoderModel",
    "Family",
    "Generation",
    "Grammar",
    "HostedModel",
    "HostedSettings",
    "ModelSource",
    "Precision",
    "Price",
    "Profile",
    "Reply",
    "Segment",
    "cache_folder",
    "check_hosted",
    "choose",
    "is_hosted",
    "is_installed",
    "load_module",
    "locate",
    "num_parameters",
    "quick_float32",
    "sample",
    "segments",
    "tensor_shapes",
    "virtual_tokens",
    "with_soft_prompt",
]
