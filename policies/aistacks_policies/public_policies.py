"""Policies of resources that let everybody in: one rule for each kind of resource."""

from __future__ import annotations

from collections.abc import Callable

from .documents import everybody
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answer, Answers, Value, either, fail, summed

# Rule, what carries the policy (its own or for another), the property, sources, words.
_CARRIERS: tuple[tuple[str, Types, str, tuple[str, ...], str], ...] = (
    (
        "sns",
        ("aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"),
        "policy",
        ("SNS.4", "CKV_AWS_169"),
        "topic",
    ),
    ("ecr", ("aws:ecr/repositoryPolicy:RepositoryPolicy",), "policy", ("CKV_AWS_32",), "repository"),
    (
        "secrets",
        ("aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"),
        "policy",
        (),
        "secret",
    ),
    ("efs", ("aws:efs/fileSystemPolicy:FileSystemPolicy",), "policy", (), "file system"),
    ("dynamodb", ("aws:dynamodb/resourcePolicy:ResourcePolicy",), "policy", (), "table"),
    ("kinesis", ("aws:kinesis/resourcePolicy:ResourcePolicy",), "policy", (), "stream"),
    ("msk", ("aws:msk/clusterPolicy:ClusterPolicy",), "policy", (), "Kafka cluster"),
    ("backup", ("aws:backup/vaultPolicy:VaultPolicy",), "policy", (), "backup vault"),
    ("events", ("aws:cloudwatch/eventBusPolicy:EventBusPolicy",), "policy", (), "event bus"),
    (
        "lambda-policy",
        ("aws:lambda/resourcePolicy:ResourcePolicy",),
        "policy",
        (),
        "function",
    ),
)
_SEARCH: Types = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
_SEARCH_POLICIES: Types = (
    "aws:opensearch/domainPolicy:DomainPolicy",
    "aws:elasticsearch/domainPolicy:DomainPolicy",
)
_FILES: Types = ("aws:efs/fileSystem:FileSystem",)
_FILE_POLICIES: Types = ("aws:efs/fileSystemPolicy:FileSystemPolicy",)
_BACKUPS: Types = ("aws:efs/backupPolicy:BackupPolicy",)


def _judge_of(prop: str, noun: str) -> Callable[[Resource], Answers]:
    def judge(resource: Resource) -> Answers:
        return everybody(resource[prop])

    judge.__doc__ = (
        f"No statement of a {noun}'s policy allows something to principal * without a condition that says who."
    )
    return judge


for _service, _types, _prop, _sources, _noun in _CARRIERS:
    rule(
        f"{_service}-not-for-everybody",
        _types,
        Severity.HIGH,
        *_sources,
        title=f"No policy of a {_noun} grants public access",
        fix="Name the principals, or demand aws:SourceArn, aws:PrincipalOrgID or the like.",
    )(_judge_of(_prop, _noun))


@rule(
    "opensearch-not-for-everybody",
    _SEARCH,
    Severity.CRITICAL,
    title="No search domain on the internet is open to everybody",
    fix="Set vpcOptions, or name principals in accessPolicies.",
)
def search_not_for_everybody(domain: Resource, stack: Stack) -> Answers:
    """A domain with an endpoint on the internet has no statement that allows something to principal * without a
    condition that says who. In a VPC security groups decide who reaches it."""
    inside = domain["vpcOptions"].must_be_set()
    policies: list[Value] = [] if domain["accessPolicies"].absent else [domain["accessPolicies"]]
    answers = [summed(everybody(p)) for p in policies]
    answers += stack.attached(domain, _SEARCH_POLICIES, "domainName").all_must(lambda p: everybody(p["accessPolicies"]))
    return [either(inside, answer, otherwise=answer) for answer in answers] or [PASS]


@rule(
    "efs-own-policy",
    _FILES,
    Severity.LOW,
    title="File systems say who may mount them",
    fix="Add a FileSystemPolicy that demands TLS and names roles.",
)
def own_policy(files: Resource, stack: Stack) -> Answers:
    """Without a policy whoever reaches a mount target's port may read and write all files."""
    found = stack.attached(files, _FILE_POLICIES, "fileSystemId")
    return [found.must(lambda p: [p["policy"].must_be_set()], fail("has no FileSystemPolicy"))]


@rule(
    "efs-backed-up",
    _FILES,
    Severity.MEDIUM,
    "EFS.2",
    "CKV2_AWS_18",
    title="File systems are backed up",
    fix="Add a BackupPolicy with status ENABLED, or a backup Selection with the file system's ARN.",
)
def backed_up(files: Resource, stack: Stack) -> Answers:
    """AWS Backup takes a copy of the files each day. A selection by tags may, too: that isn't known here."""
    by_policy = stack.attached(files, _BACKUPS, "fileSystemId")
    answer: Answer = by_policy.must(
        lambda p: [p["backupPolicy"]["status"].must_be("ENABLED")], fail("has no BackupPolicy")
    )
    selections = stack.of(("aws:backup/selection:Selection",))
    return [either(answer, *(_selects(s, files, stack) for s in selections), otherwise=answer)]


def _selects(selection: Resource, files: Resource, stack: Stack) -> Answer:
    named = stack.pointed(selection, selection["resources"], _FILES)
    if files in named.sure:
        return PASS
    by_tag = not selection["selectionTags"].absent or not selection["conditions"].absent
    whole = any(r.text.endswith("*") for r in selection["resources"].each())
    unclear = by_tag or whole or files in named.maybe
    return selection["resources"].unsure("may select it") if unclear else fail("isn't selected")
