"""The stages in their order."""

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
    """What a build made: the stages that ran or were found, by name."""

    name: str
    stages: dict[str, Stage]


def build(model: Model, source: Path, cache: StageCache, until: str = "package") -> Built:
    """Run the stages up to ``until``, each only where its inputs are new.

    A model that came as a file isn't trained: its checked file stands for that stage.

    Raises UserError for the user's mistakes: also for an exception that the model's own file raises, with its line.
    """
    from .imported import FileModel

    done: dict[str, Stage] = {}
    with _model_errors(source):
        for name in STAGES[: STAGES.index(until) + 1]:
            # Each reads torch and more; one that isn't wanted costs nothing.
            if name == "train" and isinstance(model, FileModel):
                done[name] = importlib.import_module(".imported.onnx_file", __package__).enter(model, cache, source)
                continue
            stage = getattr(importlib.import_module(f".stages.{name}", __package__), name)
            done[name] = stage(model, *done.values(), cache, source)
    return Built(model.name, done)


@contextmanager
def _model_errors(source: Path) -> Iterator[None]:
    """Say an exception out of the model's own file in one line."""
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
