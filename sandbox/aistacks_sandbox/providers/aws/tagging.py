"""AWS's several forms of tags, as one plain dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.types.words import dig

from .shapes import find

_KEYS = ("Key", "TagKey", "key", "tagKey")
_MEMBERS = ("tags", "taglist", "tagslist", "tagstoadd", "addtags", "userpooltags", "backupvaulttags", "backupplantags")
_VALUES = ("Value", "TagValue", "value", "tagValue")


def parse(tags: Any) -> dict[str, str]:
    """Any form of tags as a dict, without AWS's own ``aws:`` ones."""
    if isinstance(tags, Mapping):
        plain = {str(key): str(value) for key, value in tags.items()}
    else:
        pairs = [tag for tag in tags or [] if isinstance(tag, Mapping)]
        plain = {
            str(next(tag[key] for key in _KEYS if key in tag)): str(
                next((tag[value] for value in _VALUES if value in tag), "")
            )
            for tag in pairs
        }
    return {key: value for key, value in plain.items() if not key.startswith("aws:")}


def shaped(shape: Any, tags: Mapping[str, str]) -> Any:
    """``tags`` in the form of botocore's ``shape``: a map, or a list of pairs."""
    if shape.type_name == "map":
        return dict(tags)
    key = next(name for name in _KEYS if name in shape.member.members)
    value = next(name for name in _VALUES if name in shape.member.members)
    return [{key: name, value: text} for name, text in tags.items()]


def member(shape: Any) -> str | None:
    """The member of an input shape that takes tags, if there is one."""
    return next((name for name in shape.members if name.lower() in _MEMBERS), None)


def removal(shape: Any, keys: list[str]) -> dict[str, Any]:
    """The parameters of an untagging call with input ``shape`` for ``keys``."""
    listed = next(
        (name for name in shape.members if name.lower() in ("tagkeys", "tagkeylist", "tagstoremove", "removetagkeys")),
        None,
    )
    if listed:
        return {listed: keys}
    tags = member(shape)
    if tags is None:
        raise LookupError(f"{shape.name} takes no tags")
    item = shape.members[tags].member
    if item.type_name == "string":
        return {tags: keys}
    key = next(name for name in _KEYS if name in item.members)
    return {tags: [{key: name} for name in keys]}


def found(answer: Mapping[str, Any], take: str = "") -> dict[str, str]:
    """The tags in a listing's answer."""
    if take:
        return parse(dig(answer, take))
    return parse(next((find(answer, name) for name in ("tags", "tagList", "tagSet") if find(answer, name)), []))
