"""Exports a network: as ONNX, or as a torch.export program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import training
from ..steps import Export
from ..trained import served
from . import onnx_io
from .context import Context, Impossible

if TYPE_CHECKING:
    import onnx_ir
    import torch
    from torch import nn

    from ..model import Model
    from ..tensors import Tensor


def to_onnx(network: nn.Module, file: Path, step: Export, context: Context) -> None:
    """Write ``network`` with its head as ONNX, for any number of rows, with the names the model declares."""
    import torch

    model = context.model
    program = torch.onnx.export(
        capture(network, context),
        (),
        dynamo=True,
        input_names=[tensor.name for tensor in model.inputs],
        output_names=[tensor.name for tensor in model.outputs],
        opset_version=step.opset,
        verbose=False,
    )
    if program is None:
        raise Impossible("torch.onnx gave no program")
    free_names(program.model, model)
    name_sizes(program.model, model)
    onnx_io.write(program.model, file)


def to_program(network: nn.Module, file: Path, context: Context) -> None:
    """Write ``network`` with its head as a ``.pt2``, which `torch.export.load` reads."""
    import torch

    program = capture(network, context)
    # Strip what isn't needed later: paths of this machine, and example rows as a pickle.
    graphs = [part.graph for part in program.graph_module.modules() if isinstance(part, torch.fx.GraphModule)]
    for node in (node for graph in graphs for node in graph.nodes):
        for key in ("stack_trace", "nn_module_stack", "source_fn_stack", "from_node"):
            node.meta.pop(key, None)
    program.example_inputs = None
    torch.export.save(program, file)


def capture(network: nn.Module, context: Context) -> torch.export.ExportedProgram:
    """``network`` and its head as an exported program, with the batch and the model's dynamic dimensions open."""
    import torch

    model = context.model
    open_ = torch.export.Dim.DYNAMIC
    # Two rows, as torch.export specialises a dimension of size 1.
    rows = training.tensors(model, context.splits.train.take(slice(0, 2)))
    sizes = tuple({axis: open_ for axis, n in enumerate((-1, *tensor.shape)) if n == -1} for tensor in model.inputs)
    with torch.no_grad():
        return torch.export.export(served(model, network), rows, dynamic_shapes=(sizes,))


def free_names(graph: onnx_ir.Model, model: Model) -> None:
    """Rename internal values that have the name of an input or output, for example an ``embedding``."""
    taken = {tensor.name for tensor in (*model.inputs, *model.outputs)}
    for value in list(graph.graph.initializers.values()):
        if value.name in taken:
            del graph.graph.initializers[value.name]
            value.name = f"{value.name}_inside"
            graph.graph.register_initializer(value)
    for node in graph.graph.all_nodes():
        for value in node.outputs:
            if value.name in taken and not value.is_graph_output():
                value.name = f"{value.name}_inside"


def name_sizes(graph: onnx_ir.Model, model: Model) -> None:
    """Name the batch dimension ``batch`` and other dynamic ones ``<tensor>_<axis>``; set the fixed ones as declared."""
    import onnx_ir as ir

    names: dict[str, str] = {}
    for value, tensor in _pairs(graph, model):
        if value.shape is None or len(value.shape) != len(tensor.shape) + 1:
            raise Impossible(f"{tensor.name} has shape {value.shape} in the graph; declared is (rows, *{tensor.shape})")
        for axis, size in enumerate(value.shape):
            if isinstance(size, ir.SymbolicDim) and size.value and re.fullmatch(r"\w+", str(size.value)):
                names.setdefault(str(size.value), "batch" if axis == 0 else f"{tensor.name}_{axis}")
    for value, tensor in _pairs(graph, model):
        sizes: list[int | str | None] = ["batch"]
        for size, declared in zip(list(value.shape)[1:], tensor.shape, strict=True):
            sizes.append(names.get(str(getattr(size, "value", size))) if declared == -1 else declared)
        value.shape = ir.Shape(sizes)
    # Internal values refer to the old names: drop their shapes, which can be inferred again.
    for node in graph.graph.all_nodes():
        for value in node.outputs:
            if not value.is_graph_output():
                value.shape = None


def _pairs(graph: onnx_ir.Model, model: Model) -> list[tuple[Any, Tensor]]:
    inputs = zip(graph.graph.inputs, model.inputs, strict=True)
    return [*inputs, *zip(graph.graph.outputs, model.outputs, strict=True)]
