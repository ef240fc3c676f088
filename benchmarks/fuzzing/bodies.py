"""Requests that are good JSON and wrong all the same: one thing in each, for any model.

Every function takes the target and a random generator and gives what is wrong, in words, and the body; ``None`` where
the model has nothing that could be wrong in that way. Left out is what Triton 2.51 reads leniently and answers rightly:
``parameters`` of another type, which it ignores, and a zero byte after the JSON, which ends it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from aistacks_models.tensors import Tensor

from .target import Target

Body = tuple[str, Any] | None
Kind = Callable[[Target, random.Random], Body]

DATATYPES = ("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64")
RANGES = {
    "UINT8": (0, 2**8 - 1),
    "INT8": (-(2**7), 2**7 - 1),
    "INT16": (-(2**15), 2**15 - 1),
    "INT32": (-(2**31), 2**31 - 1),
    "INT64": (-(2**63), 2**63 - 1),
}
_HARMLESS = 2**22
"""Values for which even a server that takes memory for whatever a shape says has enough."""
_OTHERS: dict[str, list[Any]] = {
    "null": [None],
    "a number": [0, 1, -1, 3.5, 2**53, 1e300],
    "a boolean": [True, False],
    "a string": ["", "x", "[1, 2]", "\u0000", "\U0001f9ea", "ﷺ" * 50],
    "an object": [{}, {"a": 1}, {"data": []}, {"": {"": {}}}],
    "a list": [[], [[]], [None], [[[[1]]]]],
}
_STRANGE = ("", " ", "x" * 5000, "../../etc/passwd", "%s%n", "\u202e", "\ud800", "ﬁ", "名前", "'; --", "\x00", "\n")


def _other(rng: random.Random, *but: str) -> tuple[str, Any]:
    """A value of another JSON type than those in ``but``."""
    kind = rng.choice([kind for kind in _OTHERS if kind not in but])
    return kind, rng.choice(_OTHERS[kind])


def _one(target: Target, rng: random.Random) -> tuple[dict[str, Any], dict[str, Any], Tensor]:
    """A good request, one of its inputs, and what the model says of it."""
    body = target.request(rng)
    place = rng.randrange(len(target.inputs))
    return body, body["inputs"][place], target.inputs[place]


def not_an_object(_: Target, rng: random.Random) -> Body:
    kind, body = _other(rng, "an object")
    return f"the body is {kind}", body


def no_inputs(target: Target, rng: random.Random) -> Body:
    body = target.request(rng)
    del body["inputs"]
    return "no inputs", body | rng.choice([{}, {"id": "1"}, {"instances": []}, {"Inputs": []}, {"input": []}])


def inputs_of_another_type(target: Target, rng: random.Random) -> Body:
    kind, value = _other(rng, "a list")
    return f"inputs: {kind}", target.request(rng) | {"inputs": value}


def inputs_empty(target: Target, rng: random.Random) -> Body:
    return "inputs: an empty list", target.request(rng) | {"inputs": []}


def an_input_of_another_type(target: Target, rng: random.Random) -> Body:
    body = target.request(rng)
    kind, value = _other(rng, "an object")
    body["inputs"][rng.randrange(len(body["inputs"]))] = value
    return f"an input: {kind}", body


def an_input_more(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    name = rng.choice(_STRANGE[2:]) if rng.random() < 0.3 else f"extra_{rng.randrange(10**6)}"
    body["inputs"].insert(rng.randrange(len(body["inputs"]) + 1), tensor | {"name": name})
    return "an input that the model doesn't have", body


def an_input_less(target: Target, rng: random.Random) -> Body:
    body = target.request(rng)
    if len(body["inputs"]) == 1:
        return None
    body["inputs"].pop(rng.randrange(len(body["inputs"])))
    return "an input is missing", body


def an_input_twice(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    body["inputs"].append(dict(tensor))
    return "an input twice", body


def a_field_less(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    field = rng.choice(["name", "datatype", "shape", "data"])
    del tensor[field]
    return f"an input without its {field}", body


def a_field_of_another_type(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    field, right = rng.choice([("name", "a string"), ("datatype", "a string"), ("shape", "a list"), ("data", "a list")])
    kind, value = _other(rng, right)
    tensor[field] = value
    return f"{field}: {kind}", body


def name_unknown(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    name = tensor["name"]
    tensor["name"] = rng.choice([*_STRANGE, f"{name} ", f" {name}", f"{name}{rng.randrange(10**6)}", f"{name}\u200b"])
    return "name: unknown", body


def datatype_of_another_tensor(target: Target, rng: random.Random) -> Body:
    body, tensor, known = _one(target, rng)
    tensor["datatype"] = rng.choice([datatype for datatype in DATATYPES if datatype != known.datatype])
    return f"datatype: {tensor['datatype']}", body


def datatype_unknown(target: Target, rng: random.Random) -> Body:
    body, tensor, known = _one(target, rng)
    made = [
        f"TYPE_{known.datatype}",
        known.datatype.lower(),
        f"{known.datatype} ",
        f"FP{rng.randint(65, 999)}",
        "float",
    ]
    tensor["datatype"] = rng.choice([*made, *_STRANGE])
    return "datatype: unknown", body


def rank(target: Target, rng: random.Random) -> Body:
    body, tensor, known = _one(target, rng)
    shape = tensor["shape"]
    more = [[1, *shape], [*shape, 1], [*shape, 1, 1], [1] * 40 + shape]
    tensor["shape"] = rng.choice([*more, *([shape[:-1], [math.prod(shape)]] if known.shape else []), []])
    return "shape: another rank", body


def a_size(target: Target, rng: random.Random) -> Body:
    body, tensor, known = _one(target, rng)
    fixed = [i + 1 for i, size in enumerate(known.shape) if size >= 0]
    if not fixed:
        return None
    place = rng.choice(fixed)
    tensor["shape"][place] = _unlike(rng, tensor["shape"][place])
    tensor["data"] = [_value(known, rng) for _ in range(min(math.prod(tensor["shape"]), 10**5))]
    return "shape: another fixed size", body


def a_size_that_is_none(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    place = rng.randrange(len(tensor["shape"]))
    bad = [-1, -rng.randint(2, 2**40), 1.5, "1", None, [1], {}, True, 2**64, -(2**63), 1e30, "\u0661"]
    tensor["shape"][place] = rng.choice(bad)
    return f"shape: {type(tensor['shape'][place]).__name__} where a size stands", body


def a_size_that_is_huge(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    place = rng.randrange(len(tensor["shape"]))
    rest = math.prod(tensor["shape"]) // tensor["shape"][place]
    huge = [2**20, 2**31 - 1, 2**31, 2**32, 2**32 + 1, 2**62, 2**63 - 1, 2**63, 10**12]
    harmless = [_HARMLESS // rest - rng.randrange(999)]
    tensor["shape"][place] = rng.choice(huge if target.server.bounded else harmless)
    return "shape: a huge size", body


def sizes_that_overflow(target: Target, rng: random.Random) -> Body:
    if not target.server.bounded:
        return None
    body, tensor, _ = _one(target, rng)
    tensor["shape"] = [rng.choice([2**16, 2**32, 2**33, 2**62, 2**63 - 1]) for _ in tensor["shape"]]
    return "shape: a product that overflows", body


def no_rows(target: Target, rng: random.Random) -> Body:
    body = target.request(rng)
    for tensor in body["inputs"]:
        tensor["shape"][0], tensor["data"] = 0, rng.choice([[], [], [[]]])
    return "no rows", body


def too_many_rows(target: Target, rng: random.Random) -> Body:
    count = target.max_batch_size + rng.choice([1, 2, target.max_batch_size, rng.randint(1, 200)])
    body = target.request(rng, most=1)
    for tensor in body["inputs"]:
        tensor["shape"][0], tensor["data"] = count, tensor["data"] * count
    return "more rows than the model takes", body


def rows_that_differ(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    if len(body["inputs"]) == 1 or tensor["shape"][0] == target.max_batch_size:
        return None
    row = len(tensor["data"]) // tensor["shape"][0]
    tensor["shape"][0] += 1
    tensor["data"] = tensor["data"] + tensor["data"][:row]
    return "inputs with different numbers of rows", body


def too_few_values(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    tensor["data"] = tensor["data"][: rng.randrange(len(tensor["data"]))]
    return "data: too few values", body


def too_many_values(target: Target, rng: random.Random) -> Body:
    body, tensor, known = _one(target, rng)
    tensor["data"] = tensor["data"] + [_value(known, rng) for _ in range(rng.choice([1, 2, rng.randint(1, 5000)]))]
    return "data: too many values", body


def a_value_of_another_type(target: Target, rng: random.Random) -> Body:
    body, tensor, known = _one(target, rng)
    right = {"BOOL": "a boolean", "BYTES": "a string"}.get(known.datatype, "a number")
    # A list in a list may be no more than another nesting of the same values.
    kind, value = _other(rng, right, "a list")
    tensor["data"][rng.randrange(len(tensor["data"]))] = value
    return f"data: {kind} among the values", body


def a_value_out_of_its_type(target: Target, rng: random.Random) -> Body:
    body, tensor, known = _one(target, rng)
    if known.datatype not in RANGES:
        return None
    low, high = RANGES[known.datatype]
    wrong = [
        low - 1,
        high + 1,
        high + rng.randint(1, 1000),
        low - rng.randint(1, 1000),
        2**70,
        -(2**70),
        1e30,
        0.5,
        1.25,
    ]
    tensor["data"][rng.randrange(len(tensor["data"]))] = rng.choice(wrong)
    return f"data: a value that {known.datatype} can't hold", body


def a_value_out_of_range(target: Target, rng: random.Random) -> Body:
    body, tensor, known = _one(target, rng)
    low, high = known.low, known.high
    # Triton's warm-ups run on zeros, so it can hold no one to a range without 0.
    if (low is None and high is None) or not (low or 0) <= 0 <= (0 if high is None else high):
        return None
    least, most = RANGES.get(known.datatype, (-1e30, 1e30))
    below = [] if low is None else [low - 1, low - rng.randint(1, 10**6), least]
    above = [] if high is None else [high + 1, high + rng.randint(1, 10**6), most]
    convert = int if known.datatype in RANGES else float
    wrong = [value for value in [*below, *above] if least <= value <= most and not _inside(value, low, high)]
    tensor["data"][rng.randrange(len(tensor["data"]))] = convert(rng.choice(wrong))
    return "data: a value that the model isn't meant for", body


def data_too_deep(target: Target, rng: random.Random) -> Body:
    body, tensor, _ = _one(target, rng)
    data: Any = []
    for _ in range(rng.choice([3, 10, 64, 300])):
        data = [data]
    tensor["data"] = data
    return "data: lists in lists and no value", body


def outputs_of_another_type(target: Target, rng: random.Random) -> Body:
    kind, value = _other(rng, "a list", "null")
    return f"outputs: {kind}", target.request(rng) | {"outputs": value}


def an_output_of_another_type(target: Target, rng: random.Random) -> Body:
    kind, value = _other(rng, "an object")
    return f"an output: {kind}", target.request(rng) | {"outputs": [value]}


def an_output_unknown(target: Target, rng: random.Random) -> Body:
    name = rng.choice([*_STRANGE, f"extra_{rng.randrange(10**6)}", target.inputs[0].name])
    good = {"name": target.outputs[0].name}
    return "an output that the model doesn't have", target.request(rng) | {
        "outputs": rng.choice([[{"name": name}], [good, {"name": name}], [{"name": name}, good]])
    }


def an_output_without_its_name(target: Target, rng: random.Random) -> Body:
    value = rng.choice([{}, {"Name": target.outputs[0].name}, {"parameters": {}}])
    return "an output without its name", target.request(rng) | {"outputs": [value]}


def an_output_whose_name_is_no_string(target: Target, rng: random.Random) -> Body:
    kind, value = _other(rng, "a string")
    return f"an output's name: {kind}", target.request(rng) | {"outputs": [{"name": value}]}


def _inside(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _unlike(rng: random.Random, size: int) -> int:
    return rng.choice(
        [other for other in (size + 1, size * 2, size - 1, rng.randint(1, 999), 1) if other not in (0, size)]
    )


def _value(tensor: Tensor, rng: random.Random) -> Any:
    if tensor.datatype == "BOOL":
        return rng.random() < 0.5
    if tensor.datatype == "BYTES":
        return "x" * rng.randint(0, 5)
    low, high = tensor.low or 0, tensor.high if tensor.high is not None else 1
    return rng.uniform(low, high) if tensor.datatype.startswith("FP") else rng.randint(int(low), int(high))


KINDS: tuple[Kind, ...] = (
    *(not_an_object, no_inputs, inputs_of_another_type, inputs_empty, an_input_of_another_type, an_input_more),
    *(an_input_less, an_input_twice, a_field_less, a_field_of_another_type, name_unknown),
    *(datatype_of_another_tensor, datatype_unknown, rank, a_size, a_size_that_is_none, a_size_that_is_huge),
    *(sizes_that_overflow, no_rows, too_many_rows, rows_that_differ, too_few_values, too_many_values),
    *(a_value_of_another_type, a_value_out_of_its_type, a_value_out_of_range, data_too_deep),
    *(outputs_of_another_type, an_output_of_another_type, an_output_unknown, an_output_without_its_name),
    an_output_whose_name_is_no_string,
)
