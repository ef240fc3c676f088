"""A cache of the test's own, and a download host on loopback."""

import hashlib
import http.server
import io
import ssl
import tarfile
import threading

import pytest

from aistacks_sandbox.cluster import certificates
from aistacks_sandbox.programs import obtain
from aistacks_sandbox.programs.facts import Download, Facts, GoBuild

SCRIPT = b"#!/bin/sh\necho tool v1.2.3\n"


class Host:
    """An https server: ``files`` by path, and how often each was asked for."""

    def __init__(self, port):
        self.url = f"https://127.0.0.1:{port}"
        self.files = {}
        self.asked = []
        self.cut = set()


@pytest.fixture
def host(tmp_path, monkeypatch, no_proxy):
    pki = certificates.ensure(tmp_path)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            made.asked.append(self.path)
            content = made.files.get(self.path)
            self.send_response(404 if content is None else 200)
            content = content or b""
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if self.path in made.cut else content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.server_certificate, pki.server_key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made = Host(server.server_port)
    monkeypatch.setenv("SSL_CERT_FILE", str(pki.authority))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tool(host, monkeypatch):
    """The row of a program that only ``host`` has."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        member = tarfile.TarInfo("tool-1/tool")
        member.size = len(SCRIPT)
        tar.addfile(member, io.BytesIO(SCRIPT))
    content = archive.getvalue()
    host.files["/tool.tar.gz"] = content
    host.files["/sums"] = f"{'0' * 64}  other.tar.gz\n{hashlib.sha256(content).hexdigest()}  tool.tar.gz\n".encode()
    row = Facts(
        program="aistacks-test-tool",
        version="v1.2.3",
        oldest="v1.2.0",
        version_args=("--version",),
        purpose="a test",
        get="https://example.org/install",
        download=Download(f"{host.url}/tool.tar.gz", f"{host.url}/sums", "tool-1/tool"),
        go=GoBuild("etcd", "example.org/nothing", "999.0", (), 1, 0),
        deb=None,
    )
    monkeypatch.setattr(obtain, "facts", lambda _name: row)
    return row
