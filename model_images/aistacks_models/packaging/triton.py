"""An ONNX file as a Triton model repository: for the full image, and for a server with only the Python backend."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from ..serving import Serving
from ..tensors import Tensor
from . import triton_config_builder

PYTHON_CONFIG = "python"
"""The configuration to name (``--model-config-name``) on a server that has only the Python backend."""
LABELS = "labels.txt"
MODEL = "model.onnx"


def write(
    folder: Path,
    name: str,
    onnx: Path,
    inputs: tuple[Tensor, ...],
    outputs: tuple[Tensor, ...],
    max_batch_size: int,
    serving: Serving | None = None,
    classes: Sequence[str] = (),
) -> None:
    """Write ``<folder>/<name>/`` with both configurations and version 1.

    ``classes``: names for the output that has one number for each, so that Triton's classification answers with them.
    Raises UserError where ``serving`` can't be what Triton serves.
    """
    labelled = next((tensor.name for tensor in outputs if classes and tensor.shape == (len(classes),)), "")
    labels = {labelled: LABELS} if labelled else {}
    texts = {
        backend: triton_config_builder.of_model(name, inputs, outputs, max_batch_size, backend, serving, labels).text()
        for backend in ("onnxruntime", "python")
    }
    home = folder / name
    version = home / "1"
    version.mkdir(parents=True)
    copy_onnx(onnx, version / MODEL)
    shutil.copyfile(Path(__file__).with_name("triton_onnx.py"), version / "model.py")
    (home / "configs").mkdir()
    (home / "config.pbtxt").write_text(texts["onnxruntime"])
    (home / "configs" / f"{PYTHON_CONFIG}.pbtxt").write_text(texts["python"])
    if labelled:
        (home / LABELS).write_text("".join(f"{label}\n" for label in classes))


def copy_onnx(source: Path, target: Path) -> None:
    """Copy an ONNX file with its external data, which it names relative to its own folder."""
    for beside in external_data(source):
        shutil.copyfile(source.with_name(beside), target.with_name(beside))
    shutil.copyfile(source, target)


def external_data(source: Path) -> list[str]:
    """Names of an ONNX file's external data files; usually none."""
    import onnx
    from onnx import external_data_helper as external

    weights = onnx.load(source, load_external_data=False).graph.initializer
    return sorted({external.ExternalDataInfo(one).location for one in weights if external.uses_external_data(one)})
