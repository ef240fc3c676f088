"""Block-wise 4- or 8-bit weights, activations unchanged (ONNX Runtime's MatMulNBits)."""

from __future__ import annotations

from pathlib import Path

from ..steps import WeightOnly
from . import onnx_io
from .context import Context, Impossible


def quantize(file_in: Path, file_out: Path, step: WeightOnly, context: Context) -> None:
    """Replace each product with a constant matrix by one with quantised blocks and a scale for each.

    Raises `Impossible` for a graph without such a product: convolutions and embedding tables stay unchanged.
    """
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
    from onnxruntime.quantization.onnx_model import ONNXModel

    model = ONNXModel(onnx.load(file_in))
    model.replace_gemm_with_matmul()
    quantizer = MatMulNBitsQuantizer(
        model.model,
        bits=step.bits,
        block_size=step.block,
        is_symmetric=True,
        # Activations in int8 inside the product: the fast kernels (ContribOperators.md, MatMulNBits, 2026-11-27).
        accuracy_level=4,
    )
    quantizer.process()
    made: onnx.ModelProto = quantizer.model.model
    products = sum(node.op_type == "MatMulNBits" for node in made.graph.node)
    if not products:
        raise Impossible("no product with a constant matrix, the only operator that can be quantised block-wise")
    context.notes.append(f"{products} products with {step.bits}-bit weights in blocks of {step.block}")
    onnx_io.write(made, file_out)
