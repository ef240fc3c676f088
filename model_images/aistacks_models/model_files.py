"""Finds a model by name or file, imports it, and sets its options."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from aistacks_core.errors import UserError

from .model import Model

ZOO = Path(__file__).resolve().with_name("zoo")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class ModelFile:
    """A model's class, and the file that holds it."""

    model: type[Model]
    source: Path


def names() -> list[str]:
    """Names of the bundled models."""
    return sorted(file.stem for file in ZOO.glob("[!_]*.py"))


def locate(name: str, folders: Iterable[Path] = ()) -> Path:
    """The file of the model ``name``: a path to a ``.py``, ``<name>.py`` in one of ``folders``, or a bundled one.

    Raises UserError where there is none.
    """
    if name.endswith(".py") or "/" in name:
        path = Path(name)
        if path.suffix != ".py" or not path.is_file():
            raise UserError(name, "no such Python file", "a file with one subclass of aistacks_models.Model")
        return path.resolve()
    stem = name.replace("-", "_")
    for folder in (*folders, ZOO):
        if (folder / f"{stem}.py").is_file() and not stem.startswith("_"):
            return (folder / f"{stem}.py").resolve()
    places = ", ".join(str(folder / f"{stem}.py") for folder in folders)
    came = ", ".join(names())
    raise UserError(
        f"model {name!r}", "no file of that name", f"one of {came}" + (f", or a file {places}" if places else "")
    )


def load(path: Path) -> ModelFile:
    """The one `Model` that the file at ``path`` declares.

    Raises UserError, with file and line, for a file that can't be imported or declares none, several, or a
    half-finished one.
    """
    if path.parent == ZOO:
        module = importlib.import_module(f"aistacks_models.zoo.{path.stem}")
    else:
        # A model's file may import modules beside it, as a script may.
        sys.path.insert(0, str(path.parent))
        spec = importlib.util.spec_from_file_location(f"aistacks_model_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise UserError(str(path), "a file that can't be imported", "Python")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            raise UserError(*_error_location(error, path), "a file that imports") from error
    return ModelFile(_model_class(module, path), path)


def configured(found: ModelFile, size: Mapping[str, str], training: Mapping[str, str]) -> Model:
    """An instance, with some options of its `Size` and `Training` replaced. Raises UserError for a wrong one."""
    kind = found.model
    try:
        defaults = kind.default_size()
    except Exception as error:
        raise UserError(*_error_location(error, found.source), "a size") from error
    return kind(
        _replaced(defaults, size, f"{found.source.name}: --size"),
        _replaced(kind.training, training, f"{found.source.name}: --training"),
    )


def _replaced(defaults: Any, given: Mapping[str, str], where: str) -> Any:
    if not given:
        return defaults
    kind: type[BaseModel] = type(defaults)
    for name in given:
        if name not in kind.model_fields:
            known = ", ".join(kind.model_fields) or "none"
            raise UserError(where, repr(name), f"one of the options {known}")
    try:
        return kind.model_validate({**defaults.model_dump(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"]))
        raise UserError(f"{where} {at}", repr(first["input"]), first["msg"]) from None


def _model_class(module: Any, path: Path) -> type[Model]:
    own = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Model) and value.__module__ == module.__name__
    ]
    concrete = [kind for kind in own if not inspect.isabstract(kind)]
    if not concrete and own:
        lacks = ", ".join(sorted(own[0].__abstractmethods__))
        raise UserError(f"{path}: {own[0].__name__}", f"no {lacks}", "every method of aistacks_models.Model")
    if len(concrete) != 1:
        got = f"{len(concrete)} models" if concrete else "no model"
        raise UserError(str(path), got, "one subclass of aistacks_models.Model")
    (kind,) = concrete
    for attribute in ("name", "task", "inputs", "outputs", "metric", "recipes"):
        if not hasattr(kind, attribute):
            raise UserError(
                f"{path}: {kind.__name__}", f"no {attribute!r}", "it, as documented in aistacks_models.Model"
            )
    if not _NAME.fullmatch(kind.name):
        raise UserError(
            f"{path}: {kind.__name__}.name", repr(kind.name), "lower-case letters, digits, hyphens and underscores"
        )
    return kind


def _error_location(error: Exception, path: Path) -> tuple[str, str]:
    """File and line in the user's file where an exception arose, and its message in one line."""
    if isinstance(error, SyntaxError):
        return f"{error.filename or path}:{error.lineno or 0}", f"{type(error).__name__}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = frames[-1].lineno if frames else 0
    text = " ".join(str(error).split()) or "no message"
    return f"{path}:{line}", f"{type(error).__name__}: {text}"
