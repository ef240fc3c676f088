"""Malformed requests of the Open Inference Protocol, each a valid one with a single fault."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

Request = dict[str, Any]


def http_bodies(right: Request, limit: int) -> Iterator[tuple[str, bytes]]:
    """The fault, and the body of a POST. ``right``: valid, of one row; ``limit``: the model's ``max_batch_size``."""
    whole = json.dumps(right).encode()
    yield "no JSON", b"{inputs: nothing}"
    yield "JSON cut off", whole[:-2]
    yield "an empty body", b""
    yield "JSON that is a list", b"[1, 2]"
    yield "no inputs at all", b"{}"
    yield "bytes that are no text", b"\xff\xfe" + whole
    text = _changed(right, data=["one"] * len(right["inputs"][0]["data"]))
    yield "words for numbers", json.dumps(text).encode()
    yield "an output that isn't there", json.dumps(right | {"outputs": [{"name": "nobody"}]}).encode()
    for sent, request in grpc_requests(right, limit):
        yield sent, json.dumps(request).encode()


def grpc_requests(right: Request, limit: int) -> Iterator[tuple[str, Request]]:
    """The fault, and a request that a gRPC message can still represent."""
    first = right["inputs"][0]
    yield "an input that isn't there", _changed(right, name="nobody")
    yield "an input too few", right | {"inputs": right["inputs"][1:]}
    yield "a rank too many", _changed(right, shape=[*first["shape"], 1])
    yield "a value too few", _changed(right, data=first["data"][:-1])
    yield "a value too many", _changed(right, data=[*first["data"], first["data"][0]])
    yield "another datatype", _changed(right, datatype="FP64" if first["datatype"] != "FP64" else "FP32")
    yield "more rows than a batch holds", right | {"inputs": [_repeated(one, limit + 1) for one in right["inputs"]]}
    yield (
        "no rows",
        right | {"inputs": [one | {"shape": [0, *one["shape"][1:]], "data": []} for one in right["inputs"]]},
    )
    if len(right["inputs"]) > 1:
        yield "inputs of different rows", right | {"inputs": [_repeated(first, 2), *right["inputs"][1:]]}


def _changed(right: Request, **fields: Any) -> Request:
    wrong = copy.deepcopy(right)
    wrong["inputs"][0] |= fields
    return wrong


def _repeated(tensor: dict[str, Any], rows: int) -> dict[str, Any]:
    return tensor | {"shape": [rows, *tensor["shape"][1:]], "data": tensor["data"] * rows}
