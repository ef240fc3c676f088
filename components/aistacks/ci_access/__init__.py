"""IAM roles for CI pipelines through OpenID Connect: one that previews, and one per environment that deploys."""

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
from .policies import State, listing, reading, writing
from .trust import AUDIENCE, Trust, deploy_trust, issuer, preview_trust, trust_document


class CiProvider(enum.Enum):
    """The CI system that runs the pipelines."""

    GITHUB = "github"
    """GitHub Actions."""
    GITLAB = "gitlab"
    """GitLab CI/CD, on gitlab.com or self-managed."""


class CiEnvironmentArgs(TypedDict):
    """The deployment role of one environment. Its label has at most 15 lower-case letters, digits and hyphens."""

    policy_arns: dict[str, pulumi.Input[str]]
    """IAM policies to attach: a short label to the policy's ARN."""
    branch: NotRequired[str]
    """Git branch whose jobs may assume the role. Default: ``"main"``."""
    environment: NotRequired[str]
    """Name of the GitHub environment. Default: the label."""
    subject: NotRequired[str]
    """The complete ``sub`` claim, if the repository customises it. Default: derived from repository and environment
    (GitHub) or branch (GitLab)."""


class CiAccessArgs(TypedDict):
    """Arguments of ``CiAccess``."""

    repository: str
    """``owner/name`` on GitHub, ``group/project`` on GitLab."""
    provider: NotRequired[CiProvider]
    """The CI system that runs the pipelines. Default: ``"github"``."""
    owner_id: NotRequired[str]
    """GitHub's numeric owner ID, for repositories with immutable subjects (all that were created since 15 July 2026).
    Default: the subject contains names only."""
    repository_id: NotRequired[str]
    """GitHub's numeric repository ID; required with ``owner_id``. Default: the subject contains names only."""
    issuer: NotRequired[str]
    """Host of a self-managed GitLab, for example ``gitlab.example.com``. Default: the CI provider's public host."""
    provider_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing OpenID Connect provider; an account can have one per issuer. Default: a new one."""
    preview_contexts: NotRequired[list[str]]
    """Jobs that may preview: the complete part of the ``sub`` claim after the repository, for example ``pull_request``
    or ``environment:preview``. Default: the environments ``preview`` and ``drift`` (GitHub), the branch ``main``
    (GitLab)."""
    preview_policy_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """Additional policies of the preview role: a short label to the policy's ARN. Content stays denied. Default:
    ``{}``."""
    orphans: NotRequired[bool]
    """Whether the preview role may list what ``aistacks orphans`` looks for: everything in the account, by its settings
    and tags. Default: ``False``."""
    environments: NotRequired[dict[str, CiEnvironmentArgs]]
    """Deployment roles, by the environment's label. Default: ``{}``."""
    state_bucket: NotRequired[pulumi.Input[str]]
    """Name of the S3 bucket of Pulumi's state backend. Default: none; another backend is used."""
    state_prefix: NotRequired[str]
    """Key prefix of the state in the bucket: empty, or ending in ``/``. Default: ``""``."""
    state_kms_key_arns: NotRequired[list[pulumi.Input[str]]]
    """KMS keys of the stacks' secrets and of the state bucket: key ARNs, not alias ARNs. Default: ``[]``."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of each IAM role. Default: none."""
    session_seconds: NotRequired[int]
    """Maximum session duration in seconds, 3600 to 43200. Default: ``3600``."""
    iam_path: NotRequired[str]
    """Path of each IAM role and policy, such as ``"/aistacks/"``; another one replaces them. Default: IAM's, ``/``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource, in addition to the component's own. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "provider": "github",
    "preview_policy_arns": {},
    "orphans": False,
    "environments": {},
    "state_prefix": "",
    "state_kms_key_arns": [],
    "session_seconds": 3600,
    "tags": {},
}


class CiAccess(Component):
    """Roles that pipelines assume through OpenID Connect, bound to repository, environment and branch; no access keys.

    Raises ``UserError`` for invalid arguments.
    """

    provider_arn: pulumi.Output[str]
    """ARN of the OpenID Connect provider."""
    preview_role_arn: pulumi.Output[str]
    """Role for previews and drift checks: reads resource settings and the state, changes nothing."""
    deploy_role_arns: pulumi.Output[dict[str, str]]
    """Environment's label to the ARN of its deployment role."""

    def __init__(self, name: str, args: CiAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, CiAccessArgs, _DEFAULTS)
        validate(name, CiAccessArgs, a)
        super().__init__(name, opts, iam=a)
        self.provider_arn = _provider(self, name, a)
        state = _state(self, a)
        preview = _role(self, name, a, "preview", self.provider_arn, preview_trust(a), "Previews")
        _inline(self, name, "preview", preview, reading(state))
        _attach(self, name, "preview", preview, a["preview_policy_arns"])
        if a["orphans"]:
            _listing(self, name, a, preview)
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
        # No thumbprints: AWS verifies GitHub's and GitLab's certificates against its own trusted CAs.
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
    made = _role(parent, name, a, role, provider_arn, deploy_trust(a, label), f"Deploys {label}")
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
) -> aws.iam.Role:
    logical_name = f"{name}-{role}"
    return aws.iam.Role(
        logical_name,
        description=f"{does} from {a['repository']}",
        assume_role_policy=trust_document(provider_arn, issuer(a), trust),
        max_session_duration=a["session_seconds"],
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


def _listing(parent: pulumi.Resource, name: str, a: CiAccessArgs, role: aws.iam.Role) -> None:
    """A policy of its own: together with the rest it would be longer than a role's inline policies may be."""
    logical_name = f"{name}-orphans"
    made = aws.iam.Policy(
        logical_name,
        description="Lists what aistacks orphans looks for",
        policy=document(listing()),
        tags=tags_for(f"CiAccess/{name}", logical_name, a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.iam.RolePolicyAttachment(
        logical_name, role=role.name, policy_arn=made.arn, opts=pulumi.ResourceOptions(parent=parent)
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
