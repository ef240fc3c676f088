"""Lays an ONNX file out as a Triton model repository, for a server with ONNX Runtime and for one without."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import checksums

PYTHON_CONFIG = "python"
"""The configuration to name (`--model-config-name`) on a server that has only the Python backend."""


@dataclass(frozen=True)
class Tensor:
    """An input or output: its name, Triton data type (``FP32``, ``INT64``), and shape without the batch."""

    name: str
    datatype: str
    shape: tuple[int, ...]


def write(folder: Path, name: str, onnx: bytes, inputs: list[Tensor], outputs: list[Tensor], batch: int) -> None:
    """Write `<folder>/<name>/` with both configurations and version 1.

    ``batch``: the most rows that the server may put together into one run.
    """
    version = folder / name / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(onnx)
    shutil.copyfile(Path(__file__).with_name("triton_onnx.py"), version / "model.py")
    configs = folder / name / "configs"
    configs.mkdir()
    rest = _config(name, inputs, outputs, batch)
    (folder / name / "config.pbtxt").write_text(f'backend: "onnxruntime"\n{rest}')
    (configs / f"{PYTHON_CONFIG}.pbtxt").write_text(f'backend: "python"\n{rest}')


def seal(folder: Path) -> str:
    """Give every file the same mode and close the package by its checksums. Returns the digest."""
    for name in checksums.files_of(folder):
        (folder / name).chmod(0o644)
    return checksums.write(folder)


def _config(name: str, inputs: list[Tensor], outputs: list[Tensor], batch: int) -> str:
    lines = [f'name: "{name}"', f"max_batch_size: {batch}"]
    for word, tensors in (("input", inputs), ("output", outputs)):
        for tensor in tensors:
            dims = ", ".join(map(str, tensor.shape))
            lines.append(f'{word} [ {{ name: "{tensor.name}" data_type: TYPE_{tensor.datatype} dims: [ {dims} ] }} ]')
    lines.append("instance_group [ { count: 1 kind: KIND_CPU } ]")
    lines.append("dynamic_batching { max_queue_delay_microseconds: 1000 }")
    return "\n".join(lines) + "\n"
