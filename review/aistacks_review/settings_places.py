"""Which line of an environment's file gives a property that a finding speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Setting:
    """``path``: ``aistacks:environment.cluster.private_access_cidrs``; ``line``: from one on."""

    path: str
    line: int
    value: Any

    @property
    def key(self) -> str:
        """The last part of its path."""
        return self.path.rpartition(".")[2]


def settings_in(file: Path) -> list[Setting]:
    """Every key below ``config``, with its line; none where the file isn't there, or is no mapping."""
    try:
        text = file.read_text(encoding="utf-8")
        root, values = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return []
    config = values.get("config") if isinstance(values, dict) else None
    if not isinstance(root, yaml.MappingNode) or not isinstance(config, dict):
        return []
    node = next(value for key, value in root.value if key.value == "config")
    return list(_below(node, config, ""))


def _below(node: yaml.Node, value: Any, path: str) -> Iterator[Setting]:
    if isinstance(node, yaml.MappingNode) and isinstance(value, dict):
        for key, inner in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in value:
                below = f"{path}.{key.value}" if path else key.value
                yield Setting(below, key.start_mark.line + 1, value[key.value])
                yield from _below(inner, value[key.value], below)
    elif isinstance(node, yaml.SequenceNode) and isinstance(value, list):
        for place, (inner, item) in enumerate(zip(node.value, value, strict=False)):
            yield from _below(inner, item, f"{path}[{place}]")
