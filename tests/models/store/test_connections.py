"""Connections that break, for real: a proxy on loopback cuts them where the test says."""

import contextlib
import socket
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from aistacks_core import checksums
from aistacks_core.errors import UserError
from aistacks_models import store
from aistacks_models.store import download, upload


class Proxy:
    """Passes bytes to the store and back. ``cut``: bytes of answers after which the connection breaks, once each."""

    def __init__(self, endpoint):
        self.there = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self.cut, self.dead, self.breaks = [], False, 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def close(self):
        # A close alone doesn't wake the thread that accepts.
        self.listening.shutdown(socket.SHUT_RDWR)
        self.accepting.join(10)
        self.listening.close()

    def accept(self):
        while True:
            try:
                here, _ = self.listening.accept()
            except OSError:
                return
            if self.dead:
                here.close()
                continue
            there = socket.create_connection(self.there)
            threading.Thread(target=self.pump, args=(here, there, None), daemon=True).start()
            cut = self.cut.pop(0) if self.cut else None
            threading.Thread(target=self.pump, args=(there, here, cut), daemon=True).start()

    def pump(self, source, target, cut):
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                passed += len(data)
                if cut is not None and passed > cut:
                    self.breaks += 1
                    break
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        source.close()


@pytest.fixture
def proxy(endpoint):
    made = Proxy(endpoint)
    yield made
    made.close()


@pytest.fixture
def through(bucket, proxy):
    """The store behind the proxy, each request tried once."""
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}, read_timeout=60)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=proxy.url, config=config, **keys)
    yield replace(bucket, client=client, endpoint=proxy.url)
    client.close()


def test_an_answer_that_breaks_off_goes_on_where_it_broke(bucket, through, proxy, make_package, tmp_path, monkeypatch):
    package = store.Package.load(make_package(size=3 << 20))
    store.publish(bucket, "digits", package)
    published = store.Published.open(bucket, "digits", package.digest)
    ranges, real = [], through.client.get_object
    monkeypatch.setattr(
        through.client, "get_object", lambda **words: ranges.append(words.get("Range")) or real(**words)
    )
    proxy.cut = [2 << 20] * 8
    replace(published, bucket=through).receive(tmp_path / "package", tmp_path / "notes")
    assert checksums.complete(tmp_path / "package") == package.digest
    assert proxy.breaks == 1
    (more,) = filter(None, ranges)
    assert 1 << 20 <= int(more.removeprefix("bytes=").partition("-")[0]) <= 2 << 20


def test_a_store_that_is_lost_in_the_middle_of_a_publication_is_one_line(bucket, through, proxy, package, monkeypatch):
    real, left = through.client.put_object, iter(range(3))

    def put(**words):
        if next(left, None) is None:
            proxy.dead = True
            through.client.close()
        return real(**words)

    monkeypatch.setattr(upload, "THREADS", 1)
    monkeypatch.setattr(through.client, "put_object", put)
    with pytest.raises(UserError, match=r"got (no connection|a connection that broke).*Run the same command again"):
        store.publish(through, "digits", package)
    assert [(each.objects, each.published) for each in store.entries(bucket)] == [(3, None)]
    assert store.publish(bucket, "digits", package).files == len(package.sums) + 1 - 3
    store.Published.open(bucket, "digits", package.digest).verify_objects()


def test_an_answer_that_breaks_off_again_and_again_is_one_line(bucket, through, package, tmp_path, monkeypatch):
    from urllib3.exceptions import ProtocolError

    store.publish(bucket, "digits", package)

    def broken(**words):
        raise ProtocolError("Connection broken")

    published = store.Published.open(bucket, "digits", package.digest)
    monkeypatch.setattr(through.client, "get_object", broken)
    with pytest.raises(UserError, match=r"got a connection that broke \(ProtocolError\)"):
        replace(published, bucket=through).receive(tmp_path / "package", tmp_path / "notes")
    assert download._TRIES > 1
