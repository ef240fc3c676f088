"""The emulated AWS: moto's server, the shim over its gaps, and what `up` and `down` ask of it.

Run it with ``python -m aistacks_sandbox.emulator.server --port N``. Everything lives in its memory and
ends with it; `boot_id` tells one life from the next.
"""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import importlib
import json
import os
import re
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from aistacks_core.errors import UserError
from aistacks_core.loopback import is_loopback

from . import error_log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

READY_PATH = "/aistacks-sandbox/boot"
"""Answers 200 as soon as the emulator takes requests."""
HOLDINGS_PATH = "/aistacks-sandbox/holdings"

# Services that every stack touches; loading them ahead saves the engine's first calls the wait.
_WARM = ("sts", "iam", "s3", "kms", "ec2", "eks", "logs", "glue", "redshift", "redshiftserverless")

# What requests of every service import; loaded before the first one, so that none waits for `warm`'s imports to end.
_EVERYWHERE = ("moto.iam.access_control", "moto.moto_api", "moto.s3.responses")


def boot_id(endpoint: str, timeout: float = 2.0) -> str | None:
    """Which life of the emulator answers at ``endpoint``; None where nothing of ours answers.

    It changes with every start, and everything that the emulator held is gone then.
    """
    try:
        boot = _asked(endpoint + READY_PATH, timeout)["boot"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return boot if isinstance(boot, str) else None


def wait_ready(endpoint: str, timeout: float = 30.0, alive: Callable[[], bool] = lambda: True) -> str:
    """Wait until the emulator takes requests; its boot id.

    ``alive`` is asked between tries, so that a process that died is not waited for.
    Raises ``TimeoutError`` when nothing answered in ``timeout`` seconds, or when ``alive`` said no.
    """
    end = time.monotonic() + timeout
    while time.monotonic() < end and alive():
        if boot := boot_id(endpoint):
            return boot
        time.sleep(0.05)
    raise TimeoutError(f"the AWS emulator did not answer at {endpoint} within {timeout:g} s")


def holdings(endpoint: str, timeout: float = 30.0) -> dict[str, list[str]]:
    """What users created in the emulator and didn't delete, by service.

    For example ``{"ec2": ["VPC vpc-1f… (us-east-1)"], "s3": ["Bucket lake (aws)"]}``; empty when
    nothing is left. What a fresh account has of itself (default VPC, AWS's own policies) isn't listed,
    nor what AWS keeps visible for a while after its deletion.
    Raises ``OSError`` when nothing answers.
    """
    held: dict[str, list[str]] = _asked(endpoint + HOLDINGS_PATH, timeout)
    return held


def _asked(url: str, timeout: float) -> Any:
    # The server's own process, which imports this module, too, asks nobody.
    from aistacks_core.http_session import local_session

    with local_session() as session, session.get(url, timeout=timeout) as answer:
        answer.raise_for_status()
        return answer.json()


class _Application:
    """moto's WSGI application, with our two questions answered before it."""

    def __init__(self) -> None:
        import moto
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication

        from . import moto_shim
        from .moto_shim.holdings import Holdings
        from .replay import Replay

        moto_shim.register()
        self._holdings = Holdings()
        self._replay = Replay(self._served)
        self._moto = DomainDispatcherApplication(moto_shim.create_app)
        # moto looks through its package's folders at every request for what never changes.
        find = functools.cache(self._moto.get_backend_for_host)
        self._moto.get_backend_for_host = find  # type: ignore[method-assign]
        self._boot = {
            "boot": uuid.uuid4().hex,
            "moto": moto.__version__,
            "pid": os.getpid(),
            "started": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        answer: dict[str, Any]
        if path == READY_PATH:
            answer = self._boot
        elif path == HOLDINGS_PATH:
            answer = self._holdings.read()
        else:
            return self._replay(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def _served(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            served: Iterable[bytes] = self._moto(environ, start_response)
        except NotImplementedError as gap:
            # moto's own answer is a 500, which every client tries again and again.
            kind, body = _gap(environ, str(gap))
            headers = [("Content-Type", kind), ("x-amzn-ErrorType", "NotImplemented")]
            start_response("501 Not Implemented", headers)
            return [body.encode()]
        return served

    def warm(self) -> None:
        """Load the services that a stack will ask for, while the engine is still starting."""
        for service in _WARM:
            self._moto.get_application({"PATH_INFO": "/", "HTTP_HOST": "", **_signed(service)})
            time.sleep(0.02)  # moto holds one lock while it loads: let a waiting request have it


def _gap(environ: WSGIEnvironment, message: str) -> tuple[str, str]:
    """An error in the form that the asking service's clients read: content type and body."""
    signed = re.search(r"/([\w-]+)/aws4_request", environ.get("HTTP_AUTHORIZATION", ""))
    service = signed[1] if signed else ""
    error = f"<Code>NotImplemented</Code><Message>{escape(message)}</Message>"
    if service == "ec2":
        return "text/xml", f"<Response><Errors><Error>{error}</Error></Errors></Response>"
    if service in ("s3", "route53", "cloudfront"):
        return "text/xml", f"<Error>{error}</Error>"
    if "urlencoded" in environ.get("CONTENT_TYPE", ""):
        return "text/xml", f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    return "application/json", json.dumps({"__type": "NotImplemented", "message": message})


def _signed(service: str) -> dict[str, str]:
    name = {"redshiftserverless": "redshift-serverless"}.get(service, service)
    return {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=warm/20260101/us-east-1/{name}/aws4_request"}


def serve(listening: socket.socket) -> None:
    """Serve on a listening socket until SIGTERM or SIGINT."""
    host, port = listening.getsockname()[:2]
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ["MOTO_PORT"] = str(port)
    error_log.without_values()

    from aistacks_core import import_lock

    # Requests import what they need while `warm` imports, too.
    import_lock.at_a_time()
    for name in _EVERYWHERE:
        importlib.import_module(name)
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    class Quiet(MotoRequestHandler):
        # Werkzeug looks for this in the class itself, not in its bases: keep connections open.
        protocol_version = "HTTP/1.1"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    application, fd = _Application(), listening.fileno()
    server = make_server(host, port, application, threaded=True, request_handler=Quiet, fd=fd)

    def stop(*_: object) -> None:
        # shutdown() waits for the loop that this handler interrupts.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=application.warm, daemon=True).start()
    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        server.server_close()


def _usage_error(where: str, got: str, expected: str) -> int:
    sys.stderr.write(f"{UserError(where, got, expected)}\n")
    return 2


def main(argv: list[str] | None = None) -> int:
    """The process's entry: 0 after a clean stop, 2 for a wrong argument or a port in use."""
    parser = argparse.ArgumentParser(prog="aistacks_sandbox.emulator.server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    args = parser.parse_args(argv)
    if not is_loopback(args.host):
        return _usage_error("--host", args.host, "a loopback address such as 127.0.0.1")
    family = socket.AF_INET6 if ":" in args.host else socket.AF_INET
    try:
        # Taken before moto is loaded: a clash shows at once, and early requests wait instead of failing.
        listening = socket.create_server((args.host, args.port), family=family, backlog=128)
    except OSError as error:
        return _usage_error("--port", f"{args.port} ({os.strerror(error.errno or 0)})", "a free port")
    with listening:
        serve(listening)
    return 0


if __name__ == "__main__":
    # Request threads may hold a client's open connection; nothing of theirs outlives the memory.
    code = main()
    sys.stderr.flush()
    os._exit(code)
