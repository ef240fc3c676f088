"""Writes ONNX files reproducibly: the same bytes for the same graph, and nothing about the machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx
    import onnx_ir

LARGEST = 2_000_000_000
"""Bytes of weights above which they are stored as external data: protobuf is limited to 2 GiB."""


def write(model: onnx.ModelProto | onnx_ir.Model, file: Path) -> None:
    """Write ``model``, normalised. Weights beyond `LARGEST` bytes are stored in ``<file>.data``."""
    import onnx_ir as ir

    graph = model if isinstance(model, ir.Model) else ir.from_proto(model)
    tidy(graph)
    ir.save(graph, file, external_data=f"{file.name}.data" if size(graph) > LARGEST else None)


def rewrite(file_in: Path, file_out: Path) -> None:
    """Normalise the file that a tool wrote to ``file_in``."""
    import onnx_ir as ir

    write(ir.load(file_in), file_out)


def size(model: onnx_ir.Model) -> int:
    """Bytes of the weights."""
    weights = (value.const_value for value in model.graph.initializers.values())
    return sum(tensor.nbytes for tensor in weights if tensor is not None)


def tidy(model: onnx_ir.Model) -> None:
    """Remove metadata: comments, stack traces and file names of the machine that wrote it."""
    model.doc_string = None
    model.metadata_props.clear()
    for graph in (model.graph, *model.functions.values()):
        graph.doc_string = None
        graph.metadata_props.clear()
        for value in (*graph.inputs, *getattr(graph, "initializers", {}).values()):
            value.doc_string = None
            value.metadata_props.clear()
        for node in graph.all_nodes():
            node.doc_string = None
            node.metadata_props.clear()
            for value in node.outputs:
                value.doc_string = None
                value.metadata_props.clear()
