"""etcd, in which the API server keeps its objects."""

from . import obtain
from .obtain import Program


def find() -> Program | None:
    """The etcd that is here already, or None."""
    return obtain.find("etcd")


def ensure() -> Program:
    """etcd, got when it isn't here. Raises UserError."""
    return obtain.ensure("etcd")
