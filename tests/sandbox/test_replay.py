"""Requests that arrive twice at the emulator, and what its log keeps of one that it failed on."""

import io
import logging
import sys
import threading
import time

import pytest

from aistacks_sandbox.emulator.error_log import _Formatter
from aistacks_sandbox.emulator.replay import Replay


class Served:
    """Counts what reaches the application."""

    def __init__(self, status="200 OK", seconds=0.0):
        self.status, self.seconds, self.bodies = status, seconds, []

    def __call__(self, environ, start_response):
        self.bodies.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        time.sleep(self.seconds)
        start_response(self.status, [("X-Number", str(len(self.bodies)))])
        return [b"made ", str(len(self.bodies)).encode()]


def ask(replay, body=b"", method="POST", call="", **more):
    told = []
    environ = {"REQUEST_METHOD": method, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **more}
    if call:
        environ["HTTP_AMZ_SDK_INVOCATION_ID"] = call
    parts = replay(environ, lambda status, headers: told.extend((status, headers)))
    return told[0], b"".join(parts)


def test_a_repeated_call_is_made_once_and_answered_twice_alike():
    served = Served()
    replay = Replay(served)
    first = ask(replay, b"Action=CreateVpc", call="1")
    assert ask(replay, b"Action=CreateVpc", call="1") == first == ("200 OK", b"made 1")
    assert ask(replay, b"Action=CreateVpc", call="2") == ("200 OK", b"made 2")
    assert served.bodies == [b"Action=CreateVpc"] * 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"Action=CreateNatGateway&ClientToken=abcdefgh1", b"Action=CreateNatGateway&ClientToken=abcdefgh1", True),
        (b"Action=CreateNatGateway&ClientToken=abcdefgh1", b"Action=RunInstances&ClientToken=abcdefgh1", False),
        (b"Action=CreateNatGateway&ClientToken=abcdefgh1", b"Action=CreateNatGateway&ClientToken=abcdefgh2", False),
        (b'{"clientToken": "abcdefgh1"}', b'{"clientToken":"abcdefgh1"}', True),
        (b'{"ClientRequestToken": "abcdefgh1"}', b'{"ClientRequestToken": "abcdefgh2"}', False),
        (b'{"notAClientToken": "abcdefgh1"}', b'{"notAClientToken": "abcdefgh1"}', False),
        (b'{"clientToken": "abcdefgh1", "n": 1}', b'{"n": 1, "clientToken": "abcdefgh1"}', True),
        # A secret's versions are named so, each secret's by itself.
        (
            b'{"ClientRequestToken": "abcdefgh1", "Name": "a"}',
            b'{"ClientRequestToken": "abcdefgh1", "Name": "b"}',
            False,
        ),
        # What the user sends is content.
        (b'{"Message": "for clientToken=abcdefgh1"}', b'{"Message": "and clientToken=abcdefgh1"}', False),
        (b'{"Message": {"clientToken": "abcdefgh1"}}', b'{"Message": {"clientToken": "abcdefgh1"}}', False),
        (
            b"Action=Publish&Message=a%26ClientToken=abcdefgh1",
            b"Action=Publish&Message=a%26ClientToken=abcdefgh1",
            False,
        ),
    ],
)
def test_a_client_token_tells_a_repetition_too(one, other, same):
    served = Served()
    replay = Replay(served)
    ask(replay, one, call="1")
    ask(replay, other, call="2")
    assert len(served.bodies) == (1 if same else 2)


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host"},
        {"QUERY_STRING": "X-Amz-Credential=a%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0"},
    ],
)
def test_an_object_is_stored_whatever_stands_in_it(more):
    served = Served()
    replay = Replay(served)
    first, second = b'{"clientToken": "abcdefgh1"}', b'{"clientToken": "abcdefgh1", "n": 2}'
    for number, body in enumerate((first, second, first)):
        ask(replay, body, method="PUT", call=str(number), PATH_INFO="/bucket/key", **more)
    assert served.bodies == [first, second, first]


def test_what_is_kept_has_an_end(monkeypatch):
    monkeypatch.setattr("aistacks_sandbox.emulator.replay._MOST_BYTES", 20)
    served = Served()
    replay = Replay(served)
    for number in range(5):
        ask(replay, b'{"clientToken": "abcdefgh%d"}' % number, call=str(number))
    assert ask(replay, call="0") == ("200 OK", b"made 6")
    assert ask(replay, call="4") == ("200 OK", b"made 5")


def test_a_repetition_waits_for_the_first_that_is_still_at_work():
    served = Served(seconds=0.3)
    replay = Replay(served)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(replay, b"x", call="1"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [("200 OK", b"made 1")] * 4


@pytest.mark.parametrize("status", ["500 Internal Server Error", "400 Bad Request"])
def test_what_failed_is_tried_again(status):
    served = Served(status)
    replay = Replay(served)
    ask(replay, b"x", call="1")
    ask(replay, b"x", call="1")
    assert len(served.bodies) == 2


def test_an_application_that_raises_lets_the_next_one_try():
    replay = Replay(lambda *_: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            ask(replay, b"x", call="1")


def test_reading_is_never_answered_from_memory():
    served = Served()
    replay = Replay(served)
    for _ in range(2):
        ask(replay, method="GET", call="1")
    assert len(served.bodies) == 2


def test_the_log_says_where_it_failed_and_not_with_what():
    def fail(word):
        raise ValueError(f"invalid: {word}\nand more of {word}")

    try:
        try:
            fail("canary")
        except ValueError as error:
            raise KeyError("canary") from error
    except KeyError:
        record = logging.LogRecord("moto", logging.ERROR, "", 0, "Exception on / [POST]", None, sys.exc_info())
    text = _Formatter().format(record)
    assert "canary" not in text.replace('fail("canary")', "").replace('KeyError("canary")', "")
    for kept in ("Exception on / [POST]", "in fail", "ValueError (with", "KeyError (with"):
        assert kept in text


def test_a_class_of_a_functions_own_names_no_value_either():
    class RefusedError(Exception):
        """As moto's models have them in functions."""

    value = "canary"
    try:
        raise RefusedError(value)
    except RefusedError:
        record = logging.LogRecord("moto", logging.ERROR, "", 0, "Exception on /", None, sys.exc_info())
    text = _Formatter().format(record)
    assert "canary" not in text.replace('value = "canary"', "")
    assert "<locals>.RefusedError (with" in text
