"""The variables with which any AWS client, kubectl, Terraform or Pulumi works against the sandbox."""

from __future__ import annotations

import shlex
from pathlib import Path

from aistacks_core import console
from aistacks_core.errors import UserError

from . import cloud
from .engine import operations as engine
from .state import State


def variables(project: Path) -> dict[str, str]:
    """The variables of the sandbox that runs for ``project``. Raises ``UserError`` where none runs."""
    state = State.of(project)
    emulated = cloud.find(state) if state.exists() else None
    if emulated is None:
        raise UserError("the sandbox", "none that runs here", "a running one", "Run `aistacks sandbox up`.")
    stacks = cloud.recall(state).get("stacks", {})
    region = next((s["region"] for s in stacks.values()), cloud.DEFAULT_REGION)
    return {
        "AWS_ENDPOINT_URL": emulated.endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "KUBECONFIG": str(state.kubeconfig),
        "PULUMI_BACKEND_URL": engine.backend_url(state),
        "PULUMI_CONFIG_PASSPHRASE": engine.PASSPHRASE,
    }


def env(project: Path) -> None:
    """Print them as shell exports, for ``eval "$(aistacks sandbox env)"``."""
    for name, value in variables(project).items():
        console.out.print(f"export {name}={shlex.quote(value)}", soft_wrap=True, markup=False)
