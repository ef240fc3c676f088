"""A sandbox that nobody else uses and that is thrown away."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import processes
from ..state import State

_SECONDS = 3


@contextmanager
def scratch_sandbox() -> Iterator[State]:
    """The state of a sandbox in a folder of its own; afterwards its processes are stopped and the folder is gone."""
    folder = Path(tempfile.mkdtemp(prefix="aistacks-upgrade-")).resolve()
    (folder / "Pulumi.yaml").write_text("name: scratch\nruntime: python\n")
    state = State.of(folder)
    try:
        yield state
    finally:
        for process in reversed(processes.running(state)):
            processes.stop(state, process.name, timeout=_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
