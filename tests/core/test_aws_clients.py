"""How often our own calls of AWS are repeated, seen from a server that fails."""

import http.server
import json
import threading
import time

import boto3
import botocore.retries.standard
import pytest

from aistacks_core import aws_clients, checksums
from aistacks_core.errors import UserError
from aistacks_models import store
from aistacks_models.aws_errors import as_user_error

KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}


@pytest.fixture
def server(monkeypatch, no_proxy):
    """Answers what the test puts into ``answers``, the last one for ever: status and body; 0: a reset connection."""
    monkeypatch.setattr(botocore.retries.standard.ExponentialBackoff, "delay_amount", lambda *_: 0.01)
    monkeypatch.setattr(aws_clients, "LONGEST_PAUSE_SECONDS", 0.01)
    answers, seen = [], []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            seen.append(self.command)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body, *cut = answers.pop(0) if len(answers) > 1 else answers[0]
            if not status:
                self.connection.close()
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + sum(cut)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)
            self.close_connection = bool(cut)

        do_GET = do_PUT = do_POST = do_HEAD = answer  # noqa: N815

        def log_message(self, *_):
            pass

        def handle(self):
            try:
                super().handle()
            except OSError:
                return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", answers, seen
        listening.shutdown()


def error(code, message="no"):
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


REPEATED = {
    "a fault of the service": (500, error("InternalError")),
    "not there for a moment": (503, error("ServiceUnavailable")),
    "throttled": (503, error("SlowDown")),
    "a lost connection": (0, b""),
}
TOLD = {
    "an expired token": (400, error("ExpiredToken"), r"expired credentials .*Log in again"),
    "a wrong clock": (403, error("RequestTimeTooSkewed"), r"another time .*clock to be right"),
    "a wrong key": (403, error("SignatureDoesNotMatch"), r"wrong credentials"),
    "no permission": (403, error("AccessDenied"), r"access denied"),
}


@pytest.mark.parametrize("answer", REPEATED.values(), ids=REPEATED)
def test_what_may_pass_is_repeated_so_often_and_then_told_in_one_line(server, answer):
    url, answers, seen = server
    answers.append(answer)
    with pytest.raises(UserError) as told:
        store.connect("bucket", endpoint=url).read("key")
    assert len(seen) == aws_clients.ATTEMPTS
    assert "\n" not in str(told.value)
    assert "Run the same command again" in str(told.value)


@pytest.mark.parametrize("answer", REPEATED.values(), ids=REPEATED)
def test_what_has_passed_is_not_noticed(server, answer):
    url, answers, seen = server
    answers.extend([answer, answer, (200, b"it")])
    assert store.connect("bucket", endpoint=url).read("key") == b"it"
    assert len(seen) == 3


@pytest.mark.parametrize(("status", "body", "line"), TOLD.values(), ids=TOLD)
def test_what_will_not_pass_is_told_at_once(server, status, body, line):
    url, answers, seen = server
    answers.append((status, body))
    with pytest.raises(UserError, match=line):
        store.connect("bucket", endpoint=url).read("key")
    assert len(seen) == 1


def test_a_body_that_was_cut_off_is_one_line(server):
    url, answers, seen = server
    answers.append((200, b"half", 4))
    with pytest.raises(UserError, match=r"a connection that broke .*Run the same command again"):
        store.connect("bucket", endpoint=url).read("key")
    assert len(seen) == aws_clients.ATTEMPTS


@pytest.mark.parametrize("read", ["read", "sha256"])
def test_a_body_that_was_cut_off_is_read_again(server, read):
    url, answers, seen = server
    answers.extend([(200, b"half", 4), (200, b"half", 4), (200, b"halfhalf")])
    got = getattr(store.connect("bucket", endpoint=url), read)("key")
    assert got == (b"halfhalf" if read == "read" else checksums.sha256(b"halfhalf"))
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        ("SignatureDoesNotMatch", "Signature expired: 20261130T000000Z is now earlier than", r"clock to be right"),
        ("InvalidSignatureException", "Signature not yet current: 20271130T000000Z", r"clock to be right"),
        ("ExpiredTokenException", "The security token included in the request is expired", r"expired credentials"),
        ("ThrottlingException", "Rate exceeded", r"too many requests, again and again"),
        ("UnrecognizedClientException", "The security token is invalid", r"unknown credentials"),
    ],
)
def test_services_of_json_say_it_in_their_own_words(server, code, message, line):
    url, answers, _ = server
    answers.append((400, json.dumps({"__type": code, "message": message}).encode()))
    kms = boto3.client("kms", endpoint_url=url, config=aws_clients.config(), **KEYS)
    with pytest.raises(UserError, match=line), as_user_error("kms:key"):
        kms.get_public_key(KeyId="key")


def test_an_object_that_another_request_is_writing_is_written_again(server):
    url, answers, seen = server
    answers.extend([(409, error("ConditionalRequestConflict")), (409, error("ConditionalRequestConflict")), (200, b"")])
    bucket = store.connect("bucket", endpoint=url)
    bucket.create(bucket.client.put_object, False, Key="key", Body=b"it")
    assert seen == ["PUT"] * 3


def test_and_where_that_never_ends_it_is_told_in_one_line(server):
    url, answers, seen = server
    answers.append((409, error("ConditionalRequestConflict")))
    with pytest.raises(UserError, match=r"another request for the same object, again and again .*it resumes"):
        store.connect("bucket", endpoint=url).put("key", b"it")
    assert len(seen) == aws_clients.ATTEMPTS


def test_every_call_has_an_end(server, monkeypatch):
    assert aws_clients.LONGEST_SECONDS < 10 * 60
    url, answers, _ = server
    answers.append((500, error("InternalError")))
    began = time.monotonic()
    with pytest.raises(UserError):
        store.connect("bucket", endpoint=url).read("key")
    assert time.monotonic() - began < 10
