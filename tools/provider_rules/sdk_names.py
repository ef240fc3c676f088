"""The property names of the pinned Pulumi package, and which of the provider's each of them is."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aistacks_catalog.aws.types.words import plain, variants

_TOKEN = re.compile(r"super\((\w+), __self__\)\.__init__\(\s*'(aws:[^']+)'")
_CLASS = re.compile(r"^class (\w+)\b.*:$", re.MULTILINE)
_PROPERTY = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?:(?!\n\n)[\s\S])*?def (\w+)\(self\) -> ([^\n]*):\n')
_NESTED = re.compile(r"'(?:outputs\.)?(\w+)'")


@dataclass
class Names:
    """The properties of a type or of a nested object: what is below each, by its name on the wire."""

    below: dict[str, Names] = field(default_factory=dict)


@dataclass
class Type:
    """A resource type of the package."""

    token: str
    inputs: Names
    outputs: frozenset[str]


def types(package: Path) -> list[Type]:
    """Every resource type of a package's folder, by token."""
    found = []
    for file in sorted(package.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        for name, token in _TOKEN.findall(text):
            classes = dict(_sections(text))
            nested = _nested(file.parent)
            # Where a nested object has the name already, the arguments are `…InitArgs`.
            arguments = _names(classes.get(f"{name}Args") or classes.get(f"{name}InitArgs", ""), nested, ())
            outputs = frozenset(wire or short for wire, short, _ in _PROPERTY.findall(classes.get(name, "")))
            found.append(Type(token, arguments, outputs))
    return sorted(found, key=lambda item: item.token)


def _sections(text: str) -> Iterable[tuple[str, str]]:
    starts = list(_CLASS.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return ((start[1], text[start.start() : end]) for start, end in zip(starts, ends, strict=True))


@functools.cache
def _nested(folder: Path) -> dict[str, str]:
    file = folder / "_inputs.py"
    return dict(_sections(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _names(section: str, nested: dict[str, str], above: tuple[str, ...]) -> Names:
    found = Names()
    for wire, short, annotation in _PROPERTY.findall(section):
        inner = next((name for name in _NESTED.findall(annotation) if name in nested), None)
        deeper = inner is not None and inner not in above and len(above) < 12
        found.below[wire or short] = _names(nested[inner], nested, (*above, inner)) if deeper and inner else Names()
    return found


def resolve(path: str, names: Names, renamed: Mapping[str, str] | None = None) -> str | None:
    """A path of the provider's (``root_block_device.kms_key_id``) in the package's spelling; None if it isn't there.

    ``renamed``: top-level attributes that Pulumi calls otherwise.
    """
    found: list[str] = []
    for part in path.split("."):
        name = (renamed or {}).get(part) if not found else None
        name = name or _match(part, names.below)
        if name is None:
            return None
        found.append(name)
        names = names.below[name]
    return ".".join(found)


def renames(attributes: Iterable[str], names: Names) -> dict[str, str]:
    """The top-level attributes that Pulumi calls otherwise (``alarm_name``: ``name``).

    Of what is left over on both sides: where Pulumi's name is some words of the other, and the last two. Where a block
    has the plural of its name, an attribute of that name has one that begins as the block's.
    """
    attributes = list(attributes)
    lost = [name for name in attributes if _match(name, names.below) is None and name not in ("id", "tags_all")]
    left = set(names.below) - {_match(name, names.below) for name in attributes} - {"region", "timeouts"}
    found = {}
    by_match: dict[str | None, list[str]] = {}
    for name in attributes:
        by_match.setdefault(_match(name, names.below), []).append(name)
    for match, both in by_match.items():
        if match is None or len(both) != 2:
            continue
        block, plural = sorted(both, key=len)
        longer = [other for other in left if plain(other).startswith(plain(block))]
        if plain(plural) == plain(match) and len(longer) == 1:
            found[plural] = longer[0]
            left.discard(longer[0])
    for name in lost:
        inside = [other for other in left if plain(other) in _parts(name)]
        if len(inside) == 1:
            found[name] = inside[0]
            left.discard(inside[0])
    rest = [name for name in lost if name not in found]
    if len(rest) == 1 and len(left) == 1:
        found[rest[0]] = left.pop()
    return found


def _parts(name: str) -> set[str]:
    """The words of a name that follow one another, each run of them written as one."""
    words = name.split("_")
    return {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}


def _match(name: str, candidates: Iterable[str]) -> str | None:
    spelled = {plain(candidate): candidate for candidate in candidates}
    return next((spelled[word] for word in variants(name) if word in spelled), None)
