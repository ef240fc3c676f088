"""The error that a component raises for a mistake in its arguments."""

import pulumi

import aistacks_core.errors


class UserError(aistacks_core.errors.UserError, pulumi.RunError):
    """As in ``aistacks_core``; a ``RunError``, too, which the Pulumi engine shows without a traceback."""
