"""One thread at a time imports.

Python locks module by module. Two threads that import packages which import one another, as moto's services and
boto3's parts do, may wait for each other; then one of them gets a ``_DeadlockError`` in the middle of what it does.
"""

from __future__ import annotations

import builtins
import importlib
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

_SECONDS = 30.0
"""After which a thread imports all the same: Python itself finds out where threads wait for each other."""


def at_a_time() -> None:
    """From now on, in this process. Call it before there is another thread that imports."""
    lock = threading.RLock()
    import_, import_module = builtins.__import__, importlib.import_module

    def alone(load: Callable[[], Any]) -> Any:
        held = lock.acquire(timeout=_SECONDS)
        try:
            return load()
        finally:
            if held:
                lock.release()

    def one_import(name: str, *words: Any, **named: Any) -> Any:
        given = dict(zip(("globals", "locals", "fromlist", "level"), words, strict=False)) | named
        # What is loaded already waits for nobody.
        if _is_loaded(name, given.get("fromlist") or (), given.get("level", 0)):
            return import_(name, *words, **named)
        return alone(lambda: import_(name, *words, **named))

    builtins.__import__ = one_import
    importlib.import_module = lambda name, package=None: alone(lambda: import_module(name, package))


def _is_loaded(name: str, members: Iterable[str], level: int) -> bool:
    module = None if level else sys.modules.get(name)
    if module is None or getattr(getattr(module, "__spec__", None), "_initializing", False):
        return False
    return all(hasattr(module, member) for member in members)
