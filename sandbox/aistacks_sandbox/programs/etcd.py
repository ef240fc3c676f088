"""etcd, in which the API server keeps its objects."""

from . import obtain as programs
from .obtain import Program


def find() -> Program | None:
    """The etcd that is here already, or None."""
    return programs.find("etcd")


def ensure() -> Program:
    """etcd, got when it isn't here. Raises UserError."""
    return programs.ensure("etcd")
