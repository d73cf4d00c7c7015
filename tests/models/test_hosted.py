"""The client of hosted models against a service on this machine; no other address is ever asked."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from tests.chat_service import KEY, Service, chat_service

from metier.core import Message, ServiceError, Silent
from metier.models import HostedModel, HostedSettings, Reply, check_hosted
from metier.models.hosting.posting import Pace, Poster

HELLO = [Message(role="system", content="Be brief."), Message(role="user", content="hello there")]


@pytest.fixture
def service() -> Generator[Service]:
    with chat_service() as running:
        yield running


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # a proxy must not come between us and this machine


def model(service: Service, **settings: Any) -> HostedModel:
    return HostedModel(
        "openai:small", HostedSettings(address=service.address, **({"key_variable": "MY_KEY"} | settings))
    )


def ask(service: Service, count: int = 1, **settings: Any) -> list[Reply]:
    return model(service, **settings).complete([HELLO] * count, max_new_tokens=7, reporter=Silent())


def quick(service: Service, retries: int = 3, timeout: float = 5.0) -> tuple[Poster, list[float]]:
    waits: list[float] = []
    poster = Poster(key=KEY, timeout=timeout, retries=retries, pace=Pace(None), direct=True, sleep=waits.append)
    return poster, waits


def test_a_conversation_goes_out_and_a_text_comes_back(service: Service) -> None:
    service.answer = lambda messages: f" {messages[-1]['content']} to you "
    assert ask(service) == [Reply("hello there to you", 4, 4, False)]
    assert service.asked == [
        {
            "model": "small",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello there"}],
            "max_tokens": 7,
            "temperature": 0.0,
        }
    ]
    assert service.keys == [f"Bearer {KEY}"]


def test_fields_that_a_service_refuses_are_not_sent(service: Service) -> None:
    ask(service, temperature=None, length_field="max_completion_tokens", key_variable=None)
    assert service.asked[0].keys() == {"model", "messages", "max_completion_tokens"}
    assert service.keys == [None]


def test_answers_come_in_the_order_of_the_questions_and_several_at_a_time(service: Service) -> None:
    service.answer = lambda messages: messages[-1]["content"]
    service.slowness = 0.05
    questions = [[Message(role="user", content=str(number))] for number in range(12)]
    replies = model(service, parallel=3).complete(questions, max_new_tokens=7, reporter=Silent())
    assert [reply.text for reply in replies] == [str(number) for number in range(12)]
    assert 1 < service.busiest <= 3


@pytest.mark.parametrize(
    "fault", [(429, {}, "slow down"), (500, {}, ""), (503, {}, "<html>"), "cut", "not JSON", "[1]"]
)
def test_what_may_pass_is_tried_again(service: Service, fault: Any) -> None:
    service.faults = [fault, fault]
    poster, waits = quick(service)
    assert poster.post(f"{service.address}/chat/completions", {"messages": []})["choices"]
    assert len(service.asked) == 3
    assert 0.3 < waits[0] < 0.7
    assert 0.7 < waits[1] < 1.3  # twice as long


def test_a_server_that_hangs_is_given_up_after_the_timeout(service: Service) -> None:
    service.faults = ["hang"]
    poster, _ = quick(service, timeout=0.2)
    assert poster.post(f"{service.address}/chat/completions", {"messages": []})["choices"]


def test_a_server_says_how_long_to_wait_and_is_obeyed_within_reason(service: Service) -> None:
    asked_for = ["7", "100000", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"]
    service.faults = [(429, {"Retry-After": value}, "") for value in asked_for]
    poster, waits = quick(service, retries=4)
    poster.post(f"{service.address}/chat/completions", {"messages": []})
    assert waits[:3] == [7.0, 60.0, 0.0]
    assert waits[3] > 1


def test_tries_come_to_an_end(service: Service) -> None:
    service.faults = [(500, {}, "")] * 10
    poster, _ = quick(service, retries=2)
    with pytest.raises(ServiceError, match=r"asked 3 times in vain: HTTP 500"):
        poster.post(f"{service.address}/chat/completions", {"messages": []})
    assert len(service.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_final_and_in_the_servers_own_words_without_the_key(service: Service, status: int) -> None:
    service.faults = [(status, {}, '{"error": {"message": "bad {key} given"}}')]
    with pytest.raises(ServiceError, match=rf"HTTP {status} \(bad Bearer \[key\] given\)") as caught:
        ask(service)
    assert KEY not in str(caught.value)
    assert len(service.asked) == 1


def test_a_key_at_the_place_where_a_long_message_is_cut_is_not_left_in_half(service: Service) -> None:
    service.faults = [(400, {}, "x" * 285 + "{key}")]
    with pytest.raises(ServiceError) as caught:
        ask(service)
    assert KEY[:6] not in str(caught.value)


def test_a_redirect_is_not_followed_the_key_stays_here(service: Service) -> None:
    service.faults = [(307, {"Location": f"{service.address}/elsewhere"}, "")]
    with pytest.raises(ServiceError, match="not followed"):
        ask(service)
    assert len(service.asked) == 1


def test_an_answer_in_another_format_is_said_so(service: Service) -> None:
    service.faults = ['{"choices": []}']
    with pytest.raises(ServiceError, match="OpenAI chat format"):
        ask(service)


def test_a_refused_content_is_an_empty_answer_and_a_stopped_one_is_unfinished(service: Service) -> None:
    service.faults = ['{"choices": [{"message": {"content": null}, "finish_reason": "length"}]}']
    assert ask(service) == [Reply("", 0, 0, True)]


def test_after_an_error_nothing_more_is_asked(service: Service) -> None:
    service.faults = [(400, {}, "no")]
    with pytest.raises(ServiceError):
        ask(service, 200, parallel=2)
    assert len(service.asked) < 20


def test_no_server_is_an_error_with_its_address(service: Service) -> None:
    away = HostedSettings(address="http://127.0.0.1:9/v1", key_variable="MY_KEY", retries=1)
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1:9/v1/chat/completions was asked 2 times in vain"):
        HostedModel("openai:small", away).complete([HELLO], max_new_tokens=1, reporter=Silent())


def test_the_pace_leaves_an_even_gap_between_calls() -> None:
    clock, waits = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    pace = Pace(120, sleep=sleep, now=lambda: clock[0])
    for _ in range(4):
        pace.wait()
    assert waits == [0.5, 0.5, 0.5]
    clock[0] += 10
    pace.wait()
    assert len(waits) == 3  # nobody called for a while: no wait, and no burst saved up


def test_nothing_that_can_be_printed_holds_the_key(service: Service) -> None:
    asked = model(service)
    seen = [repr(asked), str(asked.settings), asked.settings.model_dump_json(), asked.source.fingerprint]
    seen += [repr(value) for value in vars(asked).values()]
    assert not any(KEY in text for text in seen)


ENVIRONMENT = {"MY_KEY": KEY, "BROKEN": f"{KEY}\nX-Other: 1"}


@pytest.mark.parametrize(
    ("settings", "path", "says"),
    [
        ({"address": "api.example.com/v1"}, "hosted.address", "begin it with https://"),
        ({"address": "http://api.example.com/v1"}, "hosted.address", "could be read on the way"),
        ({"address": f"https://user:{KEY}@example.com/v1"}, "hosted.address", "not shown"),
        ({"address": f"https://example.com/v1?key={KEY}"}, "hosted.address", "not shown"),
        ({"address": "https://[::1"}, "hosted.address", "cannot be read"),
        ({"key_variable": KEY}, "hosted.key_variable", "never the key itself"),
        ({"key_variable": "NOT_SET"}, "hosted.key_variable", "set NOT_SET"),
        ({"key_variable": "BROKEN"}, "hosted.key_variable", "something else in it"),
    ],
)
def test_what_is_wrong_is_found_before_anything_is_sent(settings: dict[str, Any], path: str, says: str) -> None:
    whole = HostedSettings(**({"address": "https://example.com/v1", "key_variable": "MY_KEY"} | settings))
    (problem,) = check_hosted("openai:small", whole, ENVIRONMENT)
    assert problem.path == path
    assert says in str(problem)
    assert KEY not in str(problem)


def test_what_is_right_is_no_problem() -> None:
    for address in ("https://example.com/v1", "http://localhost:8000/v1", "http://[::1]:8000/v1"):
        assert check_hosted("openai:a/b", HostedSettings(address=address, key_variable="MY_KEY"), ENVIRONMENT) == []
    assert check_hosted("openai:small", HostedSettings(address="http://127.0.0.1/v1", key_variable=None), {}) == []
    (problem,) = check_hosted("openai:small", None, {})
    assert "add  hosted: {address" in str(problem)
