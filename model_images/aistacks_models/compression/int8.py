"""8-bit quantisation by ONNX Runtime: dynamic, or static by calibration."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..data import Arrays
from ..steps import DynamicInt8, StaticInt8
from . import onnx_io
from .context import Context, Impossible

_DYNAMIC = ("Attention", "Conv", "LSTM", "MatMul")
_LOOKUPS = ("EmbedLayerNormalization", "Gather")
"""Embedding lookups."""
_STATIC = (
    *("AveragePool", "Clip", "Concat", "Conv", "ConvTranspose", "Flatten", "Gather", "Gemm", "GlobalAveragePool"),
    *("LeakyRelu", "MatMul", "MaxPool", "Mul", "Pad", "Relu", "Reshape", "Resize", "Split", "Squeeze", "Transpose"),
    *("Add", "Unsqueeze"),
)
"""Matrix products and the operators between them. Softmax and norms stay in fp32: 8 bits are too coarse for them."""
_METHODS: Mapping[str, str] = {"minmax": "MinMax", "entropy": "Entropy", "percentile": "Percentile"}
_BATCH = 16


def dynamic(file_in: Path, file_out: Path, step: DynamicInt8, context: Context) -> None:
    """Weights in int8; the range of activations is computed at each run."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _prepared(file_in, file_out) as (prepared, made):
        quantize_dynamic(
            prepared,
            made,
            op_types_to_quantize=[*_DYNAMIC, *(_LOOKUPS if step.embeddings else ())],
            per_channel=step.per_channel,
            reduce_range=step.reduce_range,
            weight_type=QuantType.QInt8,
            use_external_data_format=_large(prepared),
        )
        _finish(made, file_out, context)


def static(file_in: Path, file_out: Path, step: StaticInt8, context: Context) -> None:
    """Weights and activations in int8, calibrated on rows of the training split (QDQ nodes)."""
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    with _prepared(file_in, file_out) as (prepared, made):
        quantize_static(
            prepared,
            made,
            _Reader(context, step.rows),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=sorted(_STATIC),
            per_channel=step.per_channel,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod[_METHODS[step.method]],
            use_external_data_format=_large(prepared),
        )
        _finish(made, file_out, context)


@contextmanager
def _prepared(file_in: Path, file_out: Path) -> Iterator[tuple[Path, Path]]:
    """``file_in`` with shapes inferred, and the path of the quantised file before it is normalised."""
    with tempfile.TemporaryDirectory(dir=file_out.parent) as folder:
        prepared, made = Path(folder) / "prepared.onnx", Path(folder) / "made.onnx"
        large = _large(file_in)
        try:
            # Symbolic inference knows ONNX Runtime's fused operators, but is limited to one protobuf of 2 GiB.
            _prepare(file_in, prepared, large, skip_symbolic=large)
        except Exception:  # noqa: BLE001 - it raises arbitrary errors where it can't infer a shape
            _prepare(file_in, prepared, large, skip_symbolic=True)
        yield prepared, made


def _prepare(file_in: Path, file_out: Path, large: bool, *, skip_symbolic: bool) -> None:
    from onnxruntime.quantization import quant_pre_process

    quant_pre_process(
        file_in,
        file_out,
        skip_symbolic_shape=skip_symbolic,
        auto_merge=True,
        save_as_external_data=large,
        all_tensors_to_one_file=large,
    )


def _finish(made: Path, file_out: Path, context: Context) -> None:
    import onnx_ir as ir

    model = ir.load(made)
    weights = (v.const_value for v in model.graph.initializers.values())
    bytes8 = (ir.DataType.INT8, ir.DataType.UINT8)
    found = [t for t in weights if t is not None and t.dtype in bytes8 and t.size > 1 and len(t.shape) > 1]
    if not found:
        raise Impossible("no operator of the graph has weights that int8 could hold")
    context.notes.append(f"{len(found)} weight tensors in int8")
    onnx_io.write(model, file_out)


def _large(file: Path) -> bool:
    return (file.parent / f"{file.name}.data").exists()


class _Reader:
    """Rows of the training split, spread over all of it, in batches: the protocol of a CalibrationDataReader."""

    def __init__(self, context: Context, rows: int) -> None:
        train = context.splits.train
        picked = np.random.default_rng(context.seed).permutation(len(train))[:rows]
        self._batches: Iterator[Arrays] = iter(
            [train.take(np.sort(picked[start : start + _BATCH])).inputs for start in range(0, len(picked), _BATCH)]
        )

    def get_next(self) -> Arrays | None:
        """The next batch."""
        return next(self._batches, None)
