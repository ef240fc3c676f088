"""Generates the typed Python client of one model: a single file that needs the standard library only."""

from __future__ import annotations

import ast
import json
import keyword
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..tensors import Tensor
from . import elements, runtime

_HERE = Path(__file__).parent
_PYTHON = {"BOOL": "bool", "BYTES": "str", "FP32": "float", "FP64": "float"}
_CONSTANTS = ("CLASSES", "MAX_BATCH_SIZE", "MODEL_NAME", "MODEL_VERSION")
_TAKEN = frozenset({"self", "timeout"})


@dataclass(frozen=True)
class _Field:
    """A tensor as the template expects it."""

    word: str
    words: str
    given: str
    answered: str
    source: str


def client(
    name: str,
    version: str,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    max_batch_size: int,
    *,
    task: str = "",
    classes: Sequence[str] = (),
) -> str:
    """The source of a module with ``<Name>Client`` and ``<Name>Answer``. See `write` for the arguments.

    Raises `UserError` for a tensor that can't be written as JSON.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python, not HTML; what comes from a model is quoted or a checked name
    )
    environment.filters["quoted"] = _quoted
    imports, text = _runtime()
    noun = _noun(name)
    return environment.get_template("client.py.jinja").render(
        name=name,
        version=version,
        noun=noun,
        task=" ".join(task.replace("\\", "/").replace('"', "'").split()),
        batch=max_batch_size,
        classes=list(classes),
        inputs=_fields(elements.on_the_wire(inputs)),
        outputs=_fields(elements.on_the_wire(outputs)),
        imports=imports,
        runtime=text,
        publics=_sorted(_publics(text) | {f"{noun}Answer", f"{noun}Client", *_CONSTANTS}),
    )


def _noun(name: str) -> str:
    noun = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))
    return noun if noun[:1].isalpha() else f"Model{noun}"


def _fields(tensors: Sequence[Tensor]) -> list[_Field]:
    fields: list[_Field] = []
    taken = set(_TAKEN)
    for tensor in tensors:
        word = tensor.name.lower()
        while word in taken or keyword.iskeyword(word):
            word += "_"
        taken.add(word)
        elements.element(tensor)
        kind, depth = _PYTHON.get(tensor.datatype, "int"), len(tensor.shape) + 1
        fields.append(
            _Field(
                word=word,
                words=elements.describe(tensor),
                given="Sequence[" * depth + kind + "]" * depth,
                answered="list[" * depth + kind + "]" * depth,
                source=_source(tensor),
            )
        )
    return fields


def _source(tensor: Tensor) -> str:
    limits = [f"{word}={limit!r}" for word, limit in (("low", tensor.low), ("high", tensor.high)) if limit is not None]
    shape = f"({', '.join(map(str, tensor.shape))}{',' if len(tensor.shape) == 1 else ''})"
    return f"Tensor({', '.join([_quoted(tensor.name), _quoted(tensor.datatype), shape, *limits])})"


def _quoted(text: str) -> str:
    """A string literal in ruff's format."""
    return repr(text) if '"' in text else json.dumps(text, ensure_ascii=False)


def _runtime() -> tuple[str, str]:
    """The merged imports of the runtime's parts, and their source without them."""
    plain: set[str] = set()
    chosen: dict[str, set[str]] = defaultdict(set)
    bodies = []
    for part in runtime.PARTS:
        text = (_HERE / "runtime" / f"{part}.py").read_text()
        heads = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in heads:
            if isinstance(node, ast.Import):
                plain.update(alias.name for alias in node.names)
            elif not node.level and node.module and node.module != "__future__":
                chosen[node.module].update(alias.name for alias in node.names)
        bodies.append("\n".join(text.splitlines()[heads[-1].end_lineno :]).strip())
    lines = [f"import {module}" for module in sorted(plain)]
    lines += [f"from {module} import {', '.join(_sorted(names))}" for module, names in sorted(chosen.items())]
    return "\n".join(lines), "\n\n\n".join(bodies) + "\n"


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


def _publics(text: str) -> set[str]:
    return {
        node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
