"""What a plan uses of Pulumi's Python SDK that the SDK doesn't promise to keep, by name, from ``sdk_internals.yaml``.

A plan replaces some of these functions while it records, since stock they cost most of its time. Where one has moved or
takes something else, a plan could be slow or, worse, wrong, so it stops and names it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from importlib import import_module
from importlib.metadata import version
from types import CodeType
from typing import Any

from aistacks_core.errors import UserError
from aistacks_core.facts import load


def find(name: str) -> Any:
    """What ``module:attribute`` names; ``None`` where the SDK hasn't got it, which ``check`` says."""
    module, _, path = name.partition(":")
    try:
        return reduce(getattr, path.split("."), import_module(module))
    except (ImportError, AttributeError):
        return None


@contextmanager
def replaced(name: str, made: Callable[[Any], Any]) -> Iterator[None]:
    """While it holds, the SDK has what ``made`` makes of what stands at ``name``."""
    where, _, attribute = name.replace(":", ".").rpartition(".")
    owner = find(name.rpartition(".")[0]) if "." in name.partition(":")[2] else import_module(where)
    stock = getattr(owner, attribute)
    # A static method is only one as the class keeps it.
    kept = vars(owner).get(attribute, stock)
    setattr(owner, attribute, type(kept)(made(stock)) if isinstance(kept, staticmethod) else made(stock))
    try:
        yield
    finally:
        setattr(owner, attribute, kept)


def recordable() -> list[str]:
    """The minor versions of the SDK that a plan was tried with: ``3.272``."""
    minors: list[str] = load(__package__, "sdk_internals.yaml")["minors"]
    return minors


def check() -> None:
    """Raises ``UserError`` naming the first of them that isn't as a plan needs it, and the SDK's version."""
    facts = load(__package__, "sdk_internals.yaml")
    for use in facts["uses"]:
        missing = next(_missing(use), None)
        if missing is not None:
            got, expected = missing
            raise UserError(
                f"pulumi {version('pulumi')}: {use['name']}",
                got,
                f"{expected}, as in {' and '.join(facts['minors'])}",
                "Install a version of pulumi that this aistacks was tried with.",
            )


def _missing(use: dict[str, Any]) -> Iterator[tuple[str, str]]:
    found = find(use["name"])
    if found is None:
        yield "nothing", "it"
        return
    if "parameters" in use:
        wanted = ", ".join(use["parameters"])
        taken = ", ".join(inspect.signature(found).parameters)
        if taken != wanted:
            yield f"({taken})", f"({wanted})"
    if "assigns" in use and use["assigns"] not in found.__code__.co_names:
        yield f"a method that sets no {use['assigns']}", f"one that sets {use['assigns']}"
    if "calls_from" in use and use["calls_from"] not in _inner(found.__code__):
        yield f"a function without {use['calls_from']} in it", f"one with {use['calls_from']} in it"


def _inner(code: CodeType) -> list[str]:
    return [part.co_name for part in code.co_consts if isinstance(part, CodeType)]
