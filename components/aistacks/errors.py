"""The error that a component raises for a mistake in its arguments."""

import pulumi

import aistacks_core.errors


class UserError(aistacks_core.errors.UserError, pulumi.RunError):
    """``aistacks_core``'s error that is also a ``RunError``, which the Pulumi engine shows without a traceback."""
