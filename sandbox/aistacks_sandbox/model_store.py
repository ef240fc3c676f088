"""Where the running sandbox keeps an environment's models."""

from __future__ import annotations

import json

from aistacks_core.model_package import StoreAddress
from aistacks_core.project import Project

from . import cloud
from .engine import checkpoint
from .state import State

BUCKET_OUTPUT = "model_bucket"
"""The stack output that names the model store's bucket."""


def model_store(project: Project, environment: str) -> StoreAddress | None:
    """The store of ``environment``; ``None`` where no sandbox runs, it isn't up there, or it has no store."""
    state = State.of(project.folder)
    emulated = cloud.find(state) if state.exists() else None
    if emulated is None or f"{project.name}/{environment}" not in cloud.recall(state).get("stacks", {}):
        return None
    file = state.backend / ".pulumi" / "stacks" / project.name / f"{environment}.json"
    try:
        deployment = json.loads(file.read_text())["checkpoint"]["latest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    bucket = checkpoint.outputs(deployment).get(BUCKET_OUTPUT)
    return StoreAddress(bucket, emulated.endpoint) if isinstance(bucket, str) and bucket else None
