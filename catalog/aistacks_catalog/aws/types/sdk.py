"""What the Python SDK says of a resource type: its inputs, its outputs and which of them are computed.

The SDK's source is read as text, because importing a module of it takes seconds.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .output_types import conformed, empty

_PROPERTY = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?:(?!\n\n)[\s\S])*?def (\w+)\(self\) -> ([^\n]*):\n')
_FOLDERS = {"lambda": "lambda_"}


@dataclass(frozen=True)
class Output:
    """An output property. ``kind``: str, int, float, bool, list, map or object."""

    name: str
    kind: str
    optional: bool
    annotation: str = ""
    """Its type as the SDK's source has it."""


@dataclass(frozen=True)
class Shape:
    """A resource type's properties, by their names on the wire. Empty for a type that the SDK lacks."""

    inputs: frozenset[str]
    outputs: dict[str, Output]
    folder: Path | None = None
    """Of the SDK's module, where the types of its outputs are."""

    def computed(self, name: str) -> bool:
        """Whether AWS fills the property where the program leaves it out."""
        output = self.outputs.get(name)
        return output is not None and (name not in self.inputs or not output.optional)

    def cast(self, name: str, value: Any, *, whole: bool = False) -> Any:
        """``value`` in the type that the SDK gives ``name``, at any depth; None where it can't be one.

        AWS often answers numbers as text, one item as a list, and more members than the SDK declares. ``whole``: what
        an object inside must have is empty where AWS doesn't answer it.
        """
        output = self.outputs.get(name)
        if output is None or self.folder is None:
            return value
        return conformed(value, output.annotation, self.folder, whole=whole)


@functools.cache
def shape(token: str) -> Shape:
    """The shape of ``token``, such as ``aws:s3/bucket:Bucket``."""
    file = _file(token)
    if file is None:
        return Shape(frozenset(), {})
    text = file.read_text(encoding="utf-8")
    name = token.rsplit(":", 1)[-1]
    # Where a nested object is called `…Args` already, the resource's arguments are `…InitArgs`.
    args = _section(text, f"class {name}Args:", "\nclass ") or _section(text, f"class {name}InitArgs:", "\nclass ")
    body = _section(text, f"class {name}(pulumi.CustomResource):", "\nclass ")
    inputs = frozenset(wire or plain for wire, plain, _ in _PROPERTY.findall(args))
    outputs = {
        wire or plain: _output(wire or plain, kind)
        for wire, plain, kind in _PROPERTY.findall(body)
        if kind.startswith("pulumi.Output[")
    }
    return Shape(inputs, outputs, file.parent)


def typed_answer(token: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of the function ``token``, such as ``aws:ec2/getAmi:getAmi``, in the types that the SDK declares."""
    known, folder = _result(token)
    if folder is None:
        return answer
    typed = {name: conformed(answer.get(name), kind, folder, whole=True) for name, kind in known.items()}
    return {name: empty(kind) if typed[name] is None else typed[name] for name, kind in known.items()}


@functools.cache
def _result(token: str) -> tuple[dict[str, str], Path | None]:
    file = _file(token)
    if file is None:
        return {}, None
    name = token.rsplit(":", 1)[-1]
    body = _section(file.read_text(encoding="utf-8"), f"class {name[0].upper()}{name[1:]}Result:", "\nclass ")
    return {wire or plain: kind for wire, plain, kind in _PROPERTY.findall(body)}, file.parent


def _section(text: str, start: str, end: str) -> str:
    begin = text.find(f"\n{start}")
    if begin < 0:
        return ""
    stop = text.find(end, begin + 2)
    return text[begin : stop if stop > 0 else len(text)]


def _output(name: str, annotation: str) -> Output:
    whole = inner = annotation.removeprefix("pulumi.Output[").removesuffix("]")
    optional = inner.startswith("Optional[")
    inner = inner.removeprefix("Optional[")
    for prefix, kind in (("Sequence", "list"), ("Mapping", "map"), ("'outputs.", "object")):
        if inner.startswith(prefix):
            return Output(name, kind, optional, whole)
    found = re.match(r"_builtins\.(\w+)", inner)
    return Output(name, found.group(1) if found else "str", optional, whole)


@functools.cache
def _package() -> Path:
    spec = importlib.util.find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pulumi_aws isn't installed", name="pulumi_aws")
    return Path(spec.origin).parent


def _file(token: str) -> Path | None:
    parts = token.split(":")
    if len(parts) != 3 or "/" not in parts[1]:
        return None
    module, member = parts[1].split("/", 1)
    folder = _package() if module == "index" else _package() / _FOLDERS.get(module, module)
    snake = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", member).lower()
    for stem in (snake, member.lower(), re.sub(r"_(?=\w$)", "", snake)):
        file = folder / f"{stem}.py"
        if file.is_file():
            return file
    wanted = member.lower()
    matches = [file for file in folder.glob("*.py") if file.stem.replace("_", "") == wanted]
    return matches[0] if matches else None
