"""Trust policies of the CI roles: issuer, audience, subject and, on GitHub, the branch."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pulumi

from .._aws.policy_documents import document

AUDIENCE = "sts.amazonaws.com"


_ISSUERS = {"github": "token.actions.githubusercontent.com", "gitlab": "gitlab.com"}
_REPOSITORY = {
    "github": (r"[A-Za-z0-9_-]+/[A-Za-z0-9._-]+", "owner/name"),
    "gitlab": (r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+", "group/project"),
}
_CONTEXTS = {
    "github": ["environment:preview", "environment:drift"],
    "gitlab": ["ref_type:branch:ref:main"],
}


class Trust(NamedTuple):
    """The tokens that may assume a role; every condition is an exact match."""

    subjects: tuple[str, ...]
    ref: str = ""
    """Required value of the ``ref`` claim; empty if AWS doesn't support that claim."""


def issuer(a: Mapping[str, Any]) -> str:
    """Host (and path) of the token's issuer, without ``https://``, as IAM's condition keys begin."""
    return str(a.get("issuer") or _ISSUERS[a["provider"].value])


def repository_problem(a: Mapping[str, Any]) -> str:
    """The expected format of ``repository``; empty if it is valid."""
    pattern, shape = _REPOSITORY[a["provider"].value]
    return "" if re.fullmatch(pattern, a["repository"]) else f"{shape}, as the provider shows it, without * and ?"


def preview_trust(a: Mapping[str, Any]) -> Trust:
    """The tokens that may assume the preview role."""
    contexts = a.get("preview_contexts") or _CONTEXTS[a["provider"].value]
    return Trust(tuple(f"{_prefix(a)}:{context}" for context in contexts))


def deploy_trust(a: Mapping[str, Any], label: str) -> Trust:
    """The tokens that may assume an environment's deployment role: its jobs on its branch."""
    spec = a["environments"][label]
    branch = spec.get("branch", "main")
    if a["provider"].value == "gitlab":
        return Trust((spec.get("subject") or f"{_prefix(a)}:ref_type:branch:ref:{branch}",))
    # GitHub escapes a colon in a subject's parts.
    environment = spec.get("environment", label).replace(":", "%3A")
    return Trust((spec.get("subject") or f"{_prefix(a)}:environment:{environment}",), f"refs/heads/{branch}")


def trust_document(provider_arn: pulumi.Input[str], host: str, trust: Trust) -> pulumi.Output[str]:
    """A role's trust policy."""
    subjects = list(trust.subjects)
    equal: dict[str, object] = {
        f"{host}:aud": AUDIENCE,
        f"{host}:sub": subjects[0] if len(subjects) == 1 else subjects,
    }
    if trust.ref:
        # The subject of a job with an environment contains no branch; AWS also supports GitHub's `ref` claim.
        equal[f"{host}:ref"] = trust.ref
    return document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider_arn},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": equal},
            }
        ]
    )


def _prefix(a: Mapping[str, Any]) -> str:
    repository = a["repository"]
    if a["provider"].value == "gitlab":
        return f"project_path:{repository}"
    if "owner_id" in a:
        owner, name = repository.split("/")
        repository = f"{owner}@{a['owner_id']}/{name}@{a['repository_id']}"
    return f"repo:{repository}"
