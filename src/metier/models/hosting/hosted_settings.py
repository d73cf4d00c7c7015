"""The ``hosted`` section: where a model lives that is asked over the network, and how it is asked there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from metier.core import Problem, Settings

PREFIX = "openai:"
"""What the names of hosted models begin with: ``openai:NAME``."""
_Problems = Callable[[str, str, str, str], list[Problem]]
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")


class Price(Settings):
    """What a model's tokens cost."""

    input: float = Field(ge=0)
    """For a million tokens that it reads."""
    output: float = Field(ge=0)
    """For a million tokens that it writes."""


class HostedSettings(Settings):
    """An address that speaks the OpenAI chat format (``POST ADDRESS/chat/completions``). Texts are sent to it."""

    address: str = Field(max_length=500)
    """Such as ``https://api.openai.com/v1``. Without encryption (``http``) only on this machine."""
    key_variable: str | None = Field(default="OPENAI_API_KEY", max_length=500)
    """Name of the environment variable that holds the key; the key itself stands in no file. None: no key is sent."""
    timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    """How long one request may take, in seconds."""
    retries: int = Field(default=5, ge=0, le=20)
    """How often a request is made again that met a limit, a server's fault or a broken connection."""
    requests_per_minute: float | None = Field(default=None, gt=0)
    """Requests that are begun in a minute, at most. None: as many as are answered."""
    parallel: int = Field(default=4, ge=1, le=64)
    """Requests under way at the same time."""
    window: int = Field(default=8192, ge=256)
    """The model's context window in tokens; a token is taken as three bytes, as its tokenizer is not at hand."""
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """0: as repeatable as the service can. None: not sent, for models that refuse it."""
    length_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """How the service calls the length limit of an answer."""
    prices: dict[str, Price] = Field(default_factory=dict)
    """A price table: model name (without ``openai:``) to prices of a million tokens. A model that is not in it has
    no cost in the table of results."""

    def asked(self) -> dict[str, object]:
        """The settings that an answer depends on; changing any other changes no answer."""
        return self.model_dump(include={"address", "window", "temperature", "length_field"})


def is_hosted(name: str) -> bool:
    """Whether a model of this name is asked over the network."""
    return name.startswith(PREFIX)


def check_hosted(name: str, settings: HostedSettings | None, environment: Mapping[str, str]) -> list[Problem]:
    """What is wrong with a hosted model's settings, found without asking it; paths start at ``hosted``.

    What may be a key by mistake (in an address, or as the name of a variable) is never repeated.
    """

    def problem(path: str, expected: str, got: str, remedy: str) -> list[Problem]:
        return [Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)]

    if not name.removeprefix(PREFIX).strip():
        return problem("model", f"{PREFIX}NAME", repr(name), "write the model's name as the service calls it")
    if settings is None:
        remedy = "add  hosted: {address: https://...}  to the recipe or to the approach"
        return problem("hosted", f"the address of {name!r}", "none", remedy)
    return _address_problems(settings.address, problem) + _key_problems(settings, environment, problem)


def _address_problems(address: str, problem: _Problems) -> list[Problem]:
    path, expected = "hosted.address", "an address such as https://api.openai.com/v1"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return problem(path, expected, "one that cannot be read", "correct it")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        remedy = "put the key into an environment variable and its name into hosted.key_variable"
        return problem(path, expected, "one that carries more than a host and a path (not shown)", remedy)
    if parts.scheme not in ("http", "https") or not host:
        return problem(path, expected, repr(address), "begin it with https://")
    if parts.scheme == "http" and not is_here(address):
        got = f"http to {host!r}: texts and key could be read on the way"
        return problem(path, "https, or http on this machine", got, "use https, or a tunnel to this machine")
    return []


def is_here(address: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_key(value: str) -> bool:
    """Whether a text can be sent as a key at all: printable ASCII without spaces."""
    return bool(value) and value.isascii() and value.isprintable() and " " not in value


def _key_problems(settings: HostedSettings, environment: Mapping[str, str], problem: _Problems) -> list[Problem]:
    path, name = "hosted.key_variable", settings.key_variable
    if name is None:
        return []
    if not _VARIABLE.fullmatch(name):
        got = "something that is no such name (not shown)"
        remedy = "write the name of the variable here, such as OPENAI_API_KEY; never the key itself"
        return problem(path, "the name of an environment variable", got, remedy)
    if not is_key(key := environment.get(name, "").strip()):
        remedy = f"set {name}, name another variable, or write null if the service needs no key"
        got = "something else in it (not shown)" if key else "no such variable"
        return problem(path, f"the service's key in the environment variable {name}", got, remedy)
    return []
