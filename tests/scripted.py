"""A provider that says what it is told to: a tiny OpenAI-compatible server on 127.0.0.1."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Say = Callable[[dict[str, Any]], Any]


class Status(Exception):
    """Answer with this HTTP status."""

    def __init__(self, code: int, headers: dict[str, str] | None = None) -> None:
        self.code = code
        self.headers = headers or {}


class Stall(Exception):
    """Send these words and then only signs of life."""

    def __init__(self, words: str) -> None:
        self.words = words


class Provider:
    """Answers each request with what `say` gives for it; keeps the requests."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._stopped = threading.Event()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.requests.append(body)
                provider.headers.append(dict(self.headers))
                try:
                    provider.answer(self, body)
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def prompts(self) -> list[str]:
        """All that was sent, each request as one text."""
        return ["\n".join(m["content"] for m in body["messages"]) for body in self.requests]

    def close(self) -> None:
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        try:
            words = self.say(body)
        except Status as status:
            handler.send_response(status.code)
            for name, value in status.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        except Stall as stall:
            words = stall
        if body.get("stream"):
            self._stream(handler, words)
        else:
            self._whole(handler, words)

    def _whole(self, handler: BaseHTTPRequestHandler, words: Any) -> None:
        if isinstance(words, Stall):
            self._stopped.wait(30)
            return
        message = {"role": "assistant", "content": words}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        reply = {"id": "x", "object": "chat.completion", "created": 0, "model": "scripted"}
        data = json.dumps({**reply, "choices": [choice]}).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _stream(self, handler: BaseHTTPRequestHandler, words: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        text = words.words if isinstance(words, Stall) else words
        for at in range(0, len(text), 7):
            handler.wfile.write(_event(text[at : at + 7]))
        while isinstance(words, Stall) and not self._stopped.is_set():
            handler.wfile.write(b": still here\n\n")
            handler.wfile.flush()
            time.sleep(0.1)
        handler.wfile.write(_event("", "stop"))
        handler.wfile.write(b"data: [DONE]\n\n")


def _event(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
    reply = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}
    return b"data: " + json.dumps({**reply, "choices": [choice]}).encode() + b"\n\n"
