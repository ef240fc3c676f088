"""Content-addressed cache of stages: one folder per set of inputs, complete or absent."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core import checksums

LIBRARIES = ("torch", "torchao", "torch-pruning", "onnx", "onnxruntime", "onnxscript", "transformers", "numpy", "scipy")
"""Libraries whose versions are inputs of every stage."""


@dataclass(frozen=True)
class Stage:
    """A finished stage: its folder, and the digest of its content."""

    folder: Path
    digest: str
    cached: bool


class StageCache:
    """The cached stages of one model. ``log``: called with one line when a stage starts or is cached."""

    def __init__(self, root: Path, model: str, log: Callable[[str], None] = lambda _: None) -> None:
        self.root = root / model
        self.log = log

    def stage(self, name: str, inputs: Mapping[str, Any], make: Callable[[Path], None]) -> Stage:
        """The stage ``name`` for ``inputs`` (JSON): cached, or made by ``make`` in the folder it is given.

        An interrupted ``make`` gets the same folder again, so that it can resume from its own checkpoints; a stage
        whose files were altered is rebuilt.
        """
        key = self.key(inputs)
        folder = self.root / f"{name}-{key[:16]}"
        if digest := checksums.complete(folder):
            self.log(f"{name}: cached")
            return Stage(folder, digest, cached=True)
        part = folder.with_name(f"{folder.name}.part")
        part.mkdir(parents=True, exist_ok=True)
        self.log(name)
        make(part)
        (part / "inputs.json").write_text(json.dumps(inputs, indent=1, sort_keys=True, default=str) + "\n")
        digest = checksums.write(part)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
        return Stage(folder, digest, cached=False)

    @staticmethod
    def key(inputs: Mapping[str, Any]) -> str:
        """Cache key: hex digest of ``inputs``, the Python version and `LIBRARIES`."""
        versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
        for library in LIBRARIES:
            try:
                versions[library] = importlib.metadata.version(library)
            except importlib.metadata.PackageNotFoundError:
                versions[library] = ""
        text = json.dumps([inputs, versions], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def code(*modules: str) -> str:
    """Hex digest of the source of modules and packages, by their full names: an input of their stage."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(module)
        origin = Path(spec.origin)
        files = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
        for file in files:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
