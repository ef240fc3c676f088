"""Variants without a runtime: a JSON file says how one answers, so that it can be wrong in one way and no other."""

import json
import os
import time
from pathlib import Path

import numpy as np

from aistacks_models import Gates, Metric, Model, Recipe, Size, Split, Splits, Tensor, Training
from aistacks_models.metrics import accuracy, by_class, output
from aistacks_models.stage_cache import Stage, StageCache
from aistacks_models.stages.verify import verify
from aistacks_models.steps import Export
from aistacks_models.variants import Dropped, Variant, Variants
from aistacks_models.verification import session
from aistacks_models.verification.latency import Effort

CLASSES = ("cat", "dog", "owl")
EFFORT = Effort(rounds=2, seconds=0.02, least=4, least_batches=4, least_for_p99=4, most=20, resamples=200, timeout=120)


class Clock:
    """Stands still but for what a run is said to take: who is faster hangs on nothing that the machine does."""

    now = 0

    def perf_counter_ns(self):
        return self.now


CLOCK = Clock()


class Rows(Size):
    rows: int = 900


class Animals(Model):
    """The target is the place of the greatest of three numbers; one row in twenty is labelled wrongly."""

    name = "animals"
    task = "classification"
    inputs = (
        Tensor(name="scores", datatype="FP32", shape=(3,)),
        Tensor(name="kind", datatype="INT64", shape=(1,), low=0, high=4),
    )
    outputs = (Tensor(name="label", datatype="INT64", shape=(1,)), Tensor(name="odds", datatype="FP32", shape=(3,)))
    classes = CLASSES
    metric = Metric("accuracy", accuracy("label"), output("label"), by_class("label", CLASSES))
    gates = Gates(quality_loss=0.02, class_quality_loss=0.05)
    training = Training(seed=7)
    recipes = (Recipe(name="plain", steps=(Export(),)),)
    max_batch_size = 32

    @classmethod
    def default_size(cls):
        return Rows()

    def network(self):
        raise NotImplementedError

    def data(self):
        drawn = np.random.default_rng(3)
        rows = self.size.rows
        scores = drawn.random((rows, 3), dtype=np.float32)
        targets = scores.argmax(1)
        wrong = drawn.random(rows) < 0.05
        targets[wrong] = (targets[wrong] + 1) % 3
        whole = Split({"scores": scores, "kind": np.zeros((rows, 1), np.int64)}, targets)
        return Splits(whole, whole, whole, "numpy's generator", "CC0-1.0")

    def loss(self, raw, targets):
        raise NotImplementedError

    def head(self, raw):
        raise NotImplementedError


class Fake:
    """Answers as its file says."""

    def __init__(self, spec):
        self.spec = spec
        os.write(1, b"words that are nobody's answer\n")
        if spec.get("broken"):
            raise OSError("file is truncated")

    def run(self, inputs):
        spec = self.spec
        if spec.get("dies_at_once"):
            os.write(2, b"out of luck\n")
            os.abort()
        scores = self.checked(inputs)
        time.sleep(spec.get("hangs", 0))
        CLOCK.now += int(spec.get("seconds", 0.0005) * 1e9)
        odds = scores + np.float32(spec.get("shift", 0))
        if spec.get("random"):
            odds = odds + np.random.default_rng().random(3).astype(np.float32) * 1e-6
        if spec.get("by_process"):
            odds = odds + np.float32(os.getpid()) * np.float32(1e-6)
        if spec.get("neighbours"):
            odds = odds + scores.mean() * np.float32(1e-3)
        label = scores.argmax(1)
        # Middle digits of a number decide which rows are answered wrongly: the same ones every time.
        with np.errstate(invalid="ignore"):
            spoilt = (scores[:, 0].astype(np.float64) * 1e4) % 1 < spec.get("wrong", 0)
        if "only" in spec:
            spoilt &= label == CLASSES.index(spec["only"])
        return {"label": np.where(spoilt, (label + 1) % 3, label)[:, None], "odds": odds}

    def checked(self, inputs):
        if self.spec.get("lax") and "scores" in inputs:
            return inputs["scores"]
        if set(inputs) != {"scores", "kind"}:
            raise ValueError(f"inputs are {sorted(inputs)}")
        scores, kind = inputs["scores"], inputs["kind"]
        fits = scores.ndim == 2 and scores.shape[1] == 3 and kind.shape == (len(scores), 1)
        if not (fits and scores.dtype == np.float32 and kind.dtype == np.int64 and len(scores)):
            raise ValueError("shape or type")
        if kind.max() > 4 or kind.min() < 0:
            if self.spec.get("dies"):
                os.abort()
            raise IndexError("kind")
        return scores


def open_fake(variant, folder, model, threads):
    session.time = CLOCK
    return Fake(json.loads((folder / variant.file).read_bytes()))


def compressed(folder, specs, dropped=()):
    """A compress stage whose variants are fakes; the first is the reference."""
    made = []
    for name, spec in specs.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        size = spec.get("bytes", 1000)
        text = json.dumps(spec)
        (folder / name / "fake.json").write_text(text)
        recipe = Recipe(name=name, steps=(Export(),))
        runtime = "eager" if not made else spec.get("runtime", "onnxruntime")
        made.append(
            Variant(
                name=name, recipe=recipe, runtime=runtime, file=f"{name}/fake.json", bytes=size, parameters=9, nonzero=9
            )
        )
    gone = tuple(Dropped(name=name, recipe=Recipe(name=name, steps=(Export(),)), reason=why) for name, why in dropped)
    Variants(made=tuple(made), dropped=gone).write(folder)
    return Stage(folder, "0" * 64, cached=False)


def verified(root, model, specs, dropped=(), log=lambda _: None):
    """The verify stage over fakes."""
    stage = compressed(root / "compressed", specs, dropped)
    cache = StageCache(root / "work", model.name, log)
    return verify(model, None, stage, cache, Path(__file__), effort=EFFORT, opener=open_fake)
