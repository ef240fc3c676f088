"""A store for verified models: an S3 bucket for inference services, and ECR repositories for their images."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .._arguments import checked, wrong
from .._aws.bucket import access_log_bucket, secure_bucket
from .._aws.key import key_for
from .._aws.policy_documents import Statement, document, partition
from .._aws.tags import tags_for
from ..component import Component


class ModelStoreArgs(TypedDict):
    """Arguments of ``ModelStore``."""

    repositories: NotRequired[list[str]]
    """ECR repositories to create, for example ``["digits"]``; lower-case letters and digits, separated by single
    ``-``, ``_`` or ``.``. Default: ``[]``."""
    prefix: NotRequired[str]
    """Key prefix of the models: empty, or ending in ``/``. Both IAM policies are limited to it. Default: ``""``."""
    bucket_name: NotRequired[pulumi.Input[str]]
    """Name of an existing bucket, whose settings aren't changed; requires ``kms_key_arn``. Default: a new bucket."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for bucket and repositories. Default: a new customer managed key."""
    access_log_bucket: NotRequired[pulumi.Input[str]]
    """Name of a bucket that receives the new bucket's access logs. Default: a new bucket."""
    noncurrent_version_retention_days: NotRequired[int]
    """Days after which noncurrent object versions expire. Default: ``90``."""
    keep_images: NotRequired[int]
    """Number of tagged images that each repository keeps, newest first; ECR expires older ones even if they are in
    use. Default: all."""
    untagged_image_retention_days: NotRequired[int]
    """Days after which untagged images expire. Default: ``14``."""
    deletion_protection: NotRequired[bool]
    """Protects stateful resources from deletion, and retains them in AWS when they are removed from the program.
    Default: ``True``."""
    deletion_allowed: NotRequired[dict[str, str]]
    """Resources that ``deletion_protection`` doesn't guard today: a resource's name in the program (or
    ``<kind>::<name>``, for example ``Bucket::lake-gold``) to today's date in UTC, for example ``2026-12-01``. Any other
    day is refused. Default: ``{}``."""
    iam_path: NotRequired[str]
    """Path of each IAM policy, such as ``"/aistacks/"``; another one replaces them. Default: IAM's, ``/``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource, in addition to the component's own. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "repositories": [],
    "prefix": "",
    "noncurrent_version_retention_days": 90,
    "untagged_image_retention_days": 14,
    "deletion_protection": True,
    "deletion_allowed": {},
    "tags": {},
}


class ModelStore(Component):
    """A bucket and image repositories for published models, and IAM policies to read and to publish them.

    Raises ``UserError`` for invalid arguments.
    """

    bucket_name: pulumi.Output[str]
    """Name of the models' bucket."""
    bucket_arn: pulumi.Output[str]
    """The bucket's ARN."""
    prefix: pulumi.Output[str]
    """Key prefix of the models: empty, or ending in ``/``; pass it to ``InferenceService`` with the bucket."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the KMS key of bucket and repositories."""
    repository_urls: pulumi.Output[dict[str, str]]
    """Name in ``repositories`` to the repository's URL."""
    read_policy_arn: pulumi.Output[str]
    """ARN of the IAM policy for serving models: allows listing, getting and decrypting objects."""
    write_policy_arn: pulumi.Output[str]
    """ARN of the IAM policy for publishing models: allows putting objects and pushing images, but no deletion."""

    def __init__(self, name: str, args: ModelStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, ModelStoreArgs, _DEFAULTS)
        _validate(name, a)
        super().__init__(name, opts, deletion_allowed=a["deletion_allowed"], iam=a)
        component = f"ModelStore/{name}"
        self.kms_key_arn = key_for(
            self,
            f"{name}-key",
            component=component,
            purpose="models and images",
            tags=a["tags"],
            retain=a["deletion_protection"],
            given=a.get("kms_key_arn"),
        )
        self.prefix = pulumi.Output.from_input(a["prefix"])
        self.bucket_name, self.bucket_arn = _bucket(self, name, component, a, self.kms_key_arn)
        repositories = {r: _repository(self, name, component, a, r, self.kms_key_arn) for r in a["repositories"]}
        self.repository_urls = pulumi.Output.all(**{r: made.repository_url for r, made in repositories.items()})
        where = _Store(self.bucket_arn, a["prefix"], self.kms_key_arn, [r.arn for r in repositories.values()])
        self.read_policy_arn = _policy(self, f"{name}-read", component, a, "Reads models of", _reading(where))
        self.write_policy_arn = _policy(self, f"{name}-write", component, a, "Publishes models to", _writing(where))


class _Store(NamedTuple):
    bucket_arn: pulumi.Output[str]
    prefix: str
    key_arn: pulumi.Output[str]
    repository_arns: Sequence[pulumi.Input[str]]


def _validate(name: str, a: ModelStoreArgs) -> None:
    for i, repository in enumerate(a["repositories"]):
        path = f"repositories[{i}]"
        if not re.fullmatch(r"[a-z0-9]+([._-][a-z0-9]+)*", repository) or not 2 <= len(repository) <= 128:
            expected = "2 to 128 lower-case letters and digits, joined by single - _ or ."
            raise wrong(name, ModelStoreArgs, path, repository, expected)
        if repository in a["repositories"][:i]:
            raise wrong(name, ModelStoreArgs, path, repository, "each repository once")
    prefix = a["prefix"]
    if prefix and (prefix.startswith("/") or not prefix.endswith("/") or "*" in prefix or "?" in prefix):
        raise wrong(name, ModelStoreArgs, "prefix", prefix, "nothing, or a prefix like 'models/', without * and ?")
    if a.get("bucket_name") is not None and a.get("kms_key_arn") is None:
        expected = "the ARN of the key by which your bucket is encrypted"
        raise wrong(name, ModelStoreArgs, "kms_key_arn", None, expected, "The policies let nobody decrypt else.")
    for key in ("noncurrent_version_retention_days", "keep_images", "untagged_image_retention_days"):
        if key in a and a[key] < 1:
            raise wrong(name, ModelStoreArgs, key, a[key], "at least 1")


def _bucket(
    parent: pulumi.Resource, name: str, component: str, a: ModelStoreArgs, key_arn: pulumi.Output[str]
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Name and ARN of the existing or a new bucket."""
    given = a.get("bucket_name")
    if given is not None:
        return pulumi.Output.from_input(given), pulumi.Output.format("arn:{0}:s3:::{1}", partition(parent), given)
    tags, retain = a["tags"], a["deletion_protection"]
    logs = a.get("access_log_bucket")
    if logs is None:
        logs = access_log_bucket(parent, f"{name}-access-logs", component=component, tags=tags, retain=retain).ready
    bucket = secure_bucket(
        parent,
        name,
        component=component,
        tags=tags,
        kms_key_arn=key_arn,
        log_bucket=logs,
        retain=retain,
        noncurrent_days=a["noncurrent_version_retention_days"],
    )
    return pulumi.Output.from_input(bucket.bucket), pulumi.Output.from_input(bucket.arn)


def _repository(
    parent: pulumi.Resource,
    name: str,
    component: str,
    a: ModelStoreArgs,
    repository: str,
    key_arn: pulumi.Output[str],
) -> aws.ecr.Repository:
    logical_name, retain = f"{name}-{repository}", a["deletion_protection"]
    made = aws.ecr.Repository(
        logical_name,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration={"scan_on_push": True},
        encryption_configurations=[{"encryption_type": "KMS", "kms_key": key_arn}],
        force_delete=not retain,
        tags=tags_for(component, logical_name, a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent, protect=retain, retain_on_delete=retain),
    )
    aws.ecr.LifecyclePolicy(
        f"{logical_name}-lifecycle",
        repository=made.name,
        policy=_image_lifecycle(a.get("keep_images"), a["untagged_image_retention_days"]),
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=retain),
    )
    return made


def _image_lifecycle(keep: int | None, untagged_days: int) -> str:
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": untagged_days,
    }
    tagged = {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": keep}
    selections = [("Images without a tag", untagged), *([(f"Tagged images beyond {keep}", tagged)] if keep else [])]
    rules = [
        {"rulePriority": i, "description": text, "selection": selection, "action": {"type": "expire"}}
        for i, (text, selection) in enumerate(selections, start=1)
    ]
    return json.dumps({"rules": rules})


def _policy(
    parent: pulumi.Resource,
    logical_name: str,
    component: str,
    a: ModelStoreArgs,
    what: str,
    statements: Sequence[Statement],
) -> pulumi.Output[str]:
    made = aws.iam.Policy(
        logical_name,
        description=f"{what} {component}",
        policy=document(statements),
        tags=tags_for(component, logical_name, a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return pulumi.Output.from_input(made.arn)


def _listing(where: _Store) -> list[Statement]:
    listing: dict[str, object] = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": where.bucket_arn}
    if where.prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": f"{where.prefix}*"}}
    return [{"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": where.bucket_arn}, listing]


def _objects(where: _Store, actions: Sequence[str]) -> Mapping[str, object]:
    resource = pulumi.Output.concat(where.bucket_arn, f"/{where.prefix}*")
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _reading(where: _Store) -> list[Statement]:
    return [
        *_listing(where),
        _objects(where, ["s3:GetObject"]),
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": where.key_arn},
    ]


def _writing(where: _Store) -> list[Statement]:
    statements = [
        *_listing(where),
        # Interrupted uploads are found and resumed.
        {"Effect": "Allow", "Action": "s3:ListBucketMultipartUploads", "Resource": where.bucket_arn},
        # A publisher also reads: it checks whether a model exists, and verifies its uploads.
        _objects(where, ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]),
        # S3 decrypts the parts of a multipart upload to assemble them.
        {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": where.key_arn},
    ]
    if where.repository_arns:
        push = ["BatchCheckLayerAvailability", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"]
        push += ["PutImage", "BatchGetImage", "GetDownloadUrlForLayer", "DescribeImages"]
        statements += [
            {
                "Effect": "Allow",
                "Action": [f"ecr:{action}" for action in push],
                "Resource": list(where.repository_arns),
            },
            # This action doesn't support resource-level permissions.
            {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        ]
    return statements
