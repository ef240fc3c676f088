"""Runs a variant in a separate process, so that a crash is a finding and doesn't end the build."""

from __future__ import annotations

import contextlib
import importlib.util
import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ..data import Arrays
from ..model import Model
from ..variants import Variant


class Died(Exception):  # noqa: N818 - not an error of this program: a finding
    """The process ended; the message says how."""

    outcome = "died"


class TimedOut(Died):
    """No answer in time; the process was killed."""

    outcome = "hung"


class Refused(Exception):  # noqa: N818 - as above
    """The runner raised."""


@dataclass(frozen=True)
class WorkerSpec:
    """What a worker needs to open a variant. ``source``: the model's file, imported again in the worker."""

    opener: Callable[..., Any]
    variant: Variant
    folder: Path
    model: Model
    source: Path
    threads: int


class Worker:
    """A context manager: the process lives from entry to exit.

    ``timeout``: seconds that any one call may take. Default: 300.
    """

    def __init__(self, spec: WorkerSpec, timeout: float = 300) -> None:
        context = multiprocessing.get_context("spawn")
        self._timeout = timeout
        self._pipe, theirs = context.Pipe()
        kind = type(spec.model)
        module = (kind.__module__, str(spec.source))
        letter = pickle.dumps((spec.opener, spec.variant, spec.folder, spec.model, spec.threads))
        # A runtime's standard error is shown only when the process ends: warnings would break the progress bar.
        self._heard = tempfile.NamedTemporaryFile(prefix="aistacks-")  # noqa: SIM115 - closed by close()
        self._process = context.Process(target=_serve, args=(theirs, self._heard.name, module, letter), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Worker:
        """Raises `Refused` when the variant can't be opened, `Died` when that ends the process."""
        try:
            self._receive()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, *words: Any, timeout: float | None = None) -> Any:
        """The result of `session.Session`'s ``method``. Raises `Refused`, `Died` or `TimedOut`."""
        try:
            self._pipe.send((method, words))
        except OSError:
            raise Died(self._end()) from None
        return self._receive(timeout)

    def batches(self, inputs: Arrays, size: int) -> Arrays:
        """All rows, run in batches of ``size`` and concatenated. The timeout is per batch."""
        import numpy as np

        rows = len(next(iter(inputs.values())))
        parts = [
            self.call("run", {name: array[start : start + size] for name, array in inputs.items()})
            for start in range(0, rows, size)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._heard.close()

    def _receive(self, timeout: float | None = None) -> Any:
        seconds = timeout or self._timeout
        try:
            if not self._pipe.poll(seconds):
                self._process.kill()
                self._process.join()
                raise TimedOut(f"no answer within {seconds:g} s")
            good, what = self._pipe.recv()
        except (EOFError, ConnectionError):
            raise Died(self._end()) from None
        if not good:
            raise Refused(what)
        return what

    def _end(self) -> str:
        self._process.join(timeout=30)
        code = self._process.exitcode
        end = f"killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
        lines = self._heard.read().decode(errors="replace").strip().splitlines()
        return f"{end}, last heard {lines[-1][:200]!r}" if lines else end


def _serve(pipe: Connection, heard: str, module: tuple[str, str], letter: bytes) -> None:
    # Ctrl-C reaches the whole process group; the parent ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Path(heard).open("ab", buffering=0) as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    from .session import Session

    session: Any = None

    def attempt(work: Callable[[], Any]) -> tuple[bool, Any]:
        try:
            return True, work()
        except Exception as error:  # noqa: BLE001
            return False, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"

    def begin() -> None:
        nonlocal session
        _known(*module)
        session = Session(*pickle.loads(letter))  # noqa: S301

    opened = attempt(begin)
    pipe.send(opened)
    with contextlib.suppress(EOFError, ConnectionError):
        while opened[0]:
            method, words = pipe.recv()
            pipe.send(attempt(lambda method=method, words=words: getattr(session, method)(*words)))  # type: ignore[misc]


def _known(name: str, source: str) -> None:
    """Import the model's module under the parent's name for it, also where it is a file outside every package."""
    if name in sys.modules:
        return
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(name)
        return
    spec = importlib.util.spec_from_file_location(name, source)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(source)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
