"""Looks into the emulated AWS and the API server for what an interrupted operation made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import boto3
from botocore.exceptions import BotoCoreError

from aistacks_catalog.aws.types.facts import canonical_token
from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_recovery import lookups
from aistacks_recovery.account import Account
from aistacks_recovery.deployment import Deployment, Resource, read
from aistacks_recovery.lookups import Found

from ..providers.aws import table
from .saved_state import DamagedError, Saved


class Looker:
    """Finds what of one stack's resources was made. ``env``: the variables under which the engine works."""

    def __init__(self, saved: Saved, env: Mapping[str, str]) -> None:
        session = boto3.Session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region_name=env["AWS_REGION"])
        kubeconfig = env["AISTACKS_SANDBOX_KUBECONFIG"]
        self._account = Account(env["AWS_REGION"], env["AWS_ENDPOINT_URL"], kubeconfig, session)
        self._others = tuple(_neighbours(saved))

    def find(self, resource: Resource, known: Deployment, identity: str | None = None) -> Sequence[Found]:
        """What exists of ``resource`` that no stack of this sandbox knows. ``identity``: its id, where that was noted.

        Raises ``NoLookup`` where nobody can tell, and ``UserError`` where nobody answers.
        """
        if identity:
            return [Found(identity, certain=True, shown=identity)]
        package = resource.type.partition(":")[0]
        if package == "aws" and table.row(canonical_token(resource.type)) is None:
            return []  # Not emulated: nothing stands behind it.
        try:
            return lookups.find(resource, self._account, Deployment((*known.resources, *self._others), ()))
        except UserError as error:
            # Who doesn't answer hasn't said that nothing is there. The emulator refuses what it doesn't know.
            if package == "kubernetes" or isinstance(error.__cause__, BotoCoreError):
                raise
            console.note(f"{error}")
            return []


def _neighbours(saved: Saved) -> Sequence[Resource]:
    """The resources of the sandbox's other stacks."""
    found: list[Resource] = []
    for file in sorted((saved.state.backend / ".pulumi" / "stacks").glob("*/*.json")):
        other = Saved(saved.state, file.parent.name, file.stem)
        if other == saved:
            continue
        try:
            found += read(other.read()["checkpoint"]["latest"]).resources
        except (DamagedError, FileNotFoundError):
            continue
    return found
