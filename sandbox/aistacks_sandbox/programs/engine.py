"""The Pulumi engine."""

from . import obtain
from .obtain import Program


def find() -> Program | None:
    """The engine that is here already, or None."""
    return obtain.find("pulumi")


def ensure() -> Program:
    """The engine, downloaded or built when it isn't here. Raises UserError."""
    return obtain.ensure("pulumi")
