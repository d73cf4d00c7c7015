"""What hosted answers cost, from counted tokens and the recipe's price table; worked out anew whenever it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metier.comparison.recipe import Recipe
from metier.models import Price
from metier.models.hosting.hosted_settings import PREFIX, HostedSettings, is_hosted


def price_of(recipe: Recipe, approach: str) -> Price | None:
    """The price of an approach's tokens; None where its model is not hosted, or not in the price table."""
    settings = recipe.approaches.get(approach)
    if settings is None or settings.hosted is None:
        return None
    return settings.hosted.prices.get((settings.model or recipe.model).removeprefix(PREFIX))


def answering_cost(price: Price | None, costs: Mapping[str, Any]) -> float | None:
    """Cost of a thousand answers like those on the test set."""
    if price is None or not costs:
        return None
    return 1000 * _cost(price, costs["tokens_in_per_query"], costs["tokens_out_per_query"])


def building_cost(
    price: Price | None, record: Mapping[str, Any], retrieval: Sequence[Mapping[str, Any]]
) -> float | None:
    """Cost of the search for a prompt, of trying other wordings, of a sweep, and of what ``retrieval`` took."""
    if price is None or not record:
        return None
    parts = [part for part in (record.get(name) for name in ("search", "sensitivity", "sweep")) if part]
    parts += retrieval
    return sum(_cost(price, part["tokens_in"], part["tokens_out"]) for part in parts)


def made_rows_cost(recipe: Recipe, approach: str, record: Mapping[str, Any]) -> float | None:
    """Cost of the tokens with which hosted models made rows; 0 where none did, None where a price is not known."""
    settings, made = recipe.approaches.get(approach), record.get("augmentation")
    augment = settings.augment if settings else None
    asked = [name for name in made["tokens_in"] if is_hosted(name)] if made else []
    if not made or not asked:
        return 0.0
    if augment is None or augment.hosted is None:
        return None
    prices = [augment.hosted.prices.get(name.removeprefix(PREFIX)) for name in asked]
    costs = [
        _cost(price, made["tokens_in"][name], made["tokens_out"][name])
        for name, price in zip(asked, prices, strict=True)
        if price is not None
    ]
    return sum(costs) if len(costs) == len(asked) else None


def teaching_cost(recipe: Recipe, approach: str, record: Mapping[str, Any]) -> float | None:
    """Cost of the tokens with which a hosted teacher answered training rows; 0 where none did, None as above."""
    settings, teaching = recipe.approaches.get(approach), record.get("teaching")
    if not teaching or not is_hosted(teaching["teacher"]):
        return 0.0
    distill = settings.weights.distill if settings and settings.weights else None
    if distill is None or distill.hosted is None:
        return None
    read, written = teaching["tokens_in"], teaching["tokens_out"]
    return tokens_cost(distill.hosted, teaching["teacher"], tokens_in=read, tokens_out=written)


def rewriting_cost(recipe: Recipe, approach: str, record: Mapping[str, Any]) -> float | None:
    """Cost of the tokens with which a hosted model rewrote the instruction; 0 where none did, None as above."""
    settings, search = recipe.approaches.get(approach), record.get("search")
    if not search or not search["rewriter"]:
        return 0.0
    if settings is None or settings.hosted is None:
        return None
    read = search["rewriter_tokens_in"]
    return tokens_cost(settings.hosted, search["rewriter"], tokens_in=read, tokens_out=search["rewriter_tokens"] - read)


def tokens_cost(settings: HostedSettings, model: str, *, tokens_in: float, tokens_out: float) -> float | None:
    """What a hosted model's tokens cost; None where the price table does not have it."""
    price = settings.prices.get(model.removeprefix(PREFIX))
    return None if price is None else _cost(price, tokens_in, tokens_out)


def _cost(price: Price, tokens_in: float, tokens_out: float) -> float:
    return (price.input * tokens_in + price.output * tokens_out) / 1e6
