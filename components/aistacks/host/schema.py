"""The package schema that SDKs are generated from, with descriptions in Markdown."""

import inspect
import json
import re
from typing import Any

from .arguments import in_camel_case

_LITERALS = {"True": "true", "False": "false", "None": "null"}
_CODE = re.compile(r"``(.+?)``", re.DOTALL)


def polished(schema: str, names: set[str]) -> str:
    """``schema`` with Markdown descriptions: arguments (``names``) in camelCase, and no Python literals."""
    return json.dumps(_polished(json.loads(schema), names))


def _polished(value: Any, names: set[str], *, inside: bool = False) -> Any:
    if isinstance(value, list):
        return [_polished(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    done = {}
    for key, item in value.items():
        if item is None or (key == "description" and inside):
            # An item's description repeats its list's.
            continue
        if key == "description" and isinstance(item, str):
            done[key] = markdown(item, names)
        else:
            done[key] = _polished(item, names, inside=key in ("items", "additionalProperties"))
    return done


def markdown(docstring: str, names: set[str]) -> str:
    """Convert a docstring to Markdown."""
    text = in_camel_case(inspect.cleandoc(docstring), names)
    return _CODE.sub(lambda found: f"`{_LITERALS.get(found[1], found[1])}`", text)
