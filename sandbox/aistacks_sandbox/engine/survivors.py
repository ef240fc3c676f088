"""The engine of an earlier command that lives on: a command that is killed leaves it working."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import psutil

from aistacks_core import console
from aistacks_core.process_tree import kill

from ..state import State

VARIABLE = "AISTACKS_SANDBOX_OPERATION"
"""Which sandbox an engine, its plugins and its program work on; in the environment of each."""
_SECONDS = 120.0
_ENGINE = "pulumi"
_EVERY = 0.1


def end(state: State) -> bool:
    """Let what an earlier command left running end, and wait for it; whether there was anything.

    The engine is asked as by Ctrl-C: it finishes what is in flight. Whatever works after two minutes is killed. Call it
    only while this command holds the sandbox: then nobody waits for an answer of theirs any more.
    """
    left = working(state)
    if not left:
        return False
    engines = [each for each in left if _name(each) == _ENGINE]
    since = time.strftime("%H:%M:%S", time.localtime(min(map(_started, left))))
    who = ", ".join(str(each.pid) for each in engines or left[:3])
    text = f"Waiting for the engine of an earlier command (pid {who}, since {since}): it finishes what is in flight"
    with console.phase(text) as show:
        # A child between two engines has nothing in flight; plugins end with their engine.
        for process in engines or left:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGINT)
        _await(state, show)
    return True


def _await(state: State, show: console.Show) -> None:
    began = time.monotonic()
    while left := working(state):
        waited = time.monotonic() - began
        if not any(_name(each) == _ENGINE for each in left) and waited > 2:
            # Plugins of an engine that is no more: what they had begun they have done, or never will.
            kill(left)
        elif waited > _SECONDS:
            kill(left)
        show(f"{waited:.0f} s")
        time.sleep(_EVERY)


def working(state: State) -> list[psutil.Process]:
    """What works on this sandbox's stacks, and isn't this process nor one of those that started it."""
    own = {os.getpid(), *(each.pid for each in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        if process.pid in own:
            continue
        with suppress(psutil.Error, OSError):
            if process.environ().get(VARIABLE) == str(state.root) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _started(process: psutil.Process) -> float:
    try:
        return process.create_time()
    except psutil.Error:
        return time.time()


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""
