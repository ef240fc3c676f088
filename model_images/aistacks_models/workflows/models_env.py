"""The environment variables under which another Python environment imports `aistacks_models`."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aistacks_core
from aistacks_core import cache
from aistacks_core.errors import UserError

NAME = "aistacks_models"


def folder() -> Path:
    """The package's folder. Raises UserError where it isn't installed."""
    spec = importlib.util.find_spec(NAME)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(NAME, "no such package", "it, installed beside the command")
    return Path(spec.submodule_search_locations[0])


def without_python() -> dict[str, str]:
    """This process's variables without Python's own, which must not leak into another environment."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


@contextmanager
def variables() -> Iterator[dict[str, str]]:
    """The variables of a process in the models environment, valid within the context; bytecode is cached.

    Its temporary files lie in there, too, so that nothing is left of a process that was killed.
    """
    package = folder()
    with cache.scratch("models") as scratch:
        path, temporary = scratch / "path", scratch / "tmp"
        path.mkdir()
        temporary.mkdir()
        # Only these two packages are importable there, not what is installed beside them.
        for seen in (package, Path(aistacks_core.__file__).parent):
            (path / seen.name).symlink_to(seen)
        kept = cache.folder() / "bytecode"
        yield without_python() | {
            "PYTHONPATH": str(path),
            "PYTHONPYCACHEPREFIX": str(kept),
            "TMPDIR": str(temporary),
        }
