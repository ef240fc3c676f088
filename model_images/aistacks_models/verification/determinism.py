"""Determinism: whether the same rows give the same bits, and the effect of batch size and of the other rows.

Bit-identity across batches isn't required: kernels add in another order for another number of rows, and dynamic int8
takes its scale from the whole batch, so a row's outputs depend on its batch. Both are reported as a difference.
"""

from __future__ import annotations

from ..data import Arrays, Split
from ..model import Model
from .agreement import drift, same_bits
from .document import Determinism
from .worker import Worker

ROWS = 128
"""The most rows that are shuffled into other batches."""
SINGLES = 32
"""The most rows that are run one by one."""


def determinism(model: Model, worker: Worker, fresh: Worker, held_out: Split, seed: int) -> Determinism:
    """Determinism of the variant in ``worker`` and in ``fresh``, a process started later."""
    import numpy as np

    size = min(model.max_batch_size, len(held_out))
    batch = held_out.take(slice(0, size))
    first: Arrays = worker.call("run", batch.inputs)
    again = same_bits(first, worker.call("run", batch.inputs))
    process = same_bits(first, fresh.call("run", batch.inputs))

    part = held_out.take(slice(0, ROWS))
    order = np.random.default_rng(seed).permutation(len(part))
    back = np.argsort(order)
    together: Arrays = worker.batches(part.inputs, size)
    mixed: Arrays = worker.batches(part.take(order).inputs, size)
    neighbours = drift(model, together, {name: array[back] for name, array in mixed.items()}, part.targets)

    few = part.take(slice(0, SINGLES))
    singles: Arrays = worker.batches(few.inputs, 1)
    head = {name: array[: len(few)] for name, array in together.items()}
    return Determinism(
        again=again, process=process, neighbours=neighbours, batch_size=drift(model, head, singles, few.targets)
    )
