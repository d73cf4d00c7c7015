"""A service on this machine that speaks the OpenAI chat format, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[list[dict[str, str]]], str]
KEY = "sk-test-3c1e7f55d0a94b2f"


@dataclass
class Service:
    """What the service does, and what it was asked.

    Attributes:
        answer: from a conversation to a text.
        faults: done before anything else, one a request: a status, a raw body, or ``"hang"``, ``"cut"``.
        asked: bodies of all requests.
        keys: the Authorization header of each.
    """

    answer: Answer = lambda messages: "yes"
    faults: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    busiest: int = 0
    under_way: int = 0
    slowness: float = 0.0
    address: str = ""


@contextmanager
def chat_service(answer: Answer = lambda messages: "yes") -> Generator[Service]:
    service = Service(answer=answer)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                service.asked.append(body)
                service.keys.append(self.headers.get("Authorization"))
                service.times.append(time.monotonic())
                service.under_way += 1
                service.busiest = max(service.busiest, service.under_way)
                fault = service.faults.pop(0) if service.faults else None
            time.sleep(service.slowness)
            with lock:
                service.under_way -= 1  # before the reply: whoever has it may ask again at once
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked did not wait
                self._reply(body, fault)

        def _reply(self, body: dict[str, Any], fault: Any) -> None:
            if fault == "cut":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
                return
            if fault == "hang":
                time.sleep(1.0)
                return
            if isinstance(fault, str):
                self._send(200, fault)
                return
            if fault:
                status, headers, text = fault
                self._send(status, text.replace("{key}", self.headers.get("Authorization", "")), headers)
                return
            text = service.answer(body["messages"])
            words = sum(len(turn["content"].split()) for turn in body["messages"])
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            usage = {"prompt_tokens": words, "completion_tokens": len(text.split())}
            self._send(200, json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}))

        def _send(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
            content = text.encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
