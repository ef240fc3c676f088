"""Imported models: finds their file, and converts a TensorFlow SavedModel to ONNX before the pipeline runs."""

from __future__ import annotations

import ast
import hashlib
import subprocess
from pathlib import Path

from aistacks_core import cache, checksums, console, python_env
from aistacks_core.errors import UserError

from ..imported.saved_model import CONVERTED
from . import models_env

_OPSET = "18"


def declared(source: Path) -> Path | None:
    """The file or folder that the model in ``source`` declares as its ``file``; ``None`` where it declares none.

    ``source`` is parsed, not imported: it may import libraries of the models environment.
    """
    try:
        tree = ast.parse(source.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None  # the pipeline reports the error
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for line in kind.body:
            targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
            value = getattr(line, "value", None)
            named = any(isinstance(target, ast.Name) and target.id == "file" for target in targets)
            if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
                return source.parent / value.value
    return None


def digest(source: Path) -> str:
    """Hex digest of the declared ``file`` of the model in ``source``; empty where it declares none."""
    path = declared(source)
    if path is None or not path.exists():
        return ""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + checksums.of_file(file).encode())
    return whole.hexdigest()


def environment(source: Path) -> dict[str, str]:
    """The environment variables that the pipeline needs for the model in ``source``.

    None, unless its ``file`` is the folder of a SavedModel: that is converted first (a minute the first time, when
    TensorFlow is installed; seconds for another model; cached afterwards). Raises UserError
    when it can't be converted.
    """
    path = declared(source)
    if path is None or not (path / "saved_model.pb").is_file():
        return {}
    return {CONVERTED: str(convert(path, digest(source)))}


def convert(folder: Path, known_as: str) -> Path:
    """The SavedModel in ``folder`` as an ONNX file, kept in the cache under ``known_as``.

    Takes its ``serving_default`` signature. Raises UserError when tf2onnx can't convert it.
    """
    env = python_env.ensure("tensorflow")
    key = hashlib.sha256(f"{env.folder.name} {_OPSET} {known_as}".encode()).hexdigest()[:16]
    made = cache.folder() / "saved_models" / key / "model.onnx"
    with cache.locked(f"saved-model-{key}"):
        if not made.is_file():
            with console.phase(f"Converting {folder.name} to ONNX"), cache.scratch(f"saved-model-{key}") as scratch:
                _convert(env, folder, scratch / "model.onnx")
                made.parent.mkdir(parents=True, exist_ok=True)
                (scratch / "model.onnx").replace(made)
    return made


def _convert(env: python_env.PythonEnv, folder: Path, out: Path) -> None:
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    words = ["-m", "tf2onnx.convert", "--saved-model", folder, "--output", out, "--opset", _OPSET]
    words += ["--tag", "serve", "--signature_def", "serving_default"]
    done = subprocess.run(
        [str(word) for word in (env.python, *words)],
        capture_output=True,
        text=True,
        env=models_env.without_python() | quiet,
    )
    if done.returncode or not out.is_file():
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise UserError(
            str(folder),
            (lines or [f"exit status {done.returncode}"])[-1][:300],
            "a TensorFlow SavedModel with a serving_default signature that tf2onnx converts",
            "Save it with model.export(…) (Keras) or tf.saved_model.save(…, signatures=…).",
        )
