"""What an environment's file states (``plan: answers:``), for what the sandbox itself can't answer."""

from __future__ import annotations

import functools
import json
import os

from aistacks_core.stated_answers import Stated

VARIABLE = "AISTACKS_SANDBOX_ANSWERS"
"""Holds them as JSON, for the plugins that the engine starts."""


@functools.cache
def stated() -> Stated:
    """The answers of the stack that this plugin serves; none where none are stated."""
    return Stated.from_json(json.loads(os.environ.get(VARIABLE) or "{}"))
