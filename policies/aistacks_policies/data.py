"""Athena and Glue: what reads the lake."""

from __future__ import annotations

from .kms import KEYS
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers

_WORKGROUPS: Types = ("aws:athena/workgroup:Workgroup",)
_DATABASES: Types = ("aws:athena/database:Database",)
_CATALOGS: Types = ("aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",)
_CONFIGURATIONS: Types = ("aws:glue/securityConfiguration:SecurityConfiguration",)
_RUNS: Types = ("aws:glue/job:Job", "aws:glue/crawler:Crawler", "aws:glue/devEndpoint:DevEndpoint")


@rule(
    "athena-enforced",
    _WORKGROUPS,
    Severity.MEDIUM,
    "CKV_AWS_82",
    title="Nobody can leave a workgroup's settings",
    fix="Leave configuration.enforceWorkgroupConfiguration true.",
)
def enforced(workgroup: Resource) -> Answers:
    """A client can't choose another place for its results, or none of the encryption."""
    return [workgroup["configuration"]["enforceWorkgroupConfiguration"].or_else(True).must_be(True)]


@rule(
    "athena-encrypted",
    (*_WORKGROUPS, *_DATABASES),
    Severity.HIGH,
    "CKV_AWS_159",
    title="Query results are encrypted",
    fix="Set resultConfiguration.encryptionConfiguration with encryptionOption SSE_KMS and kmsKeyArn.",
)
def encrypted(athena: Resource, stack: Stack) -> Answers:
    """What queries write is encrypted with a KMS key."""
    if athena.type in _DATABASES:
        yield athena["encryptionConfiguration"]["encryptionOption"].must_be("SSE_KMS", "CSE_KMS")
        return
    config = athena["configuration"]
    # Results that Athena keeps itself have no place of ours.
    if config["managedQueryResultsConfiguration"]["enabled"].equals(True):
        key = config["managedQueryResultsConfiguration"]["encryptionConfiguration"]["kmsKey"]
        yield stack.must_come_from(athena, key, KEYS)
        return
    result = config["resultConfiguration"]["encryptionConfiguration"]
    yield result["encryptionOption"].must_be("SSE_KMS", "CSE_KMS")
    yield stack.must_come_from(athena, result["kmsKeyArn"], KEYS)


@rule(
    "glue-catalog-encrypted",
    _CATALOGS,
    Severity.MEDIUM,
    "CKV_AWS_94",
    title="The data catalogue is encrypted",
    fix="Set encryptionAtRest.catalogEncryptionMode to SSE-KMS and connectionPasswordEncryption to true.",
)
def catalog_encrypted(settings: Resource) -> Answers:
    """Where the stack owns the account's catalogue settings, metadata and connections' passwords are encrypted."""
    inner = settings["dataCatalogEncryptionSettings"]
    at_rest = inner["encryptionAtRest"]["catalogEncryptionMode"]
    yield at_rest.must_be("SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE")
    yield inner["connectionPasswordEncryption"]["returnConnectionPasswordEncrypted"].must_be(True)


@rule(
    "glue-configuration-encrypts",
    _CONFIGURATIONS,
    Severity.MEDIUM,
    "CKV_AWS_99",
    title="A Glue security configuration encrypts everything",
    fix="Set the modes of CloudWatch, job bookmarks and S3 to a KMS one.",
)
def configuration_encrypts(configuration: Resource) -> Answers:
    """Logs, bookmarks and results of Glue jobs are encrypted."""
    inner = configuration["encryptionConfiguration"]
    yield inner["cloudwatchEncryption"]["cloudwatchEncryptionMode"].must_be("SSE-KMS")
    yield inner["jobBookmarksEncryption"]["jobBookmarksEncryptionMode"].must_be("CSE-KMS")
    yield inner["s3Encryption"]["s3EncryptionMode"].must_be("SSE-KMS", "SSE-S3")


@rule(
    "glue-has-configuration",
    _RUNS,
    Severity.MEDIUM,
    "CKV_AWS_195",
    title="Glue jobs and crawlers have a security configuration",
    fix="Set securityConfiguration.",
)
def has_configuration(run: Resource) -> Answers:
    """A security configuration is named, which says how logs, bookmarks and results are encrypted."""
    return [run["securityConfiguration"].must_be_set()]
