"""An emulator that stands still while something is being made, so that a test kills in the middle of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from aistacks_sandbox import cloud, processes


def state_of(stack: Any) -> tuple[list[str], list[str]]:
    """The names that the engine's checkpoint holds, and those that it had begun."""
    try:
        latest = json.loads(stack.checkpoint.read_text())["checkpoint"]["latest"]
    except (OSError, ValueError, KeyError):
        return [], []
    if not latest:
        return [], []
    held = [resource["urn"].split("::")[-1] for resource in latest.get("resources") or []]
    begun = [pending["resource"]["urn"].split("::")[-1] for pending in latest.get("pending_operations") or []]
    return held, begun


@contextmanager
def frozen_in_the_middle(stack: Any, gate: Path) -> Iterator[psutil.Process]:
    """Once the first resource is made the emulator stands still, and so does whoever asks it: for the second one."""
    found = processes.find(stack.sandbox.state, cloud.EMULATOR)
    assert found
    emulator = psutil.Process(found.pid)
    given_up = threading.Event()

    def freeze() -> None:
        while not given_up.is_set():
            if "first" in state_of(stack)[0]:
                emulator.suspend()
                break
            time.sleep(0.002)
        gate.touch()

    watch = threading.Thread(target=freeze)
    watch.start()
    try:
        yield emulator
    finally:
        given_up.set()
        watch.join()
        emulator.resume()


def wait_for(holds: Any, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
