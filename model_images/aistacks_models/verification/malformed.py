"""Sends malformed requests to a variant, and checks that it answers correctly afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..data import Array, Arrays, Split
from ..model import Model
from .agreement import same_bits
from .document import Malformed
from .latency import batch
from .worker import Died, Refused, Worker, WorkerSpec


@dataclass(frozen=True)
class Case:
    """``rows``: expected in the outputs where the runner doesn't raise; ``touched``: rows with bad values."""

    sent: str
    must: Literal["raise", "survive"]
    inputs: Arrays
    rows: int = 0
    touched: int = 0


def cases(model: Model, held_out: Split) -> Iterator[Case]:
    """Two valid rows, made invalid in one way after another."""
    import numpy as np

    right = batch(held_out, 2)
    first = model.inputs[0].name

    def spoilt(name: str, array: Array) -> Arrays:
        return {**right, name: array}

    yield Case("an input that the model doesn't have", "raise", {**right, "no_such_input": right[first]})
    if len(model.inputs) > 1:
        yield Case("inputs with different numbers of rows", "raise", spoilt(first, right[first][:1]))
    for tensor in model.inputs:
        name, array = tensor.name, right[tensor.name]
        yield Case(f"no {name}", "raise", {other: right[other] for other in right if other != name})
        yield Case(f"{name} with one dimension too many", "raise", spoilt(name, array[..., None]))
        other = np.dtype("float32" if array.dtype.kind in "iub" else "int64")
        wrong = np.zeros(array.shape, other) if array.dtype.kind == "O" else array.astype(other)
        yield Case(f"{name} as {other} where {array.dtype} is meant", "raise", spoilt(name, wrong))
        fixed = next((axis for axis, size in enumerate(tensor.shape, 1) if size > 0), None)
        if fixed is not None:
            longer = np.concatenate([array, np.take(array, [0], axis=fixed)], axis=fixed)
            yield Case(f"{name} one longer than its shape", "raise", spoilt(name, longer))
        for value, text in _values(tensor.low, tensor.high, array):
            changed = array.copy()
            changed[0] = value
            yield Case(f"{name} with {text} in one row", "survive", spoilt(name, changed), 2, 1)
    yield Case("no rows", "survive", {name: array[:0] for name, array in right.items()}, 0)
    many = 2 * model.max_batch_size + 1
    yield Case(f"{many} rows at once", "survive", batch(held_out, many), many)


def _values(low: float | None, high: float | None, array: Array) -> Iterator[tuple[float, str]]:
    import numpy as np

    if array.dtype.kind == "f":
        top = float(np.finfo(array.dtype).max)
        yield from ((float("nan"), "NaN"), (float("inf"), "infinity"), (-float("inf"), "minus infinity"))
        yield top, f"{top:.3g}"
    if array.dtype.kind in "iu":
        info = np.iinfo(array.dtype)
        meant = {high + 1 if high is not None else info.max, low - 1 if low is not None else info.min}
        for value in sorted(meant | {info.max, info.min}):
            if info.min <= value <= info.max:
                yield int(value), f"{int(value)}"


def malformed(
    model: Model, spec: WorkerSpec, worker: Worker, held_out: Split, timeout: float
) -> tuple[list[Malformed], bool]:
    """The outcome of each case, and whether valid rows give the same bits afterwards.

    ``worker``: open, closed by the caller. Where a case ends it, a new one is started for the next.
    """
    rows = batch(held_out, 2)
    before: Arrays = worker.call("run", rows)
    found: list[Malformed] = []
    own: Worker | None = None
    try:
        for case in cases(model, held_out):
            try:
                found.append(_tried(own or worker, case, before, timeout))
            except Died as end:
                found.append(
                    Malformed(sent=case.sent, must=case.must, outcome=end.outcome, said=str(end), good=False)  # type: ignore[arg-type]
                )
                if own:
                    own.close()
                own = Worker(spec, timeout).__enter__()
        after = same_bits(before, (own or worker).call("run", rows))
    except (Died, Refused):
        after = False
    finally:
        if own:
            own.close()
    return found, after


def _tried(worker: Worker, case: Case, before: Arrays, timeout: float) -> Malformed:
    import numpy as np

    try:
        outputs: Arrays = worker.call("run", case.inputs, timeout=timeout)
    except Refused as error:
        return Malformed(sent=case.sent, must=case.must, outcome="raised", said=str(error), good=True)
    wrong = {name: len(array) for name, array in outputs.items() if len(array) != case.rows}
    if case.must == "survive" and wrong:
        said = ", ".join(f"{name} has {rows} rows for {case.rows}" for name, rows in wrong.items())
        return Malformed(sent=case.sent, must=case.must, outcome="answered wrongly", said=said, good=False)
    finite = all(np.isfinite(array).all() for array in outputs.values() if array.dtype.kind == "f")
    said = ""
    if case.touched and not all(
        np.allclose(array[case.touched : 2], before[name][case.touched : 2], rtol=1e-3, atol=1e-5)
        for name, array in outputs.items()
        if array.dtype.kind == "f" and array.shape[1:] == before[name].shape[1:]
    ):
        said = "the right row beside it is answered differently"
    outcome: Literal["answered", "answered with NaN"] = "answered" if finite else "answered with NaN"
    return Malformed(sent=case.sent, must=case.must, outcome=outcome, said=said, good=case.must == "survive")
