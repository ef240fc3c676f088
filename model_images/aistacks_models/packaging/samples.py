"""Samples in a package: held-out rows with the packaged variant's outputs, for trials and as examples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "samples.json"
ROWS = 360
BYTES = 1_000_000


def write(file: Path, inputs: Mapping[str, Any], outputs: Mapping[str, Any], targets: Any) -> int:
    """Write as many of the first rows as fit into `ROWS` and `BYTES`, at least one, and return how many.

    All are arrays of shape (n, …) with the same n.
    """
    rows = min(len(targets), ROWS)
    while True:
        text = _text(inputs, outputs, targets, rows)
        if len(text) <= BYTES or rows == 1:
            file.write_text(text)
            return rows
        rows = max(1, min(rows - 1, rows * BYTES // len(text)))


def _text(inputs: Mapping[str, Any], outputs: Mapping[str, Any], targets: Any, rows: int) -> str:
    kept = {
        "inputs": {name: array[:rows].tolist() for name, array in inputs.items()},
        "outputs": {name: array[:rows].tolist() for name, array in outputs.items()},
        "targets": targets[:rows].tolist(),
    }
    return json.dumps(kept, separators=(",", ":")) + "\n"
