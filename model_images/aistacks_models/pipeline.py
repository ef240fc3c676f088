"""The pipeline: its stages in order."""

from __future__ import annotations

import importlib
import inspect
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aistacks_core.errors import UserError

from .model import Model
from .stage_cache import Stage, StageCache

STAGES = ("train", "compress", "verify", "package")


@dataclass(frozen=True)
class Built:
    """The result of a build: its stages by name, run or found in the cache."""

    name: str
    stages: dict[str, Stage]


def build(model: Model, source: Path, cache: StageCache, until: str = "package") -> Built:
    """Run the stages up to ``until``, each only where its inputs have changed.

    An imported model isn't trained: its checked ONNX file takes the place of that stage.

    Raises UserError for the user's mistakes, and for an exception raised in the model's own file, with its line.
    """
    from .imported import FileModel

    done: dict[str, Stage] = {}
    with _model_errors(source):
        for name in STAGES[: STAGES.index(until) + 1]:
            # Imported lazily: each stage imports torch and more.
            if name == "train" and isinstance(model, FileModel):
                done[name] = importlib.import_module(".imported.onnx_file", __package__).enter(model, cache, source)
                continue
            stage = getattr(importlib.import_module(f".stages.{name}", __package__), name)
            done[name] = stage(model, *done.values(), cache, source)
    return Built(model.name, done)


@contextmanager
def _model_errors(source: Path) -> Iterator[None]:
    """Turn an exception raised in the model's own file into a `UserError`."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(source)]
        ours = inspect.getfile(Model)
        if not frames or source.parent == Path(ours).resolve().with_name("zoo"):
            raise
        text = " ".join(str(error).split())[:500] or "no message"
        raise UserError(
            f"{source}:{frames[-1].lineno}", f"{type(error).__name__}: {text}", "a model that runs"
        ) from error
