"""The second stage: runs each recipe and collects the variants."""

from __future__ import annotations

import copy
import errno
import io
import json
import logging
import os
import re
import shutil
import tempfile
import traceback
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from aistacks_core.errors import UserError

from .. import training
from ..compression.context import Context, Impossible
from ..compression.export import to_onnx, to_program
from ..compression.hardware import pays_on
from ..compression.recipes import ENDS, FILE, TORCH, Plan, plan
from ..imported import FileModel
from ..progress import err
from ..runners import open_runner
from ..stage_cache import Stage, StageCache, code
from ..steps import Recipe, UnstructuredPruning
from ..trained import WEIGHTS, load
from ..variants import Dropped, Variant, Variants

if TYPE_CHECKING:
    from torch import nn

    from ..data import Splits
    from ..model import Model

_REFERENCE = Recipe(name="original")
_LEAST_FREE = 64_000_000
"""Free bytes below which a disk counts as full."""


def compress(model: Model, trained: Stage, cache: StageCache, source: Path) -> Stage:
    """Run the recipes of ``model``, each only where its inputs have changed. ``source``: the model's file.

    The stage's folder holds `variants.json` and a folder for each variant. A recipe that fails is dropped,
    with the reason; the others continue. Raises UserError for an invalid recipe, for an exception raised in the
    model's own file, and for a full disk.
    """
    recipes = _Recipes(model, trained, cache, source)
    plans = recipes.plans()
    outcomes = [recipes.run(each) for each in plans]
    inputs = {
        **recipes.common,
        "variants": [o.digest if isinstance(o, Stage) else o.model_dump(mode="json") for o in outcomes],
    }
    return cache.stage("compress", inputs, lambda folder: recipes.gather(outcomes, folder))


class _Recipes:
    """Runs the recipes of one model; data and network are loaded when first needed."""

    def __init__(self, model: Model, trained: Stage, cache: StageCache, source: Path) -> None:
        self.model, self.trained, self.cache, self.source = model, trained, cache, source
        self.from_file = isinstance(model, FileModel)
        self.common: dict[str, Any] = {
            # Covers the inputs of that stage, too: the model's file, its size, the training.
            "trained": trained.digest,
            "code": code(
                *("aistacks_models.compression", "aistacks_models.training", "aistacks_models.runners"),
                *("aistacks_models.stages.compress", "aistacks_models.model"),
            ),
        }
        self.failed: dict[str, Exception] = {}
        """Errors of steps that several recipes share, so that they aren't tried again for each."""

    @cached_property
    def splits(self) -> Splits:
        return self.model.data()

    @cached_property
    def original(self) -> nn.Module | None:
        if self.from_file:
            return None
        import torch

        return load(self.model, self.trained.folder).to("cuda" if torch.cuda.is_available() else "cpu")

    def plans(self) -> list[Plan]:
        names = [recipe.name for recipe in self.model.recipes]
        for name in names:
            if names.count(name) > 1 or name == _REFERENCE.name:
                raise UserError(
                    f"{self.source}: recipes", f"{name!r} twice", "names that differ, none of them original"
                )
        return [plan(recipe, str(self.source), from_file=self.from_file) for recipe in self.model.recipes]

    def run(self, plan: Plan) -> Stage | Dropped:
        """The stage of one recipe, or the reason why it was dropped."""
        recipe = plan.recipe
        try:
            with _quiet():
                start = self._start(plan)
                inputs = {**self.common, "start": start.digest, "recipe": recipe.model_dump(mode="json")}
                name = f"variant-{recipe.name}"
                return self.cache.stage(name, inputs, lambda folder: self._finish(plan, start, folder))
        except Exception as error:  # noqa: BLE001 - an error of a library must not lose the other recipes
            reason = self._reason(error, recipe)
        err.print(f"[yellow]-[/] {self.model.name}: {recipe.name} is dropped: {escape(reason)}", soft_wrap=True)
        return Dropped(name=recipe.name, recipe=recipe, reason=reason)

    def gather(self, outcomes: list[Stage | Dropped], folder: Path) -> None:
        """Collect all variants in one folder, the reference first."""
        _clear(folder)
        made = [self._reference(folder)]
        for stage in outcomes:
            if isinstance(stage, Dropped):
                continue
            variant = Variant.model_validate_json((stage.folder / "variant.json").read_bytes())
            made.append(variant.model_copy(update={"file": f"{variant.name}/{variant.file}"}))
            for file in stage.folder.glob("model.*"):
                _link(file, folder / variant.name / file.name)
        dropped = tuple(outcome for outcome in outcomes if isinstance(outcome, Dropped))
        Variants(made=tuple(made), dropped=dropped).write(folder)

    def _start(self, plan: Plan) -> Stage:
        """The exported network, the input of the steps on a file. Recipes with the same first steps share it."""
        if self.from_file:
            return self.trained
        steps = [*plan.torch, *([plan.export] if plan.export else [])]
        name = "-".join(["network", *(step.kind.replace(":", "") for step in steps)])
        inputs = {**self.common, "steps": [step.model_dump(mode="json") for step in steps]}
        key = self.cache.key(inputs)
        if key in self.failed:
            raise self.failed[key]
        try:
            return self.cache.stage(name, inputs, lambda folder: self._write_network(plan, folder))
        except Exception as error:
            self.failed[key] = error
            raise

    def _write_network(self, plan: Plan, folder: Path) -> None:
        _clear(folder)
        context = self._context(plan.recipe)
        with training.reproducible(self.model):
            network = copy.deepcopy(context.teacher())
            facts = _counts(network)
            for step in plan.torch:
                network = TORCH[type(step)](network, step, context)
                if not isinstance(step, ENDS):  # a packed weight can't be counted
                    facts = _counts(network)
        network.cpu().eval()
        if plan.export:
            to_onnx(network, folder / "model.onnx", plan.export, context)
        else:
            to_program(network, folder / "model.pt2", context)
        (folder / "facts.json").write_text(json.dumps({**facts, "notes": context.notes}, indent=1) + "\n")

    def _finish(self, plan: Plan, start: Stage, folder: Path) -> None:
        _clear(folder)
        context = self._context(plan.recipe)
        facts = json.loads((start.folder / "facts.json").read_text())
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            (file,) = (path for path in start.folder.glob("model.*") if path.suffix in (".onnx", ".pt2"))
            for number, step in enumerate(plan.file):
                out = Path(scratch) / str(number) / file.name
                out.parent.mkdir()
                FILE[type(step)](file, out, step, context)
                file = out
            for part in file.parent.glob("model.*"):
                _link(part, folder / part.name)
        if any(isinstance(step, UnstructuredPruning) for step in plan.torch):
            context.notes.append(_compressed(folder / file.name))
        variant = Variant(
            name=plan.recipe.name,
            recipe=plan.recipe,
            runtime="torch" if file.suffix == ".pt2" else "onnxruntime",
            file=file.name,
            bytes=_bytes(folder),
            parameters=facts["parameters"],
            nonzero=facts["nonzero"],
            pays_on=pays_on(plan.recipe),
            notes=(*facts["notes"], *context.notes),
        )
        rows = self.splits.validation.take(slice(0, 2)).inputs
        open_runner(variant, folder, self.model, context.threads).run(rows)
        (folder / "variant.json").write_text(variant.model_dump_json(indent=1) + "\n")

    def _reference(self, folder: Path) -> Variant:
        if self.from_file:
            names = sorted(path.name for path in self.trained.folder.glob("model.*"))
            facts = json.loads((self.trained.folder / "facts.json").read_text())
        else:
            names, facts = [WEIGHTS], _counts(load(self.model, self.trained.folder))
        for name in names:
            _link(self.trained.folder / name, folder / _REFERENCE.name / name)
        return Variant(
            name=_REFERENCE.name,
            recipe=_REFERENCE,
            runtime="onnxruntime" if self.from_file else "eager",
            file=f"{_REFERENCE.name}/{names[0]}",
            bytes=_bytes(folder / _REFERENCE.name),
            parameters=facts["parameters"],
            nonzero=facts["nonzero"],
            pays_on=("any",),
        )

    def _context(self, recipe: Recipe) -> Context:
        return Context(self.model, self.splits, self.original, recipe.name, [])

    def _reason(self, error: Exception, recipe: Recipe) -> str:
        """Why the recipe failed. Raises UserError where the disk is full or the model's own file is at fault."""
        at = f"recipe {recipe.name!r}"
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        free = shutil.disk_usage(self.cache.root).free
        if full or free < _LEAST_FREE:
            got, wanted = f"{free / 1e6:.0f} MB free in {self.cache.root}", "free disk space for the variant's files"
            raise UserError(at, got, wanted, "Free disk space and run it again; finished stages are kept.") from error
        if isinstance(error, (Impossible, UserError)):
            return str(error)
        inner: BaseException = error
        while inner.__cause__:  # torch.onnx names the operator there
            inner = inner.__cause__
        said = " ".join(re.sub(r"\x1b\[\d*m|(?<![\w.])(/[\w.+-]+)+/", "", str(inner)).split())  # colours, folders
        text = f"{type(inner).__name__}: {said[:300]}"
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(self.source)]
        if frames:
            wanted = "a model on which the recipe runs"
            raise UserError(f"{self.source}:{frames[-1].lineno}: {at}", text, wanted) from error
        return text


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence libraries' deprecation warnings and hints."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        # Calibration prints to standard output, where the command expects one line of JSON.
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _counts(network: nn.Module) -> dict[str, int]:
    parameters = [parameter.detach() for parameter in network.parameters()]
    return {
        "parameters": sum(parameter.numel() for parameter in parameters),
        "nonzero": sum(int(parameter.count_nonzero()) for parameter in parameters),
    }


def _clear(folder: Path) -> None:
    """Remove the partial results of an interrupted run."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _link(file: Path, to: Path) -> None:
    """Hard-link a file into another folder, or copy it where that isn't possible."""
    to.parent.mkdir(exist_ok=True)
    try:
        os.link(file, to)
    except OSError:
        shutil.copyfile(file, to)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _compressed(file: Path) -> str:
    whole = file.read_bytes()
    return f"{len(zlib.compress(whole, 6)):,} of {len(whole):,} bytes when compressed for transfer (deflate)"
