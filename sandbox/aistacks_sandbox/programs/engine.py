"""The Pulumi engine."""

from . import obtain as programs
from .obtain import Program


def find() -> Program | None:
    """The engine that is here already, or None."""
    return programs.find("pulumi")


def ensure() -> Program:
    """The engine, downloaded or built when it isn't here. Raises UserError."""
    return programs.ensure("pulumi")
