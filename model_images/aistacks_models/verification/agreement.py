"""Agreement of two sets of outputs, element by element and prediction by prediction."""

from __future__ import annotations

from ..data import Array, Arrays
from ..model import Model
from .document import Agreement, Drift, OutputAgreement
from .quality import judged


def agreement(model: Model, outputs: Arrays, reference: Arrays, targets: Array) -> Agreement:
    """Agreement of the variant's outputs with the reference's, for the held-out rows."""
    theirs, kept = judged(model, reference, targets)
    ours, _ = judged(model, outputs, targets)
    return Agreement(
        same=float((ours == theirs)[kept].mean()),
        answers=int(kept.sum()),
        outputs=tuple(
            _output(tensor.name, outputs[tensor.name], reference[tensor.name])
            for tensor in model.outputs
            if reference[tensor.name].dtype.kind == "f"
        ),
    )


def drift(model: Model, before: Arrays, after: Arrays, targets: Array) -> Drift:
    """Differences between two runs of one variant on the same rows. ``largest`` is of the float outputs."""
    ours, kept = judged(model, before, targets)
    again, _ = judged(model, after, targets)
    parts = [_output(name, after[name], array) for name, array in before.items() if array.dtype.kind == "f"]
    largest = max((part.largest or 0 for part in parts), default=0.0)
    return Drift(largest=largest, same_answers=float((ours == again)[kept].mean()))


def same_bits(one: Arrays, other: Arrays) -> bool:
    """Whether all outputs are bit-identical."""
    return one.keys() == other.keys() and all(
        array.dtype == other[name].dtype
        and array.shape == other[name].shape
        and array.tobytes() == other[name].tobytes()
        for name, array in one.items()
    )


def _output(name: str, ours: Array, theirs: Array) -> OutputAgreement:
    import numpy as np

    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    good = np.isfinite(ours) & np.isfinite(theirs)
    apart = np.abs(ours - theirs)[good]
    whole = np.abs(theirs)[np.isfinite(theirs)]
    return OutputAgreement(
        name=name,
        largest=float(apart.max()) if apart.size else None,
        mean=float(apart.mean()) if apart.size else None,
        reference_largest=float(whole.max()) if whole.size else None,
        not_finite=int((np.isfinite(theirs) & ~np.isfinite(ours)).sum()),
    )
