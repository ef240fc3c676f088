"""What a request brings along, and what is said of one that fails."""

import http.server
import threading

import pytest
import requests

from aistacks_core.http_session import answers, local_session, public_session, reason


@pytest.fixture
def server(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers)
            self.send_response(200 if self.path == "/" else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", seen
        listening.shutdown()


@pytest.mark.parametrize("session", [public_session, local_session])
def test_no_password_of_a_netrc_is_sent(server, session, no_proxy):
    url, seen = server
    with session() as one:
        assert one.get(url, timeout=5).ok
    assert [headers["Authorization"] for headers in seen] == [None]


def test_a_proxy_stands_before_public_hosts_only(server, monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    url, seen = server
    with local_session() as session:
        assert answers(session, f"{url}/")
    assert len(seen) == 1
    with public_session() as session, pytest.raises(requests.exceptions.ProxyError):
        session.get(url, timeout=5)


def test_what_refuses_or_is_not_there_answers_not(server):
    with local_session() as session:
        assert not answers(session, f"{server[0]}/busy")
        assert not answers(session, "http://127.0.0.1:1/")


def test_why_it_failed_is_told_without_the_libraries_names():
    with local_session() as session, pytest.raises(requests.RequestException) as failed:
        session.get("http://127.0.0.1:1/", timeout=5)
    assert reason(failed.value).endswith("Connection refused")
    assert "Pool" not in reason(failed.value)
