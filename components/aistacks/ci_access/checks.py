"""Validation of the arguments of `CiAccess` beyond their types."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from .._arguments import wrong
from ..errors import UserError
from .trust import Trust, deploy_trust, repository_problem

Wrong = Callable[..., UserError]


def validate(name: str, kind: type, a: Mapping[str, Any]) -> None:
    """Raise ``UserError`` for the first invalid argument."""

    def bad(path: str, got: object, expected: str, todo: str = "") -> UserError:
        return wrong(name, kind, path, got, expected, todo)

    if problem := repository_problem(a):
        raise bad("repository", a["repository"], problem)
    _numbers(bad, a)
    _issuer(bad, a)
    if a.get("preview_contexts") == []:
        raise bad("preview_contexts", [], "one at least, or leave it out")
    for i, context in enumerate(a.get("preview_contexts", [])):
        _exact_string(bad, f"preview_contexts[{i}]", context)
    _labels(bad, "preview_policy_arns", a["preview_policy_arns"])
    _state(bad, a)
    if not 3600 <= a["session_seconds"] <= 43200:
        raise bad("session_seconds", a["session_seconds"], "3600 to 43200")
    _environments(bad, a)


def _numbers(bad: Wrong, a: Mapping[str, Any]) -> None:
    for key, other in (("owner_id", "repository_id"), ("repository_id", "owner_id")):
        given = a.get(key)
        if given is None:
            continue
        if a["provider"].value == "gitlab":
            raise bad(key, given, "nothing on GitLab, whose subjects have no such number")
        if not re.fullmatch(r"[1-9][0-9]*", given):
            raise bad(key, given, "GitHub's number, digits only")
        if a.get(other) is None:
            raise bad(other, None, f"a number too: {key} is given")


def _issuer(bad: Wrong, a: Mapping[str, Any]) -> None:
    host = a.get("issuer")
    if host is None:
        return
    if a["provider"].value != "gitlab":
        raise bad("issuer", host, "nothing on GitHub", "AWS reads the branch only from the public GitHub's tokens.")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?(/[A-Za-z0-9_.-]+)*", host):
        raise bad("issuer", host, "a host, without https:// and without / at its end")


def _state(bad: Wrong, a: Mapping[str, Any]) -> None:
    prefix = a["state_prefix"]
    if prefix and (prefix.startswith("/") or not prefix.endswith("/") or "*" in prefix or "?" in prefix):
        raise bad("state_prefix", prefix, "nothing, or a prefix like 'aistacks/', without * and ?")
    if prefix and a.get("state_bucket") is None:
        raise bad("state_bucket", None, "the bucket that state_prefix is about")
    for i, arn in enumerate(a["state_kms_key_arns"]):
        if isinstance(arn, str) and not re.fullmatch(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+", arn):
            raise bad(f"state_kms_key_arns[{i}]", arn, "the ARN of a key (IAM follows no alias)")


def _environments(bad: Wrong, a: Mapping[str, Any]) -> None:
    trusted: dict[Trust, str] = {}
    for label, spec in a["environments"].items():
        path = f"environments.{label}"
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?", label):
            expected = "a label of at most 15 lower-case letters, digits and hyphens"
            raise bad(path, label, expected, "GitHub's own name goes into `environment`.")
        _environment(bad, path, spec, a)
        trust = deploy_trust(a, label)
        if trust in trusted:
            expected = f"a subject that isn't {trusted[trust]}'s too: a branch of its own, or `subject`"
            raise bad(path, trust.subjects[0], expected)
        trusted[trust] = label


def _environment(bad: Wrong, path: str, spec: Mapping[str, Any], a: Mapping[str, Any]) -> None:
    for key in ("branch", "subject"):
        if key in spec:
            _exact_string(bad, f"{path}.{key}", spec[key])
    environment = spec.get("environment")
    if environment is not None and a["provider"].value == "gitlab":
        raise bad(f"{path}.environment", environment, "nothing: a GitLab subject names a branch, not an environment")
    if environment is not None and (not environment.strip() or re.search(r"[*?$]", environment)):
        raise bad(f"{path}.environment", environment, "the environment's name on GitHub, without *, ? and $")
    if not spec["policy_arns"]:
        raise bad(f"{path}.policy_arns", {}, "what the role may do, one policy at least")
    _labels(bad, f"{path}.policy_arns", spec["policy_arns"])
    for key, arn in spec["policy_arns"].items():
        everything = isinstance(arn, str) and arn.endswith(":policy/AdministratorAccess")
        if everything and a.get("permissions_boundary_arn") is None:
            todo = "Or bound it: permissions_boundary_arn."
            raise bad(f"{path}.policy_arns.{key}", arn, "what a deployment needs, and not everything", todo)


def _labels(bad: Wrong, path: str, policies: Mapping[str, Any]) -> None:
    for label in policies:
        # No hyphen: `a` with `b-c` and `a-b` with `c` would give the same resource name.
        if not re.fullmatch(r"[a-z0-9]{1,32}", label):
            raise bad(f"{path}.{label}", label, "a label of lower-case letters and digits")


def _exact_string(bad: Wrong, path: str, text: str) -> None:
    # $ begins an IAM policy variable.
    if not text or re.search(r"[*?$\s]", text):
        raise bad(path, text, "a literal string without *, ?, $ and spaces")
