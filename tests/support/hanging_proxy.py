"""A proxy before an emulated AWS that does what it is asked and keeps one answer: the moment for a `kill -9`."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class HangingProxy:
    """``reached`` is set once a request that holds ``mark`` was done, whose answer never comes."""

    def __init__(self, endpoint: str) -> None:
        self.upstream = urlsplit(endpoint).netloc
        self.mark = b""
        self.reached = threading.Event()
        self.released = threading.Event()

    def keep(self, mark: str) -> None:
        """Keep the answer to the next request with ``mark`` in its head or body."""
        self.mark = mark.encode()
        self.reached.clear()
        self.released.clear()


@contextmanager
def before(endpoint: str) -> Iterator[tuple[str, HangingProxy]]:
    """The proxy's endpoint, and the proxy."""
    proxy = HangingProxy(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = http.client.HTTPConnection(proxy.upstream, timeout=60)
            headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            asked = f"{self.command} {self.path} {self.headers}".encode() + body
            if proxy.mark and proxy.mark in asked:
                proxy.mark = b""
                proxy.reached.set()
                proxy.released.wait(60)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in _HOP:
                    self.send_header(key, value)
            self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _pass  # noqa: N815

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", proxy
    finally:
        proxy.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
