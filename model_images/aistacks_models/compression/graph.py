"""ONNX Runtime's graph optimisation, saved in the file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..steps import OptimizeGraph
from . import onnx_io
from .context import Context


def optimize(file_in: Path, file_out: Path, step: OptimizeGraph, context: Context) -> None:
    """Fold, simplify, and fuse a transformer's blocks where ``step`` names its kind.

    Only ONNX Runtime's basic level, which is portable and readable by later steps. Optimisations that depend on the
    processor (layouts such as NCHWc, fused activations) are applied when the file is loaded.
    """
    with tempfile.TemporaryDirectory(dir=file_out.parent) as folder:
        basic = Path(folder) / file_in.name
        _basic(file_in, basic)
        if not step.model_type:
            onnx_io.rewrite(basic, file_out)
            return
        from onnxruntime.transformers.fusion_options import AttentionMaskFormat, FusionOptions
        from onnxruntime.transformers.optimizer import optimize_model

        if not step.heads:
            _spell_heads(basic)
        options = FusionOptions(step.model_type)
        if options.attention_mask_format == AttentionMaskFormat.MaskIndexEnd:
            # The default keeps only the number of ones, which is wrong for a mask with zeros in the middle.
            options.use_raw_attention_mask()
        fused = optimize_model(
            str(basic),
            model_type=step.model_type,
            num_heads=step.heads,
            hidden_size=step.hidden,
            optimization_options=options,
            opt_level=0,
        )
        counts = {name: n for name, n in fused.get_fused_operator_statistics().items() if n}
        context.notes.append("fused: " + (", ".join(f"{n} {name}" for name, n in counts.items()) or "nothing"))
        onnx_io.write(fused.model, file_out)


def _basic(file_in: Path, file_out: Path) -> None:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(file_out)
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    if (file_in.parent / f"{file_in.name}.data").exists():
        name = "session.optimized_model_external_initializers_file_name"
        options.add_session_config_entry(name, f"{file_out.name}.data")
    ort.InferenceSession(file_in, options, providers=["CPUExecutionProvider"])


def _spell_heads(file: Path) -> None:
    """Set the number of heads in each layer's reshape, where torch leaves it to be inferred (-1).

    The fusion of attention reads it there (onnxruntime/transformers/fusion_attention.py of 1.32, read 2026-11-27), and
    pruned layers may have different numbers.
    """
    import numpy as np
    import onnx_ir as ir
    from onnx_ir.passes.common import ShapeInferencePass

    model = ir.load(file)
    ShapeInferencePass()(model)
    for node in [node for node in model.graph if node.op_type == "Reshape"]:
        data, shape = node.inputs[:2]
        concat = shape.producer() if shape else None
        if concat is None or concat.op_type != "Concat" or len(concat.inputs) != 4 or data is None or not data.shape:
            continue
        heads, each = (ir.convenience.get_const_tensor(value) for value in concat.inputs[2:] if value)
        width = data.shape[-1]
        if heads is None or each is None or not isinstance(width, int) or heads.numpy().tolist() != [-1]:
            continue
        name = f"{node.outputs[0].name}_heads"
        number = ir.Value(name=name, const_value=ir.tensor(np.array([width // each.numpy().item()]), name=name))
        model.graph.register_initializer(number)
        spelt = ir.node("Concat", [*concat.inputs[:2], number, concat.inputs[3]], {"axis": 0})
        spelt.outputs[0].name = f"{name}_shape"
        model.graph.insert_before(node, spelt)
        node.replace_input_with(1, spelt.outputs[0])
    onnx_io.write(model, file)
