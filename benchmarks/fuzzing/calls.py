"""gRPC calls that are wrong: names, datatypes, shapes, lengths of raw bytes, or the message itself.

Messages are made by tritonclient's own classes, so this module works in the models environment only.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import bodies
from .target import Target


@dataclass(frozen=True)
class Call:
    """A method of the service, the bytes of its request, and what is wrong with them."""

    kind: str
    method: str
    raw: bytes


Make = Callable[[Target, random.Random], tuple[str, Any] | None]
_CODES = {"UINT8": "B", "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "FP32": "f", "FP64": "d", "BOOL": "?"}
_CONTENTS = {
    "BOOL": "bool_contents",
    **dict.fromkeys(("INT8", "INT16", "INT32"), "int_contents"),
    "UINT8": "uint_contents",
    "INT64": "int64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


def calls(target: Target, count: int, seed: int) -> Iterator[Call]:
    """``count`` calls, no two the same, each kind as often as any other; the same ones for the same ``seed``."""
    rng = random.Random(seed)
    seen: set[bytes] = set()
    while len(seen) < count:
        for make in MAKERS:
            made = make(target, rng)
            if made is None:
                continue
            kind, request = made
            if isinstance(request, bytes):
                raw = request
            else:
                request.id = f"{rng.randrange(10**9)}"
                raw = request.SerializeToString()
            if raw not in seen and len(seen) < count:
                seen.add(raw)
                yield Call(kind, "ModelInfer", raw)


def good(target: Target, rng: random.Random, most: int = 3) -> Any:
    """A call that the model answers, as a ``ModelInferRequest``."""
    return request(target, target.request(rng, most), raw=target.server.raw and rng.random() < 0.5)


def request(target: Target, body: dict[str, Any], *, raw: bool) -> Any:
    """The call that sends what ``body`` sends over HTTP. ``raw``: as bytes."""
    from tritonclient.grpc import service_pb2

    made = service_pb2.ModelInferRequest(model_name=target.name)
    for tensor, known in zip(body["inputs"], target.inputs, strict=True):
        sent = made.inputs.add(name=tensor["name"], datatype=tensor["datatype"], shape=tensor["shape"])
        if raw and known.datatype in _CODES:
            made.raw_input_contents.append(packed(known.datatype, tensor["data"]))
        else:
            values = [v.encode() if isinstance(v, str) else v for v in tensor["data"]]
            getattr(sent.contents, _CONTENTS[known.datatype]).extend(values)
    return made


def packed(datatype: str, values: list[Any]) -> bytes:
    """The values' bytes, little-endian."""
    return struct.pack(f"<{len(values)}{_CODES[datatype]}", *values)


def _raw(target: Target, rng: random.Random) -> Any:
    """A good call with raw bytes; ``None`` where the server or the model has none."""
    if not target.server.raw or any(tensor.datatype not in _CODES for tensor in target.inputs):
        return None
    return request(target, target.request(rng), raw=True)


def _model(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = good(target, rng)
    made.model_name = rng.choice(["", f"{target.name}{rng.randrange(10**6)}", "名前", "m" * 5000, "../..", " "])
    return "another model", made


def _version(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = good(target, rng)
    made.model_version = rng.choice(["0", "2", "-1", "x", str(2**70), f"{rng.randrange(2, 10**6)}", "latest", "v1"])
    return "another version", made


def _no_inputs(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = good(target, rng)
    del made.inputs[:]
    if rng.random() < 0.5:
        del made.raw_input_contents[:]
    return "no inputs", made


def _one_more(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = good(target, rng)
    more = made.inputs.add()
    more.CopyFrom(made.inputs[0])
    twice = rng.random() < 0.5
    if not twice:
        more.name = f"extra_{rng.randrange(10**6)}"
    if made.raw_input_contents:
        made.raw_input_contents.append(made.raw_input_contents[0])
    return "an input twice" if twice else "an input that the model doesn't have", made


def _input_name(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = good(target, rng)
    made.inputs[0].name = rng.choice(["", " ", f"{target.inputs[0].name}_", "名前", "x" * 5000, "\x00"])
    return "an input's name", made


def _datatype(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = good(target, rng)
    known = target.inputs[0].datatype
    others = [datatype for datatype in bodies.DATATYPES if datatype != known]
    made.inputs[0].datatype = rng.choice([*others, "BF16", "", known.lower(), f"TYPE_{known}", "名前", "x" * 500])
    return "another datatype", made


def _shape(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = good(target, rng)
    shape = list(made.inputs[0].shape)
    place = rng.randrange(len(shape))
    sizes = [-1, -(2**63), 2**63 - 1, 2**62, 2**31, 2**32, 10**12, shape[place] + rng.randint(1, 999), -2]
    wrong = rng.choice([[], [1, *shape], [*shape, 1], [*shape[:place], rng.choice(sizes), *shape[place + 1 :]]])
    del made.inputs[0].shape[:]
    made.inputs[0].shape.extend(wrong)
    return "another shape", made


def _no_rows(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = good(target, rng)
    for place, tensor in enumerate(made.inputs):
        tensor.shape[0] = 0
        tensor.ClearField("contents")
        if made.raw_input_contents:
            made.raw_input_contents[place] = b""
    return "no rows", made


def _too_many_rows(target: Target, rng: random.Random) -> tuple[str, Any]:
    count = target.max_batch_size + rng.randint(1, 64)
    body = target.request(rng, most=1)
    for tensor in body["inputs"]:
        tensor["shape"][0], tensor["data"] = count, tensor["data"] * count
    return "more rows than the model takes", request(target, body, raw=target.server.raw)


def _raw_length(target: Target, rng: random.Random) -> tuple[str, Any] | None:
    made = _raw(target, rng)
    if made is None:
        return None
    data = made.raw_input_contents[0]
    short, more = data[: rng.randrange(len(data))], data + rng.randbytes(rng.randint(1, 500))
    made.raw_input_contents[0] = rng.choice([short, more])
    return "raw bytes: another length", made


def _raw_count(target: Target, rng: random.Random) -> tuple[str, Any] | None:
    made = _raw(target, rng)
    if made is None:
        return None
    # Fewer only: what is too much Triton never looks at (`InferGRPCToInput` at e1db8a6, read 2026-11-27), and answers.
    made.raw_input_contents.pop()
    return "raw bytes: a tensor less", made


def _raw_and_typed(target: Target, rng: random.Random) -> tuple[str, Any] | None:
    made = _raw(target, rng)
    if made is None:
        return None
    made.inputs[0].contents.fp32_contents.extend([1.0] * rng.randint(1, 5))
    return "raw bytes and typed contents", made


def _contents(target: Target, rng: random.Random) -> tuple[str, Any]:
    made = request(target, target.request(rng), raw=False)
    tensor, right = made.inputs[0], _CONTENTS[target.inputs[0].datatype]
    count = len(getattr(tensor.contents, right))
    what = rng.choice(["none", "fewer values", "more values", "of another type"])
    if what == "more values":
        getattr(tensor.contents, right).extend(getattr(tensor.contents, right)[:1] * rng.randint(1, 99))
    else:
        keep = list(getattr(tensor.contents, right))[: rng.randrange(count)] if what == "fewer values" else []
        tensor.ClearField("contents")
        getattr(tensor.contents, right).extend(keep)
    if what == "of another type":
        other = rng.choice([name for name in _CONTENTS.values() if name != right])
        getattr(tensor.contents, other).extend([b"1" if other == "bytes_contents" else 1] * count)
    return f"contents: {what}", made


def _id_out_of_range(target: Target, rng: random.Random) -> tuple[str, Any] | None:
    made = bodies.a_value_out_of_range(target, rng)
    return made and (made[0], request(target, made[1], raw=target.server.raw and rng.random() < 0.5))


def _output(target: Target, rng: random.Random) -> tuple[str, Any] | None:
    if not target.server.raw:  # TorchServe's front end drops the outputs that a call names
        return None
    made = good(target, rng)
    made.outputs.add(name=rng.choice(["", f"extra_{rng.randrange(10**6)}", "名前", target.inputs[0].name]))
    return "an output that the model doesn't have", made


def _shared_memory(target: Target, rng: random.Random) -> tuple[str, Any] | None:
    made = _raw(target, rng)
    if made is None:
        return None
    del made.raw_input_contents[:]
    made.inputs[0].parameters["shared_memory_region"].string_param = f"region{rng.randrange(10**6)}"
    made.inputs[0].parameters["shared_memory_byte_size"].int64_param = rng.choice([-1, 0, 256, 2**62])
    return "a region of shared memory that isn't there", made


def _cut_off(target: Target, rng: random.Random) -> tuple[str, Any]:
    raw = good(target, rng).SerializeToString()
    while True:
        cut = raw[: rng.randrange(1, len(raw))]
        if not _parses(cut):
            return "a message that is cut off", cut


def _noise(_: Target, rng: random.Random) -> tuple[str, Any]:
    return "random bytes", rng.randbytes(rng.randint(1, 500))


def _parses(raw: bytes) -> bool:
    from google.protobuf.message import DecodeError
    from tritonclient.grpc import service_pb2

    try:
        service_pb2.ModelInferRequest.FromString(raw)
    except DecodeError:
        return False
    return True


MAKERS: tuple[Make, ...] = (
    *(_model, _version, _no_inputs, _one_more, _input_name, _datatype, _shape, _no_rows, _too_many_rows),
    *(_raw_length, _raw_count, _raw_and_typed, _contents, _id_out_of_range, _output, _shared_memory, _cut_off, _noise),
)
