"""How a function of ours becomes an operation of one of moto's services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores


class Refusal(ServiceException):
    """A class of ours: moto takes one of its own core for a service's name."""


Operation = Callable[[Any, dict[str, Any]], dict[str, Any]]
"""Of the backend and the request to the answer, both in botocore's shapes."""


def serve(response: type[BaseResponse], backend: str, operations: dict[str, Operation]) -> None:
    """Let ``response`` serve ``operations``, by AWS's names; ``backend`` is its attribute that holds one."""
    for name, operation in operations.items():
        setattr(response, camelcase_to_underscores(name), _handler(operation, backend))


def _handler(operation: Operation, backend: str) -> Callable[[BaseResponse], ActionResult]:
    def handle(self: BaseResponse) -> ActionResult:
        return ActionResult(operation(getattr(self, backend), request_of(self)))

    return handle


def request_of(response: BaseResponse) -> dict[str, Any]:
    """The whole request, parsed by botocore's model of it."""
    if not response.automated_parameter_parsing:
        response.parse_parameters(response.normalized_request)
    params: dict[str, Any] = response.params
    return params


def error(code: str, message: str) -> Refusal:
    """AWS's error, to be raised by an operation."""
    return Refusal(code, message)
