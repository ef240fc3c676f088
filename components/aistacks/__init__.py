"""Pulumi components that declare a whole AI cloud on AWS."""

from .errors import UserError

__all__ = [
    "UserError",
]
