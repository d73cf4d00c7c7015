"""Base models of three families behind one way of finding and loading them.

``locate`` finds a model by its name in the recipe and reads its profile, without torch; :class:`CausalModel` and
:class:`Seq2SeqModel` (encoder-decoder) generate and score labels, :class:`EncoderModel` embeds and classifies,
:class:`MaskedModel` foretells hidden words. Differences between model types are data, in ``profiles/``.
"""

from metier.models.causal import CausalModel, Generation
from metier.models.chat import Segment, segments
from metier.models.device import Compute, Precision, choose, quick_float32
from metier.models.documents import Marks, Window, document_marks, encode_document, token_windows
from metier.models.encoder import EncoderModel
from metier.models.finding.builtin import cache_folder, is_installed
from metier.models.finding.headers import tensor_shapes
from metier.models.finding.profile import Family, Profile
from metier.models.finding.source import ModelSource, locate
from metier.models.grammar import Grammar
from metier.models.hosting.hosted import HostedModel, Reply
from metier.models.hosting.hosted_settings import HostedSettings, Price, check_hosted, is_hosted
from metier.models.language_model import LanguageModel, language_class, language_model
from metier.models.loading import load_module, load_tokenizer, num_parameters
from metier.models.masked import MaskedModel, has_word_head
from metier.models.sampling import Drawing, sample
from metier.models.seq2seq import Seq2SeqModel, padded, shifted, span_marks
from metier.models.virtual.growing import grown
from metier.models.virtual.soft_prompts import virtual_tokens, with_soft_prompt

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
    "LanguageModel",
    "Marks",
    "MaskedModel",
    "ModelSource",
    "Precision",
    "Price",
    "Profile",
    "Reply",
    "Segment",
    "Seq2SeqModel",
    "Window",
    "cache_folder",
    "check_hosted",
    "choose",
    "document_marks",
    "encode_document",
    "grown",
    "has_word_head",
    "is_hosted",
    "is_installed",
    "language_class",
    "language_model",
    "load_module",
    "load_tokenizer",
    "locate",
    "num_parameters",
    "padded",
    "quick_float32",
    "sample",
    "segments",
    "shifted",
    "span_marks",
    "tensor_shapes",
    "token_windows",
    "virtual_tokens",
    "with_soft_prompt",
]
