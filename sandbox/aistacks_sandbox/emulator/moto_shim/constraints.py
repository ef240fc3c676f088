"""Lengths and patterns of a request's strings, which AWS checks and moto doesn't, by botocore's model."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model

from . import _handlers


def check(response: type[BaseResponse], code: str) -> None:
    """Let ``response`` refuse, with AWS's error ``code``, what the service's model rules out."""
    plain: Any = response.call_action

    def call_action(self: BaseResponse) -> Any:
        action = self._get_action()
        if action:
            shape = get_service_model(self.boto3_service_name).operation_model(action).input_shape
            found = list(_faults(shape, _handlers.request_of(self), "")) if shape else []
            if found:
                count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
                fault = _handlers.error(code, f"{count}: {'; '.join(found)}")
                return self.serialized(ActionResult(fault))
        return plain(self)

    response.call_action = call_action  # type: ignore[method-assign]


def _faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if value.get(name) is not None:
                part = name[0].lower() + name[1:]
                yield from _faults(member, value[name], f"{path}.{part}" if path else part)
    elif shape.type_name == "string" and isinstance(value, str):
        fault = _fault(value, shape.metadata)
        if fault:
            yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {fault}"


def _fault(value: str, limits: dict[str, Any]) -> str | None:
    if len(value) > limits.get("max", len(value)):
        return f"have length less than or equal to {limits['max']}"
    if len(value) < limits.get("min", 0):
        return f"have length greater than or equal to {limits['min']}"
    pattern = limits.get("pattern")
    if pattern and (known := _compiled(pattern)) and not known.fullmatch(value):
        return f"satisfy regular expression pattern: {pattern}"
    return None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        return None  # some of the models' patterns are Java's
