"""What pipelines may do in the account: a role that previews, and one that deploys each environment, without a key."""

import enum
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .._arguments import checked
from .._aws.policy_documents import Statement, document, partition
from .._aws.tags import tags_for
from ..component import Component
from .checks import validate
from .policies import State, reading, writing
from .trust import AUDIENCE, Trust, deploy_trust, issuer, preview_trust, trust_document


class CiProvider(enum.Enum):
    """Where the pipelines run."""

    GITHUB = "github"
    """GitHub Actions."""
    GITLAB = "gitlab"
    """GitLab CI/CD, on gitlab.com or on a host of your own."""


class CiEnvironmentArgs(TypedDict):
    """One environment's deploying role. Its label is at most 15 lower-case letters, digits and hyphens."""

    policy_arns: dict[str, pulumi.Input[str]]
    """What it may do: IAM policies, by a short label of their own."""
    branch: NotRequired[str]
    """Git branch that deploys. Default: ``"main"``."""
    environment: NotRequired[str]
    """Name of the environment on GitHub. Default: its label."""
    subject: NotRequired[str]
    """The token's whole subject, where you have customised it. Default: made of repository and environment (GitHub) or
    branch (GitLab)."""


class CiAccessArgs(TypedDict):
    """Identity is an Input; shape is plain, so it is known before preview."""

    repository: str
    """``owner/name`` on GitHub, ``group/project`` on GitLab."""
    provider: NotRequired[CiProvider]
    """Where the pipelines run. Default: ``"github"``."""
    owner_id: NotRequired[str]
    """GitHub's number of the owner, for repositories with immutable subjects (every one made since 15 July 2026).
    Default: the subject has names only."""
    repository_id: NotRequired[str]
    """GitHub's number of the repository; goes with ``owner_id``. Default: the subject has names only."""
    issuer: NotRequired[str]
    """Host of a GitLab of your own, for example ``gitlab.example.com``. Default: the provider's public host."""
    provider_arn: NotRequired[pulumi.Input[str]]
    """An OpenID Connect provider that the account has already; it can have one per issuer. Default: a new one."""
    preview_contexts: NotRequired[list[str]]
    """Which jobs may preview: what stands behind the repository in the subject, whole, for example ``pull_request`` or
    ``environment:preview``. Default: the environments ``preview`` and ``drift`` (GitHub), the branch ``main``
    (GitLab)."""
    preview_policy_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """Policies that let the previewing role read more settings, by a short label. They open no content. Default:
    ``{}``."""
    environments: NotRequired[dict[str, CiEnvironmentArgs]]
    """Deploying roles, by the environment's label. Default: ``{}``."""
    state_bucket: NotRequired[pulumi.Input[str]]
    """Name of the bucket that holds Pulumi's state. Default: none; the state is elsewhere."""
    state_prefix: NotRequired[str]
    """Where in the bucket the state lies: empty, or ending in ``/``. Default: ``""``."""
    state_kms_key_arns: NotRequired[list[pulumi.Input[str]]]
    """Keys of the state's secrets and of its bucket: ARNs of keys, not of aliases. Default: ``[]``."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Upper bound of the deploying roles. Default: none."""
    session_seconds: NotRequired[int]
    """Longest session, 3600 to 43200. Default: ``3600``."""
    tags: NotRequired[dict[str, str]]
    """Tags for every resource, beside the component's own. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "provider": "github",
    "preview_policy_arns": {},
    "environments": {},
    "state_prefix": "",
    "state_kms_key_arns": [],
    "session_seconds": 3600,
    "tags": {},
}


class CiAccess(Component):
    """Pipelines get roles by who they are: repository, environment and branch. Nobody keeps a key."""

    provider_arn: pulumi.Output[str]
    """The OpenID Connect provider."""
    preview_role_arn: pulumi.Output[str]
    """Role of previews and drift checks: reads settings and state, changes nothing."""
    deploy_role_arns: pulumi.Output[dict[str, str]]
    """Environment's label to the role that deploys it."""

    def __init__(self, name: str, args: CiAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, CiAccessArgs, _DEFAULTS)
        validate(name, CiAccessArgs, a)
        super().__init__(name, opts)
        self.provider_arn = _provider(self, name, a)
        state = _state(self, a)
        preview = _role(self, name, a, "preview", self.provider_arn, preview_trust(a), "Previews")
        _inline(self, name, "preview", preview, reading(state))
        _attach(self, name, "preview", preview, a["preview_policy_arns"])
        deploys = {label: _deployer(self, name, a, label, self.provider_arn, state) for label in a["environments"]}
        self.preview_role_arn = pulumi.Output.from_input(preview.arn)
        self.deploy_role_arns = pulumi.Output.all(**{label: role.arn for label, role in deploys.items()})


def _provider(parent: pulumi.Resource, name: str, a: CiAccessArgs) -> pulumi.Output[str]:
    given = a.get("provider_arn")
    if given is not None:
        return pulumi.Output.from_input(given)
    made = aws.iam.OpenIdConnectProvider(
        name,
        url=f"https://{issuer(a)}",
        # No thumbprints: AWS holds GitHub's and GitLab's certificates against its own library of authorities.
        client_id_lists=[AUDIENCE],
        tags=tags_for(f"CiAccess/{name}", name, a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return pulumi.Output.from_input(made.arn)


def _state(parent: pulumi.Resource, a: CiAccessArgs) -> State:
    bucket = a.get("state_bucket")
    arn = None if bucket is None else pulumi.Output.format("arn:{0}:s3:::{1}", partition(parent), bucket)
    return State(arn, a["state_prefix"], a["state_kms_key_arns"])


def _deployer(
    parent: pulumi.Resource, name: str, a: CiAccessArgs, label: str, provider_arn: pulumi.Output[str], state: State
) -> aws.iam.Role:
    role = f"deploy-{label}"
    boundary = a.get("permissions_boundary_arn")
    made = _role(parent, name, a, role, provider_arn, deploy_trust(a, label), f"Deploys {label}", boundary)
    if statements := writing(state):
        _inline(parent, name, role, made, statements)
    _attach(parent, name, role, made, a["environments"][label]["policy_arns"])
    return made


def _role(
    parent: pulumi.Resource,
    name: str,
    a: CiAccessArgs,
    role: str,
    provider_arn: pulumi.Output[str],
    trust: Trust,
    does: str,
    boundary: pulumi.Input[str] | None = None,
) -> aws.iam.Role:
    logical_name = f"{name}-{role}"
    return aws.iam.Role(
        logical_name,
        description=f"{does} from {a['repository']}",
        assume_role_policy=trust_document(provider_arn, issuer(a), trust),
        max_session_duration=a["session_seconds"],
        permissions_boundary=boundary,
        tags=tags_for(f"CiAccess/{name}", logical_name, a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _inline(
    parent: pulumi.Resource, name: str, role: str, of: aws.iam.Role, statements: list[Statement]
) -> aws.iam.RolePolicy:
    return aws.iam.RolePolicy(
        f"{name}-{role}-policy",
        role=of.name,
        policy=document(statements),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _attach(
    parent: pulumi.Resource, name: str, role: str, to: aws.iam.Role, policies: Mapping[str, pulumi.Input[Any]]
) -> None:
    for label, arn in policies.items():
        aws.iam.RolePolicyAttachment(
            f"{name}-{role}-{label}",
            role=to.name,
            policy_arn=arn,
            opts=pulumi.ResourceOptions(parent=parent),
        )
