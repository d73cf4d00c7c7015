"""What is wrong with a ``weights`` section for a model: found from settings and files, without loading the model."""

from __future__ import annotations

from metier.core import Problem
from metier.core.names import suggestion
from metier.models import ModelSource
from metier.training.method import METHODS, Method
from metier.training.paradigms.replay_settings import ReplaySettings
from metier.training.settings import OWN_SETTINGS, WeightsSettings


def check_method(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Problems, at paths from ``weights`` on: an unknown method, one that does not apply, settings it does not have."""
    if settings.method not in METHODS.names():
        expected, remedy = "one of " + ", ".join(METHODS.names()), suggestion(settings.method, METHODS.names())
        return [_problem("method", expected, repr(settings.method), remedy)]
    method = METHODS.get(settings.method)
    if source.profile.family not in method.families:
        return [
            _problem(
                "method",
                f"a method for {source.profile.family} models, which {source.name!r} is",
                f"{settings.method!r}, which works for {' and '.join(method.families)} models",
                "choose another method or another model",
            )
        ]
    pairs = [*_no_pairs(source), *_no_reference(settings, method)] if settings.preference else []
    taught = _distill(settings)
    drawn = _reinforce(settings, method, source) if settings.reinforce else []
    kept = _replay(settings.replay, settings, method, source) if settings.replay else []
    return [
        *_not_its_own(settings, method),
        *method.check(settings, source),
        *pairs,
        *kept,
        *taught,
        *drawn,
        *_around_training(settings, method),
        *_at_odds(settings),
        *_of_another_family(settings, source),
        *_new_tokens(settings),
    ]


def _at_odds(settings: WeightsSettings) -> list[Problem]:
    """Settings that another one leaves without effect."""
    found: list[Problem] = []
    if settings.preference and settings.label_smoothing:
        expected, remedy = "no smoothed targets: a preference loss has none", "use preference.label_smoothing (dpo)"
        found.append(_problem("label_smoothing", expected, str(settings.label_smoothing), remedy))
    beside = _other_targets(settings)
    if beside and settings.label_smoothing:
        expected, got = "no smoothed targets where there are none", f"{settings.label_smoothing} beside {beside}"
        found.append(_problem("label_smoothing", expected, got, "leave it out"))
    if beside and settings.neftune:
        expected, got = "no noise where two models are compared token by token", f"{settings.neftune} beside {beside}"
        found.append(_problem("neftune", expected, got, "leave it out"))
    if settings.neftune and settings.layout == "tree":
        expected = "another layout: with neftune every row has noise of its own, and none shares its start"
        found.append(_problem("layout", expected, "tree", "leave weights.layout out"))
    return found


def _other_targets(settings: WeightsSettings) -> str:
    """What learns from something else than right answers, by name; empty where nothing does."""
    if settings.reinforce:
        return "reinforce"
    if settings.distill and settings.distill.by == "logits":
        return "distill.by: logits"
    return "replay.kl" if settings.replay and settings.replay.kl else ""


def _around_training(settings: WeightsSettings, method: Method) -> list[Problem]:
    """What comes before and after the steps."""
    problems: list[Problem] = []
    if settings.epochs == 0 and not settings.start:
        got, remedy = "0 epochs, and no start", "give epochs, or name what to begin from"
        problems.append(_problem("epochs", "something to learn, or earlier weights", got, remedy))
    if settings.epochs == 0 and (untaught := _only_in_steps(settings)):
        got, remedy = f"{' and '.join(untaught)} beside 0 epochs", "leave them out (replay.share: 0 only measures)"
        problems.append(_problem("epochs", "something to learn", got, remedy))
    if settings.start == {}:
        problems.append(_problem("start", "what to begin from", "nothing", "name it, or leave start out"))
    if settings.scales and method.scales is None:
        able = ", ".join(name for name in METHODS.names() if METHODS.get(name).scales)
        got = f"scale beside {settings.method!r}, whose output is not linear in what it learns"
        problems.append(_problem("scale", f"one of {able}", got, "leave scale out, or use one of these"))
    if settings.scales and settings.init not in ("zero", "eva"):
        got = f"init: {settings.init!r}, which moves a part of the base into the adapter"
        problems.append(_problem("scale", "an update that begins at nothing", got, "leave init or scale out"))
    if len(settings.scales) > 1 and (settings.reinforce or (settings.preference and settings.preference.loss == "kto")):
        got = "several, beside " + ("reinforce" if settings.reinforce else "kto") + ", whose loss follows the model"
        problems.append(_problem("scale", "one number: several are chosen from by their loss", got, "give one"))
    return problems


def _only_in_steps(settings: WeightsSettings) -> list[str]:
    """What does nothing without steps, by name."""
    replay = settings.replay
    wanted = {
        "reinforce": settings.reinforce is not None,
        "distill": settings.distill is not None,
        "replay": replay is not None and (replay.replays or replay.kl > 0 or replay.l2 > 0),
    }
    return [name for name, asked in wanted.items() if asked]


def _replay(replay: ReplaySettings, settings: WeightsSettings, method: Method, source: ModelSource) -> list[Problem]:
    """Text is written, and closeness measured, by causal models learning from right answers; l2 works for all."""
    problems: list[Problem] = []
    wanted = [name for name in ("texts", "generated", "kl") if getattr(replay, name)]
    if wanted and source.profile.family != "causal":
        expected = f"l2 alone: {source.name!r} is no causal model, and has no next token to keep"
        problems.append(_problem("replay", expected, " and ".join(wanted), "leave them out, or choose a causal model"))
    elif settings.preference and (replay.replays or replay.kl):
        expected = "measuring (share: 0) and l2 beside a preference loss, which keeps to its reference by beta"
        problems.append(_problem("replay", expected, " and ".join(wanted), "set share: 0, or leave preference out"))
    if replay.kl and not method.same_at_start:
        expected = "a method whose model before training is the base, for kl compares with it"
        got = f"{settings.method!r}, which starts from virtual tokens drawn at random"
        problems.append(_problem("replay.kl", expected, got, "use method: lora, or replay texts alone"))
    return problems


def _reinforce(settings: WeightsSettings, method: Method, source: ModelSource) -> list[Problem]:
    """Only causal models write answers; one paradigm at a time; a divergence needs a start that is the base."""
    problems: list[Problem] = []
    replay = settings.replay
    beside = [name for name in ("preference", "replay") if getattr(settings, name)]
    if replay and not replay.replays and not replay.kl:
        beside.remove("replay")
    if source.profile.family != "causal":
        expected, remedy = f"a causal model, which {source.name!r} is not", "leave it out, or choose a causal model"
        problems.append(_problem("reinforce", expected, "answers that the model writes by itself", remedy))
    if beside:
        expected = "reinforcement by itself; measuring (replay.share: 0) and l2 may stand beside it"
        problems.append(
            _problem("reinforce", expected, " and ".join(beside), "use reinforce.kl to stay near the start")
        )
    if settings.reinforce and settings.reinforce.kl and not method.same_at_start:
        expected = "a method whose model before training is the base, for kl compares with it"
        got = f"{settings.method!r}, which starts from virtual tokens drawn at random"
        problems.append(_problem("reinforce.kl", expected, got, "use method: lora, or kl: 0"))
    return problems


def _distill(settings: WeightsSettings) -> list[Problem]:
    """A teacher says what is right, which pairs and rewards do by themselves; one distribution to be near at a time."""
    if settings.distill is None:
        return []
    beside = [name for name in ("preference", "reinforce") if getattr(settings, name)]
    if settings.distill.by == "logits" and settings.replay and settings.replay.kl:
        beside.append("replay.kl")
    if not beside:
        return []
    remedy = "use an approach of its own"
    return [_problem("distill", "a teacher beside right answers", " and ".join(beside), remedy)]


def _no_reference(settings: WeightsSettings, method: Method) -> list[Problem]:
    """The reference of a preference loss is the model before training, which must be the base."""
    if method.same_at_start or not settings.preference or not settings.preference.needs_reference:
        return []
    expected = "a method whose model before training is the base, for this preference loss compares with it"
    got = f"{settings.method!r}, which starts from virtual tokens drawn at random"
    return [_problem("method", expected, got, "use method: lora, or a preference loss that needs no reference")]


def _no_pairs(source: ModelSource) -> list[Problem]:
    """Preference losses compare what a model would write; only causal models write here."""
    if source.profile.family == "causal":
        return []
    expected = f"a causal model, which {source.name!r} is not"
    return [_problem("preference", expected, "a preference loss", "leave it out, or choose a causal model")]


def _new_tokens(settings: WeightsSettings) -> list[Problem]:
    """New rows of the embeddings are learnt where embeddings are, from the base on, and no teacher has them."""
    if not settings.new_tokens:
        return []
    got = f"{len(settings.new_tokens)} new tokens beside "
    if settings.method != "full":
        expected = "method: full, which trains the embeddings"
        remedy = "learn them by full (best on raw text), and let this approach start from that one"
        return [_problem("new_tokens", expected, got + f"method: {settings.method}", remedy)]
    if settings.start:
        expected, remedy = "the base as the beginning", "name them in the approach that begins the chain"
        return [_problem("new_tokens", expected, got + "start", remedy)]
    if settings.distill and settings.distill.by == "logits":
        expected, remedy = "the teacher's own vocabulary, to compare token by token", "use distill.by: answers"
        return [_problem("new_tokens", expected, got + "distill.by: logits", remedy)]
    return []


def _of_another_family(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Only encoders have a head that gives tags, and they alone write no answers."""
    encoder = source.profile.family == "encoder"
    if settings.tagging != "bio" and not encoder:
        expected, remedy = f"an encoder, which {source.name!r} is not", "leave it out, or choose an encoder"
        return [_problem("tagging", expected, settings.tagging, remedy)]
    if settings.turns != "all" and encoder:
        expected, remedy = f"a model that writes, which {source.name!r} is not", "leave it out"
        return [_problem("turns", expected, settings.turns, remedy)]
    rate = settings.head_learning_rate
    if rate is not None and not encoder:
        expected, remedy = f"an encoder, which {source.name!r} is not", "leave it out: there is no head to learn"
        return [_problem("head_learning_rate", expected, f"{rate:g}", remedy)]
    if rate is not None and settings.method == "head":
        expected = "learning_rate alone, for method: head trains nothing else"
        return [_problem("head_learning_rate", expected, f"{rate:g} beside it", "write it as learning_rate")]
    return []


def _not_its_own(settings: WeightsSettings, method: Method) -> list[Problem]:
    """Settings that only other methods have."""
    fields = WeightsSettings.model_fields
    given = [name for name in sorted(OWN_SETTINGS - method.uses) if getattr(settings, name) != fields[name].default]
    own = f"settings of {settings.method}: " + (", ".join(sorted(method.uses)) or "none but those of every method")
    return [
        _problem(name, own, f"{name}: {getattr(settings, name)!r}, which it does not have", "leave it out")
        for name in given
    ]


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=f"weights.{path}", expected=expected, got=got, remedy=remedy)
