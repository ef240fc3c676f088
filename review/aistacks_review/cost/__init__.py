"""What a plan costs: a price book, assumptions of use, and an estimator with a rule per kind of resource."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assumptions import Assumptions, Usage, read
    from .estimator import cost, estimate

__all__ = ["Assumptions", "Usage", "cost", "estimate", "read"]

_HOMES = {"Assumptions": "assumptions", "Usage": "assumptions", "read": "assumptions"}


def __getattr__(name: str) -> Any:
    # `aistacks prices` needs neither, and pydantic takes a tenth of a second to import.
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f".{_HOMES.get(name, 'estimator')}", __name__), name)
