"""JSON over HTTP with patience: retries, a rate limit, and no secret in anything that is raised.

The standard library is enough for one request and one answer at a time, and adds nothing to install; it honours the
machine's proxy settings and certificates. Redirects are not followed: a key would go along to wherever they lead.
"""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, cast

from metier.core import ServiceError

MOST_BYTES = 16 << 20
"""An answer is not larger; what is left of one that is stays unread."""
LONGEST_WAIT = 60.0
"""Between two tries, in seconds, whatever the server asks for."""
_RETRIED = {408, 409, 425, 429}
_SHOWN = 300  # characters of a server's own words in an error


class Pace:
    """Lets calls through at an even pace, from any thread.

    Args:
        per_minute: calls in a minute. None: no limit.
        sleep: waits so many seconds.
        now: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        per_minute: float | None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._sleep, self._now = sleep, now
        self._lock, self._next = threading.Lock(), 0.0

    def wait(self) -> None:
        """Come back when it is this call's turn."""
        if not self._gap:
            return
        with self._lock:
            turn = max(self._next, self._now())
            self._next = turn + self._gap
        if (left := turn - self._now()) > 0:
            self._sleep(left)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Poster:
    """Sends JSON to one service.

    Args:
        key: sent as a bearer token. None: none is sent.
        timeout: of one try, in seconds.
        retries: further tries after a limit (429), a server's fault (5xx), a timeout or a broken connection.
        pace: begins a try only when it lets it.
        direct: past the machine's proxies, for services on this machine.
        sleep: waits so many seconds between tries.
    """

    def __init__(
        self,
        *,
        key: str | None,
        timeout: float,
        retries: int,
        pace: Pace,
        direct: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._key, self._timeout, self._retries = key, timeout, retries
        self._pace, self._sleep = pace, sleep
        proxies = [urllib.request.ProxyHandler({})] if direct else []
        self._opener = urllib.request.build_opener(_NoRedirects(), *proxies)

    def __repr__(self) -> str:
        return "Poster(...)"  # whatever prints it must not print the key

    def post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that ``url`` answers with.

        Raises:
            ServiceError: refused, out of reach, or no JSON object after all tries; says which, without the key.
        """
        for again in range(self._retries + 1):
            self._pace.wait()
            try:
                return self._once(url, body)
            except _Again as trouble:
                if again == self._retries:
                    tries = "once" if not again else f"{again + 1} times"
                    raise ServiceError(f"{url} was asked {tries} in vain: {trouble.why}") from None
                wait = trouble.after if trouble.after is not None else 0.5 * 2**again * random.uniform(0.75, 1.25)
                self._sleep(min(wait, LONGEST_WAIT))
        raise AssertionError("the last try returns or raises")

    def _once(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "metier"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                content = response.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise self._refusal(url, error) from None
        except (TimeoutError, HTTPException, OSError) as error:  # URLError is an OSError
            raise _Again(self._without_key(f"{type(error).__name__}: {error}")) from None
        try:
            answer = json.loads(content) if len(content) <= MOST_BYTES else None
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise _Again("the answer is not a JSON object")
        return cast(dict[str, Any], answer)

    def _refusal(self, url: str, error: urllib.error.HTTPError) -> Exception:
        """What to do about a status that is not success: try again, or give up with the server's own words."""
        with error:
            words = self._without_key(_words_of(error))  # before it is shortened, or half a key might be left
        words = words if len(words) <= _SHOWN else words[:_SHOWN] + "…"
        told = f"HTTP {error.code}{f' ({words})' if words else ''}"
        if error.code in _RETRIED or error.code >= 500:
            return _Again(told, after=_asked_wait(error.headers.get("Retry-After")))
        if 300 <= error.code < 400:
            return ServiceError(f"{url} sends on to another address, which is not followed. Give that address instead.")
        hint = " Check the key." if error.code in (401, 403) else ""
        return ServiceError(f"{url} refuses: {told}.{hint}")

    def _without_key(self, text: str) -> str:
        """Some services repeat the key in their complaint about it."""
        return text.replace(self._key, "[key]") if self._key else text


class _Again(Exception):
    """A try that failed in a way that may pass."""

    def __init__(self, why: str, *, after: float | None = None) -> None:
        super().__init__(why)
        self.why, self.after = why, after


def _words_of(error: urllib.error.HTTPError) -> str:
    """The message in an error's body: OpenAI's ``error.message``, else all of it, on one line."""
    try:
        text = error.read(1 << 16).decode("utf-8", "replace")
    except (OSError, HTTPException):
        return ""
    with suppress(ValueError, KeyError, TypeError):
        text = str(json.loads(text)["error"]["message"])
    return " ".join(text.split())


def _asked_wait(header: str | None) -> float | None:
    """Seconds that ``Retry-After`` asks for, as a number or a date; None where it says nothing readable."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
