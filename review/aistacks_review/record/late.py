"""Outputs that are made when the program wants them: of thousands, hardly one is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import made_up
from .provenance import wire_name
from .sdk_internals import find

KEY = "\0later"
"""Key among a resource's outputs, at which stands how the others are found. It doesn't reach the program."""
_PROMISE = "_aistacks_later"
_translated = find("pulumi.runtime.rpc:translate_output_properties")
_promises: dict[str, tuple[Callable[[], dict[str, Any]], Callable[[str], None]]] = {}
_made: dict[str, dict[str, Any]] = {}
_on: list[bool] = []


@contextmanager
def outputs_are_late() -> Iterator[None]:
    """While it holds, the SDK's outputs ask for what they weren't answered."""
    _on.append(True)
    try:
        yield
    finally:
        _on.pop()
        _promises.clear()
        _made.clear()


def at_hand() -> bool:
    """Whether outputs may be promised."""
    return bool(_on)


def promise(key: str, make: Callable[[], dict[str, Any]], assumed: Callable[[str], None]) -> str:
    """Keep how the outputs of a resource are made, by name in the protocol. Returns what ``KEY`` stands for.

    ``assumed`` is told the name of an output that is wanted and can't say that it stands for another: a boolean.
    """
    _promises[key] = (make, assumed)
    return key


def keeping(stock: Callable[..., Any]) -> Callable[..., Any]:
    """``rpc.resolve_outputs``, for a resource whose outputs are promised."""

    def resolve_outputs(res: Any, serialized: Any, outputs: Any, *args: Any, **options: Any) -> None:
        if KEY in outputs.fields if hasattr(outputs, "fields") else KEY in outputs:
            res.__dict__[_PROMISE] = outputs[KEY]
            del outputs[KEY]
        stock(res, serialized, outputs, *args, **options)

    return resolve_outputs


def wanted(owner: Any, name: str) -> Any:
    """The output ``name`` of a resource, as the SDK would have it; ``None`` where nothing was promised."""
    key = owner.__dict__.get(_PROMISE)
    if key is None or key not in _promises:
        return None
    if key not in _made:
        _made[key] = _promises[key][0]()
    wire = wire_name(owner, name)
    value = _made[key].get(wire)
    if value is None:
        return None
    if isinstance(value, bool):
        _promises[key][1](wire)
    return _translated(value, lambda prop: prop, made_up.outputs(owner._type).get(wire), True)
