"""Imports an ONNX file: validates it, upgrades its opset, and makes it the reference."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aistacks_core import checksums
from aistacks_core.errors import UserError

from .. import training_data
from ..compression import onnx_io
from ..compression.context import Impossible
from ..compression.export import name_sizes
from ..runners import OnnxRunner
from ..stage_cache import Stage, StageCache, code
from ..tensors import Datatype, Tensor
from . import saved_model

if TYPE_CHECKING:
    import onnx
    import onnx_ir

    from .file_model import FileModel

OPSET = 18
"""Opset to which older files are upgraded; quantisation requires at least 13."""
_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Operator domains of ONNX Runtime."""
_TYPES: Mapping[str, Datatype] = {
    "BOOL": "BOOL",
    "UINT8": "UINT8",
    "INT8": "INT8",
    "INT16": "INT16",
    "INT32": "INT32",
    "INT64": "INT64",
    "FLOAT16": "FP16",
    "FLOAT": "FP32",
    "DOUBLE": "FP64",
    "STRING": "BYTES",
}


def enter(model: FileModel, cache: StageCache, source: Path) -> Stage:
    """The stage in place of training: the validated file as ``model.onnx``, and `train.json` with its quality.

    Raises UserError for a truncated or invalid ONNX file, unknown operators, and inputs without a batch dimension.
    """
    file = saved_model.as_onnx(model.path)
    graph = read(file)
    inputs = {
        "model": model.name,
        "size": model.size.model_dump(mode="json"),
        "source": checksums.sha256(source.read_bytes()),
        "file": checksums.of_file(file),
        "beside": _digest_beside(file, graph),
        "code": code("aistacks_models.imported", "aistacks_models.compression.onnx_io", "aistacks_models.runners"),
    }
    return cache.stage("file", inputs, lambda folder: _make(model, file, folder))


def read(file: Path) -> onnx.ModelProto:
    """The validated file. Raises UserError."""
    import onnx
    from google.protobuf.message import DecodeError

    where = str(file)
    if not file.is_file():
        raise UserError(where, "no such file", "an .onnx file")
    try:
        proto = onnx.load(file, load_external_data=False)
    except DecodeError:
        raise UserError(
            where, "not an ONNX file, or a truncated one", "a complete ONNX file", "Export or copy it again."
        ) from None
    if not proto.graph.node:
        raise UserError(where, "a graph without operators", "a complete ONNX file", "Export or copy it again.")
    for name in sorted(_beside(proto)):
        if not (file.parent / name).is_file():
            raise UserError(where, f"no {name} beside it, which holds its weights", "both files", "Copy it, too.")
    local = {(function.domain, function.name) for function in proto.functions}
    for node in proto.graph.node:
        if node.domain not in _DOMAINS and (node.domain, node.op_type) not in local:
            raise UserError(
                f"{where}: node {node.name or node.output[0]!r}",
                f"operator {node.domain}.{node.op_type}",
                "operators of ONNX or ONNX Runtime",
                "Custom operators need a library that no server here loads: export it without them.",
            )
    try:
        onnx.checker.check_model(str(file))
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise UserError(where, f"ONNX that isn't valid: {_line(error)}", "what onnx.checker accepts") from error
    return proto


def tensors(model: FileModel) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Inputs and outputs of the model's file, without the batch dimension. Raises UserError, as `read` does."""
    graph = _graph(saved_model.as_onnx(model.path))
    where = str(model.path)
    return (
        tuple(_tensor(value, where) for value in graph.graph.inputs),
        tuple(_tensor(value, where) for value in graph.graph.outputs),
    )


def _graph(file: Path) -> onnx_ir.Model:
    """The graph for the pipeline: opset upgraded, initializers removed from the inputs, names that servers accept."""
    import onnx
    import onnx_ir as ir

    proto = read(file)
    version = max(opset.version for opset in proto.opset_import if opset.domain in ("", "ai.onnx"))
    if version < OPSET:
        try:
            onnx.load_external_data_for_model(proto, str(file.parent))
            proto = onnx.version_converter.convert_version(proto, OPSET)
        except (RuntimeError, onnx.version_converter.ConvertError) as error:
            got = f"opset {version}, which can't be upgraded: {_line(error)}"
            raise UserError(str(file), got, f"opset {OPSET} or newer", "Export it again.") from error
        graph = ir.from_proto(proto)
    else:
        graph = ir.load(file)
    # Before IR version 4 each initializer was an input as well.
    weights = set(graph.graph.initializers)
    kept = [value for value in graph.graph.inputs if value.name not in weights]
    graph.graph.inputs.clear()
    graph.graph.inputs.extend(kept)
    for value in (*graph.graph.inputs, *graph.graph.outputs):
        value.name = re.sub(r"^(?=\d)|\W+", "_", value.name.removesuffix(":0"))
    return graph


def _tensor(value: onnx_ir.Value, where: str) -> Tensor:
    at = f"{where}: {value.name}"
    datatype = _TYPES.get(value.dtype.name if value.dtype else "")
    if datatype is None:
        raise UserError(at, f"type {value.dtype}", f"one of {', '.join(_TYPES)}")
    if value.shape is None or not len(value.shape):
        raise UserError(
            at, "no shape" if value.shape is None else "a single number", "a shape that begins with the batch"
        )
    rows, *rest = value.shape
    if isinstance(rows, int):
        raise UserError(at, f"shape {list(value.shape)}", "a dynamic first dimension, the batch", "Export it with one.")
    return Tensor(name=value.name or "", datatype=datatype, shape=tuple(n if isinstance(n, int) else -1 for n in rest))


def _make(model: FileModel, file: Path, folder: Path) -> None:
    graph = _graph(file)
    where = str(model.path)
    for declared, values in ((model.inputs, graph.graph.inputs), (model.outputs, graph.graph.outputs)):
        names, found = [tensor.name for tensor in declared], [value.name for value in values]
        if names != found:
            raise UserError(where, f"the tensors {found}", f"{names}, as the model declares", "Declare them so.")
    try:
        name_sizes(graph, model)
    except Impossible as reason:
        raise UserError(where, str(reason), "the shapes that the model declares") from reason
    target = folder / "model.onnx"
    onnx_io.write(graph, target)
    try:
        runner = OnnxRunner(target, model, model.trained_by.threads)
    except Exception as error:
        raise UserError(where, f"ONNX Runtime refuses it: {_line(error)}", "a file that it loads") from error
    splits = training_data.checked(model)
    quality = {}
    for name in ("validation", "held_out"):
        split = getattr(splits, name)
        quality[name] = model.metric.of(runner.run(split.inputs), split.targets)
    weights = [v.const_value for v in graph.graph.initializers.values() if v.const_value is not None]
    weights = [tensor for tensor in weights if tensor.dtype.is_floating_point()]
    parameters = sum(tensor.size for tensor in weights)
    facts = {
        "parameters": parameters,
        "nonzero": sum(int((tensor.numpy() != 0).sum()) for tensor in weights),
        "notes": [],
    }
    trained = {
        "epochs": 0,
        "history": [],
        **quality,
        "rows": {name: len(getattr(splits, name)) for name in training_data.SPLITS},
        "data": {"source": splits.source, "licence": splits.licence, "sha256": training_data.digest(splits)},
        "parameters": parameters,
    }
    (folder / "facts.json").write_text(json.dumps(facts, indent=1) + "\n")
    (folder / "train.json").write_text(json.dumps(trained, indent=1) + "\n")


def _beside(proto: onnx.ModelProto) -> set[str]:
    """Files of its external data."""
    return {
        entry.value for tensor in proto.graph.initializer for entry in tensor.external_data if entry.key == "location"
    }


def _digest_beside(file: Path, proto: onnx.ModelProto) -> dict[str, str]:
    return {name: checksums.of_file(file.parent / name) for name in sorted(_beside(proto))}


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
