"""Where stages keep what they made: one folder for each set of inputs, whole or not there."""

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
"""Whose versions count as inputs of every stage."""


@dataclass(frozen=True)
class Stage:
    """A stage that is done: its folder, and the digest of all it holds."""

    folder: Path
    digest: str
    cached: bool


class StageCache:
    """A model's folder of stages. ``log``: called with one line when a stage begins or is found done."""

    def __init__(self, root: Path, model: str, log: Callable[[str], None] = lambda _: None) -> None:
        self.root = root / model
        self.log = log

    def stage(self, name: str, inputs: Mapping[str, Any], make: Callable[[Path], None]) -> Stage:
        """What ``make`` writes into the folder it is given, made once for ``inputs`` (JSON).

        A folder that was cut short is given again, so ``make`` can go on from its own checkpoints; one that was
        altered since is made anew.
        """
        key = self.key(inputs)
        folder = self.root / f"{name}-{key[:16]}"
        if digest := checksums.complete(folder):
            self.log(f"{name}: as before")
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
        """Hex digest of ``inputs``, the Python and the libraries."""
        versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
        for library in LIBRARIES:
            try:
                versions[library] = importlib.metadata.version(library)
            except importlib.metadata.PackageNotFoundError:
                versions[library] = ""
        text = json.dumps([inputs, versions], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def code(*modules: str) -> str:
    """Hex digest of the source of modules and packages, by their full names: an input of the stage they make up."""
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
