"""GitHub's and GitLab's REST APIs as far as a sticky comment needs them, on a loopback port, from recorded shapes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import textwrap
import threading
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from aistacks_core.snapshot import ABSENT, Plan, Registration
from aistacks_review.compare.changes import ChangeKind, PropertyChange, ResourceChange
from aistacks_review.report.document import to_document
from aistacks_review.review import Review

BOT = "github-actions[bot]"
SHA = "ab" * 20


def zipped(**files: bytes) -> bytes:
    """An archive; ``__`` in a keyword stands for a dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return made.getvalue()


@dataclass
class Server:
    """What the forge holds, and what it was asked."""

    bot = BOT
    sha = SHA
    zipped = staticmethod(zipped)

    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    artifact: bytes | None = None
    artifact_name: str = "aistacks-plan"
    login: str = BOT
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    failures: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    """Answers to give first, whatever is asked."""
    lose: bool = False
    """The next creation happens, and its answer is a 502."""
    base: str = ""

    def say(self, author: str, body: str) -> None:
        number = 1 + max((c["id"] for c in self.comments), default=100)
        self.comments.append({"id": number, "user": {"login": author}, "author": {"username": author}, "body": body,
                              "system": False, "html_url": f"{self.base}/comment/{number}"})  # fmt: skip

    def bodies(self, author: str = BOT) -> list[str]:
        return [c["body"] for c in self.comments if c["user"]["login"] == author]

    def asked(self, method: str) -> list[str]:
        return [path for verb, path, _ in self.requests if verb == method]


class Handler(BaseHTTPRequestHandler):
    state: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def answer(self, code: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if code == 204:
            data = b""
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_one(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        state, parts = self.state, urlsplit(self.path)
        state.requests.append((self.command, self.path, dict(self.headers)))
        if state.failures:
            code, headers = state.failures.popleft()
            self.answer(code, {"message": "no"}, headers)
            return
        path, query = parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}
        for method, pattern, does in ROUTES:
            if method == self.command and (found := re.fullmatch(pattern, path)):
                does(self, *[unquote(g) for g in found.groups()], query=query, body=body)
                return
        self.answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one  # noqa: N815

    def listed(self, items: list[Any], query: dict[str, str]) -> None:
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        size = min(size, 100)
        path = urlsplit(self.path).path
        more = len(items) > page * size
        link = {"Link": f'<{self.state.base}{path}?per_page={size}&page={page + 1}>; rel="next"'} if more else {}
        self.answer(200, items[(page - 1) * size : page * size], link)

    def viewer(self, *, query: dict[str, str], body: Any) -> None:
        self.answer(200, {"data": {"viewer": {"login": self.state.login}}})

    def user(self, *, query: dict[str, str], body: Any) -> None:
        self.answer(200, {"username": self.state.login})

    def list_comments(self, *_: str, query: dict[str, str], body: Any) -> None:
        self.listed(self.state.comments, query)

    def create(self, *_: str, query: dict[str, str], body: Any) -> None:
        # The forge drops blanks at the end and writes its own line ends.
        self.state.say(self.state.login, body["body"].rstrip().replace("\n", "\r\n"))
        if self.state.lose:
            self.state.lose = False
            self.answer(502, {"message": "Bad Gateway"})
            return
        self.answer(201, self.state.comments[-1])

    def update(self, *path: str, query: dict[str, str], body: Any) -> None:
        (found,) = [c for c in self.state.comments if c["id"] == int(path[-1])]
        found["body"] = body["body"]
        self.answer(200, found)

    def remove(self, *path: str, query: dict[str, str], body: Any) -> None:
        self.state.comments = [c for c in self.state.comments if c["id"] != int(path[-1])]
        self.answer(204)

    def list_pulls(self, *_: str, query: dict[str, str], body: Any) -> None:
        found = [p for p in self.state.pulls if query.get("head", p["head"]["label"]) == p["head"]["label"]]
        self.listed(found, query)

    def list_artifacts(self, *_: str, query: dict[str, str], body: Any) -> None:
        kept = {"id": 7, "name": self.state.artifact_name, "expired": False,
                "size_in_bytes": len(self.state.artifact or b"")}  # fmt: skip
        self.answer(200, {"artifacts": [kept] if self.state.artifact is not None else []})

    def redirect(self, *_: str, query: dict[str, str], body: Any) -> None:
        # Where it is kept is another host.
        there = self.state.base.replace("127.0.0.1", "localhost")
        self.answer(302, {}, {"Location": f"{there}/blob/7?sig=1"})

    def blob(self, *_: str, query: dict[str, str], body: Any) -> None:
        self.answer(200, self.state.artifact or b"")

    def merge_requests(self, *_: str, query: dict[str, str], body: Any) -> None:
        self.listed([{"iid": p["number"], "sha": p["head"]["sha"]} for p in self.state.pulls], query)

    def pipelines(self, *path: str, query: dict[str, str], body: Any) -> None:
        self.answer(200, [{"id": 90, "sha": "old", "project_id": 5}, {"id": 91, "sha": SHA, "project_id": 66}])

    def jobs(self, *path: str, query: dict[str, str], body: Any) -> None:
        assert path == ("66", "91"), path
        self.answer(200, [{"id": 1, "name": "test"}, {"id": 2, "name": "aistacks-plan", "artifacts_file": {"size": 9}}])


P = r"/projects/([^/]+)"
R = r"/repos/([^/]+/[^/]+)"
ROUTES = [
    ("POST", "/graphql", Handler.viewer),
    ("GET", "/user", Handler.user),
    ("GET", rf"{R}/issues/(\d+)/comments", Handler.list_comments),
    ("POST", rf"{R}/issues/(\d+)/comments", Handler.create),
    ("PATCH", rf"{R}/issues/comments/(\d+)", Handler.update),
    ("DELETE", rf"{R}/issues/comments/(\d+)", Handler.remove),
    ("GET", rf"{R}/pulls", Handler.list_pulls),
    ("GET", rf"{R}/actions/runs/(\d+)/artifacts", Handler.list_artifacts),
    ("GET", rf"{R}/actions/artifacts/(\d+)/zip", Handler.redirect),
    ("GET", r"/blob/7", Handler.blob),
    ("GET", rf"{P}/merge_requests/(\d+)/notes", Handler.list_comments),
    ("POST", rf"{P}/merge_requests/(\d+)/notes", Handler.create),
    ("PUT", rf"{P}/merge_requests/(\d+)/notes/(\d+)", Handler.update),
    ("DELETE", rf"{P}/merge_requests/(\d+)/notes/(\d+)", Handler.remove),
    ("GET", rf"{P}/merge_requests", Handler.merge_requests),
    ("GET", rf"{P}/merge_requests/(\d+)/pipelines", Handler.pipelines),
    ("GET", rf"{P}/pipelines/(\d+)/jobs", lambda h, p, i, **k: Handler.jobs(h, p, i, **k)),
    ("GET", rf"{P}/jobs/(\d+)/artifacts", Handler.blob),
]


def serve(state: Server) -> ThreadingHTTPServer:
    """Start it; the caller shuts it down."""
    handler = type("Bound", (Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.base = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, no_proxy: None) -> Iterator[Server]:
    """A forge with the tokens for it in the environment, and none of this machine's CI variables."""
    for name in ("GITHUB_API_URL", "CI_API_V4_URL", "CI_JOB_URL", "GITHUB_SERVER_URL", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_token")
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-token")
    state = Server()
    running = serve(state)
    yield state
    running.shutdown()
    running.server_close()


@pytest.fixture
def document() -> dict[str, Any]:
    """A small valid document: one bucket is created."""
    resource = Registration(
        type="aws:s3/bucket:Bucket",
        name="lake",
        urn="urn:pulumi:dev::shop::aws:s3/bucket:Bucket::lake",
        parent="",
        custom=True,
        inputs={},
        secrets=frozenset(),
        file="__main__.py",
        line=3,
    )
    change = ResourceChange(ChangeKind.CREATE, None, resource, (PropertyChange("bucket", ABSENT, "lake"),))
    review = Review("shop", "dev", Plan([resource], {}), Plan([], {}), "a" * 40, "b" * 40, [change])
    return to_document([review])


def run_git(folder: Path, *words: str) -> str:
    """What git answers."""
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.com"]
    done = subprocess.run(["git", *identity, "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="session")
def git() -> Callable[..., str]:
    return run_git


@pytest.fixture(scope="session")
def recorded() -> Callable[..., Path]:
    """Makes a recorded pull request: a repository with a base commit on main and the proposed one on feature.

    ``files``: more files of the proposal, ``SLASH`` in a keyword for a slash, ``_py`` at its end for a suffix.
    """

    def make(folder: Path, head: str, **files: str) -> Path:
        repo = folder / "repo"
        repo.mkdir()
        run_git(repo, "init", "--quiet", "--initial-branch", "main")
        (repo / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (repo / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
        (repo / "__main__.py").write_text('import pulumi_aws as aws\n\naws.s3.Bucket("lake")\n')
        run_git(repo, "add", "--all")
        run_git(repo, "commit", "--quiet", "--message", "base")
        run_git(repo, "checkout", "--quiet", "-b", "feature")
        (repo / "__main__.py").write_text(textwrap.dedent(head))
        for name, text in files.items():
            path = repo / name.replace("SLASH", "/").replace("_py", ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        run_git(repo, "add", "--all")
        run_git(repo, "commit", "--quiet", "--message", "head")
        run_git(repo, "checkout", "--quiet", "main")
        return repo

    return make
