"""``python -m fuzzing PACKAGE --server triton --http HOST:PORT [--grpc HOST:PORT] [--pid PID]``."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from . import calls, messages, sending
from .target import SERVERS, Target

_PASSING = "metric_collector.py"
"""TorchServe runs it for a moment every minute (0.12.0)."""


def main() -> None:
    """Print one line of JSON: what became of the requests, and whether server and answers are as before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="folder of the package that is served")
    parser.add_argument("--server", choices=sorted(SERVERS), required=True)
    parser.add_argument("--http", required=True, metavar="HOST:PORT")
    parser.add_argument("--grpc", metavar="HOST:PORT", help="default: HTTP only")
    parser.add_argument("--count", type=int, default=10_000, help="requests over each of them")
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--pid", type=int, help="the server, whose processes must live on")
    words = parser.parse_args()
    target = Target.of(words.package, words.server)
    family, before = _family(words.pid), sending.answers(words.http, target)
    report: dict[str, Any] = {"server": words.server, "model": target.name, "seed": words.seed}
    began = time.monotonic()
    report["http"] = sending.over_http(words.http, messages.messages(target, words.count, words.seed)).json()
    if words.grpc:
        report["grpc"] = sending.over_grpc(words.grpc, target, calls.calls(target, words.count, words.seed)).json()
    report["seconds"] = round(time.monotonic() - began, 1)
    report["same_processes"] = _family(words.pid) == family
    report["same_answers"] = sending.answers(words.http, target) == before
    sys.stdout.write(json.dumps(report) + "\n")


def _family(pid: int | None) -> set[tuple[int, float]]:
    """A server and its workers, told from any that took their place; not what comes and goes beside them."""
    if pid is None:
        return set()
    first = _alive(pid)
    time.sleep(0.3)
    return first & _alive(pid)


def _alive(pid: int) -> set[tuple[int, float]]:
    import psutil

    found = set()
    server = psutil.Process(pid)
    for process in (server, *server.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            if not any(word.endswith(_PASSING) for word in process.cmdline()):
                found.add((process.pid, process.create_time()))
    return found


if __name__ == "__main__":
    main()
