"""HTTP messages that are wrong: the text of their JSON, their path and method, their lengths, or HTTP itself."""

from __future__ import annotations

import json
import random
import struct
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import bodies
from .target import Target


@dataclass(frozen=True)
class Message:
    """Bytes for one connection, and what is wrong with them.

    ``unfinished``: they promise more than they hold. ``may_close``: a server may close the connection without a
    word, for what it got is no HTTP.
    """

    kind: str
    raw: bytes
    unfinished: bool = False
    may_close: bool = False


_LITERALS = (
    *("nan", "0x10", "01", "+1", "1.", ".5", "1e", "True", "None", "undefined"),
    *("1_000", "1,5.", "--1", "1f", "b'1'", "'1'", "/* 1 */ 1", "1 // one"),
)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
Make = Callable[[Target, random.Random], Message | None]
_BINARY = "Inference-Header-Content-Length"


def messages(target: Target, count: int, seed: int) -> Iterator[Message]:
    """``count`` messages, no two the same, each kind as often as any other; the same ones for the same ``seed``."""
    rng = random.Random(seed)
    seen: set[bytes] = set()
    while len(seen) < count:
        for make in MAKERS:
            message = make(target, rng)
            if message and message.raw not in seen and len(seen) < count:
                seen.add(message.raw)
                yield message


def encoded(
    target: Target,
    body: bytes,
    *,
    method: str = "POST",
    path: str = "",
    headers: dict[str, str] | None = None,
    length: str | None = None,
) -> bytes:
    """An HTTP/1.1 message. ``path``: default, the model's own. ``length``: default, that of ``body``."""
    lines = [f"{method} {path or infer(target)} HTTP/1.1", "Host: model", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def infer(target: Target) -> str:
    """Where the model is asked."""
    return f"/v2/models/{target.name}/infer"


def _good(target: Target, rng: random.Random) -> bytes:
    return json.dumps(target.request(rng)).encode()


def _body(kind: bodies.Kind) -> Make:
    def make(target: Target, rng: random.Random) -> Message | None:
        made = kind(target, rng)
        if made is None:
            return None
        versions = [f"/v2/models/{target.name}/versions/{target.version}/infer"] if target.server.versions else []
        text = json.dumps(made[1], ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
        return Message(made[0], encoded(target, text, path=rng.choice([infer(target), *versions])))

    return make


def _cut_off(target: Target, rng: random.Random) -> Message:
    body = _good(target, rng)
    return Message("JSON: cut off", encoded(target, body[: rng.randrange(len(body))]))


def _a_bracket(target: Target, rng: random.Random) -> Message:
    body = _good(target, rng)
    while True:
        place = rng.randrange(len(body) + 1)
        text = body[:place] + rng.choice([b"{", b"}", b"[", b"]", b",", b":", b'"']) + body[place:]
        if not _parses(text):
            return Message("JSON: a bracket too many", encoded(target, text))


def _a_letter(target: Target, rng: random.Random) -> Message:
    body = _good(target, rng)
    while True:
        place = rng.randrange(len(body))
        text = body[:place] + bytes([rng.randrange(256)]) + body[place + 1 :]
        if not _parses(text):
            return Message("JSON: a byte replaced", encoded(target, text))


def _a_literal(target: Target, rng: random.Random) -> Message:
    """Values that other languages have and JSON hasn't."""
    body = target.request(rng)
    place = rng.randrange(len(target.inputs))
    tensor, known = body["inputs"][place], target.inputs[place]
    tensor["data"][rng.randrange(len(tensor["data"]))] = "<here>"
    # Both servers read them for floating-point numbers all the same; where a model names a range they are outside.
    lenient = known.datatype.startswith("FP") and known.low is None and known.high is None
    literal = rng.choice(_LITERALS if lenient else (*_LITERALS, *_NOT_FINITE))
    return Message(f"JSON: {literal}", encoded(target, json.dumps(body).replace('"<here>"', literal).encode()))


def _too_large_a_number(target: Target, rng: random.Random) -> Message | None:
    body = target.request(rng)
    tensors = [tensor for tensor in body["inputs"] if tensor["datatype"] in (*bodies.RANGES, "FP32", "FP64")]
    if not tensors:
        return None
    tensor = rng.choice(tensors)
    tensor["data"][rng.randrange(len(tensor["data"]))] = "<here>"
    number = rng.choice(["1e400", "-1e999", "1" + "0" * 400, f"1e{rng.randint(400, 10**6)}"])
    return Message(
        "JSON: a number out of all range", encoded(target, json.dumps(body).replace('"<here>"', number).encode())
    )


def _another_format(target: Target, rng: random.Random) -> Message:
    good = target.request(rng)
    text = json.dumps(good)
    made = {
        "nothing": b"",
        "blanks": b" " * rng.randint(1, 500),
        "two documents": (text + text).encode(),
        "something behind it": (text + rng.choice(["x", "]", "{}", ";", "null"])).encode(),
        "UTF-16": text.encode("utf-16"),
        "UTF-32": text.encode("utf-32"),
        "not UTF-8": text.encode().replace(b'"name": "', b'"name": "\xff\xfe'),
        "single quotes": str(good).replace("None", "null").encode(),
        "a comma too many": text.replace("]}", ",]}").encode(),
        "XML": b"<inputs><pixels>1</pixels></inputs>",
        "a form": urllib.parse.urlencode({"inputs": text}).encode(),
        "a pickle": b"\x80\x04\x95" + rng.randbytes(rng.randint(1, 200)),
        "an array file": b"\x93NUMPY\x01\x00" + rng.randbytes(rng.randint(1, 200)),
        "a compressed file": b"\x1f\x8b\x08" + rng.randbytes(rng.randint(1, 200)),
        "random bytes": rng.randbytes(rng.randint(1, 2000)),
        "unclosed brackets": rng.choice([b"[", b"{", b'{"inputs":[', b'{"a":']) * rng.choice([1, 10, 100, 500]),
    }
    name = rng.choice(sorted(made))
    return Message(f"body: {name}", encoded(target, made[name]))


def _path(target: Target, rng: random.Random) -> Message:
    name, good = target.name, _good(target, rng)
    number = rng.randrange(10**9)
    strange = urllib.parse.quote(rng.choice(["名前", "../..", " ", "%", "\0"]))
    version = rng.choice(["0", "2", "01x", "-1", "1.0", "latest", str(number), str(2**70)])
    paths = {
        "another model": f"/v2/models/{name}{number}/infer",
        "a model with a strange name": f"/v2/models/{strange}{number}/infer",
        "a model with a long name": f"/v2/models/{'m' * rng.randint(300, 3000)}/infer",
        "no model": rng.choice(["/v2/models//infer", "/v2/models/infer", "/v2/models", "/v2/infer"]),
        "another case": f"/v2/models/{name.upper()}_{number}/infer",
        "another protocol": f"/{rng.choice(['v3', 'V2', 'v2/v2', 'v'])}/models/{name}/infer",
        "more behind it": f"{infer(target)}/{number}",
        "another verb": f"/v2/models/{name}/{rng.choice(['predict', 'inferr', 'classify', 'train'])}{number}",
        "another version": f"/v2/models/{name}/versions/{version}/infer",
    }
    what = rng.choice(sorted(paths))
    return Message(f"path: {what}", encoded(target, good, path=paths[what]))


def _method(target: Target, rng: random.Random) -> Message | None:
    if not target.server.methods:
        return None
    method = rng.choice(["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"])
    return Message(f"method: {method}", encoded(target, _good(target, rng), method=method))


def _length(target: Target, rng: random.Random) -> Message:
    body = _good(target, rng)
    if rng.random() < 0.5:
        short = rng.randrange(1, len(body))
        return Message("Content-Length: too small", encoded(target, body, length=str(short)))
    more = len(body) + rng.randint(1, 500)
    return Message(
        "Content-Length: too large", encoded(target, body, length=str(more)), unfinished=True, may_close=True
    )


def _no_length(target: Target, rng: random.Random) -> Message:
    wrong = rng.choice(["-1", "x", "1e3", "0x10", "", "1 2", str(2**64), "+", "-" + str(rng.randrange(10**6))])
    return Message(f"Content-Length: {wrong[:6]}", encoded(target, _good(target, rng), length=wrong), True, True)


def _chunks(target: Target, rng: random.Random) -> Message:
    body = _good(target, rng)
    head = encoded(target, b"", length="0").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    wrong = rng.choice([b"zz\r\n" + body, b"-1\r\n" + body, b"fffffffffffffffff\r\n" + body, b"\r\n" + body])
    return Message("chunks: a size that is none", head + wrong + b"\r\n0\r\n\r\n", True, True)


def _no_http(target: Target, rng: random.Random) -> Message:
    body = _good(target, rng)
    lines = ["POST", f"POST {infer(target)}", f"POST {infer(target)} HTTP/x"]
    if target.server.methods:
        lines.append(f"BREW {infer(target)} HTTP/1.1")
    start = rng.choice([*lines, f"POST  HTTP/1.1 {infer(target)}", "\x16\x03\x01\x02\x00\x01", "PRI * HTTP/2.0"])
    end = f"\r\nHost: model\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    noise = rng.randbytes(8) if rng.random() < 0.2 else b""
    return Message("no HTTP", noise + start.encode("latin-1") + end + body, True, True)


def _compressed(target: Target, rng: random.Random) -> Message:
    encoding = rng.choice(["gzip", "deflate"])
    raw = encoded(target, _good(target, rng), headers={"Content-Encoding": encoding})
    return Message(f"Content-Encoding: {encoding} that is none", raw)


def _binary(target: Target, rng: random.Random) -> Message | None:
    """Triton's binary extension, with a length that is a lie."""
    body = target.request(rng)
    tensor, known = body["inputs"][-1], target.inputs[-1]
    if known.datatype not in _CODES:
        return None
    data = struct.pack(f"<{len(tensor['data'])}{_CODES[known.datatype]}", *tensor.pop("data"))
    tensor["parameters"] = {"binary_data_size": len(data)}
    text = json.dumps(body)
    size = len(data)
    sizes: list[Any] = [size - 1, size + 1, size * 2, 0, -1, -size, 2**31, 2**63, "x", None, str(size), 1.5, [], {}]
    lies: dict[str, Callable[[], tuple[str, bytes, str | None]]] = {
        "binary_data_size": lambda: (_sized(body, rng.choice(sizes)), data, None),
        "data too short": lambda: (text, data[: rng.randrange(size)], None),
        "data too long": lambda: (text, data + rng.randbytes(rng.randint(1, 99)), None),
        "no data": lambda: (text, b"", None),
        "header too small": lambda: (text, data, str(rng.randrange(len(text)))),
        "header too large": lambda: (text, data, str(len(text) + rng.randint(1, 10**6))),
        "header that is none": lambda: (text, data, rng.choice(["x", "-1", "1.5", "", str(2**70), "0x10"])),
    }
    what = rng.choice(sorted(lies))
    head, rest, length = lies[what]()
    headers = {_BINARY: str(len(head)) if length is None else length}
    return Message(f"binary: {what}", encoded(target, head.encode() + rest, headers=headers))


def _sized(body: dict[str, Any], size: Any) -> str:
    body["inputs"][-1]["parameters"]["binary_data_size"] = size
    return json.dumps(body)


def _parses(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_CODES = {"UINT8": "B", "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "FP32": "f", "FP64": "d", "BOOL": "?"}
MAKERS: tuple[Make, ...] = (
    *(_body(kind) for kind in bodies.KINDS),
    *(_cut_off, _a_bracket, _a_letter, _a_literal, _too_large_a_number, _another_format),
    *(_path, _method, _length, _no_length, _chunks, _no_http, _compressed, _binary),
)
