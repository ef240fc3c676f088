"""A mistake told in the models' room becomes the command's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from aistacks.errors import UserError
from aistacks_models.errors import ModelError


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Raise the body's `ModelError` as a `UserError`."""
    try:
        yield
    except ModelError as error:
        raise UserError(error.where, error.got, error.expected, error.todo) from error
