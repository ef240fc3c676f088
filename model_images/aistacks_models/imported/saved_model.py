"""A TensorFlow SavedModel as ONNX. The command converts it beforehand, as TensorFlow has a separate environment."""

from __future__ import annotations

import os
from pathlib import Path

from aistacks_core.errors import UserError

CONVERTED = "AISTACKS_CONVERTED_MODEL"
"""Environment variable: the ONNX file to which the command converted the SavedModel."""


def as_onnx(path: Path) -> Path:
    """``path``, or for a SavedModel the ONNX file to which it was converted.

    Raises UserError for another folder, and where it wasn't converted.
    """
    if not path.is_dir():
        return path
    if not (path / "saved_model.pb").is_file():
        raise UserError(str(path), "a folder without saved_model.pb", "a TensorFlow SavedModel or an .onnx file")
    converted = os.environ.get(CONVERTED)
    if not converted:
        raise UserError(
            str(path),
            "a SavedModel that wasn't converted",
            "`file` as a plain string in the model's file, and a build by `aistacks models build`",
        )
    return Path(converted)
