"""Getting offer files, from a server on this machine: what is lost half-way is gone on with."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aistacks_core.errors import UserError
from price_offers import downloads

SAMPLE = (Path(__file__).parent / "offers" / "AmazonVPC" / "eu-west-1" / "index.csv").read_bytes()
VERSION = "/offers/v1.0/aws/AmazonVPC/20261120180000/eu-west-1/index"
INDEX = "/offers/v1.0/aws/AmazonVPC/current/region_index.json"


@pytest.fixture
def server(no_proxy):
    """Answers with what ``pages`` has; ``cut`` loses the connection after so many bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append((self.path, self.headers.get("Range")))
            status, body = server.pages.get(self.path, (404, b"no"))
            start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
            if start >= len(body) > 0 and start:
                status, body = 416, b""
            elif start and server.ranges:
                status, body = 206, body[start:]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: server.cut])

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.cut, server.ranges = [], None, True
    index = {
        "formatVersion": "v1.0",
        "regions": {"eu-west-1": {"regionCode": "eu-west-1", "currentVersionUrl": f"{VERSION}.json"}},
    }
    server.pages = {INDEX: (200, json.dumps(index).encode()), f"{VERSION}.csv": (200, SAMPLE)}
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def get(server, tmp_path):
    shown = []

    def download(region="eu-west-1"):
        return downloads.offer_file(
            "AmazonVPC", region, server.url, tmp_path, lambda there, total: shown.append((there, total))
        )

    download.shown = shown
    download.folder = tmp_path
    return download


def test_the_current_file_of_a_region_is_found_by_its_index(server, get):
    path = get()
    assert path.read_bytes() == SAMPLE
    assert path.name == "AmazonVPC-20261120180000-eu-west-1.csv"
    assert get.shown[-1] == (len(SAMPLE), len(SAMPLE))
    assert [p for p, _ in server.asked] == [INDEX, f"{VERSION}.csv"]


def test_a_file_that_is_there_is_not_got_again(server, get):
    get()
    server.asked.clear()
    get()
    assert [p for p, _ in server.asked] == [INDEX]


def test_a_lost_connection_is_gone_on_with(server, get):
    server.cut = 1000
    with pytest.raises(UserError, match=r"lost after 1,000 of .* bytes|IncompleteRead|was lost.*Run the command again"):
        get()
    server.cut = None
    assert get().read_bytes() == SAMPLE
    assert server.asked[-1][1] == "bytes=1000-"


def test_a_server_that_begins_again_is_followed(server, get):
    (get.folder / "AmazonVPC-20261120180000-eu-west-1.part").write_bytes(b"something else")
    server.ranges = False
    assert get().read_bytes() == SAMPLE


def test_more_than_there_is_begins_again(server, get):
    (get.folder / "AmazonVPC-20261120180000-eu-west-1.part").write_bytes(b"x" * (len(SAMPLE) + 10))
    assert get().read_bytes() == SAMPLE


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ((404, b""), "the answer 404"),
        ((500, b""), "the answer 500"),
        ((200, b'{"regions": {"eu-w'), "got no JSON"),
        ((200, b"\xff\xfe"), "got no JSON"),
        ((200, b"[]"), "got no table of regions"),
        ((200, b'{"regions": []}'), "got no table of regions"),
        ((200, b'{"regions": {"us-east-1": {}}}'), r"got no region eu-west-1; expected one that AmazonVPC has: us"),
        ((200, b'{"regions": {"eu-west-1": {}}}'), "got no region eu-west-1"),
        ((200, b'{"regions": {"eu-west-1": {"currentVersionUrl": "/../../etc/passwd"}}}'), "the address of a version"),
        (
            (200, b'{"regions": {"eu-west-1": {"currentVersionUrl": "@evil.example/index.json"}}}'),
            "the address of a version",
        ),
    ],
)
def test_what_the_index_may_answer(server, get, page, message):
    server.pages[INDEX] = page
    with pytest.raises(UserError, match=message) as caught:
        get()
    assert "\n" not in str(caught.value)
    assert list(get.folder.iterdir()) == []


def test_without_a_network_the_other_way_is_told(get, server, nobody):
    server.url = nobody
    with pytest.raises(UserError, match=r"Connection refused.*--from FOLDER"):
        get()


@pytest.mark.parametrize(
    "endpoint", ["http://pricing.example", "ftp://x", "file:///etc", "", "https://", "127.0.0.1:80"]
)
def test_an_endpoint_that_anybody_could_change_is_refused(endpoint):
    with pytest.raises(UserError, match="expected an https:// address, or http:// on this machine"):
        downloads.check_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint", ["https://pricing.example/", "http://127.0.0.1:8080", "http://localhost/", "http://[::1]:80"]
)
def test_an_endpoint_may_be_https_or_here(endpoint):
    assert downloads.check_endpoint(endpoint) == endpoint.rstrip("/")


def test_the_cache_folder_is_told_where_it_cannot_be(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(UserError, match="Set AISTACKS_CACHE_DIR to one"):
        downloads.folder()
