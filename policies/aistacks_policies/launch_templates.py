"""What EC2 instances start as: launch templates, instances, and Karpenter's node classes."""

from __future__ import annotations

import base64
import binascii

from .resource import Resource
from .rule import Severity, rule
from .secret_texts import looks_like
from .stack import Stack, Types
from .values import PASS, Answers, Value, unsure

_TEMPLATES: Types = ("aws:ec2/launchTemplate:LaunchTemplate",)
_INSTANCES: Types = ("aws:ec2/instance:Instance", "aws:ec2/launchConfiguration:LaunchConfiguration")
_CLASSES: Types = ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",)
_STARTS: Types = (*_TEMPLATES, *_INSTANCES, *_CLASSES)
_VOLUMES: Types = ("aws:ebs/volume:Volume",)
_STORAGE: Types = ("kubernetes:storage.k8s.io/v1:StorageClass",)
_DEFAULTS: Types = ("aws:ebs/encryptionByDefault:EncryptionByDefault",)
_KARPENTER_HOPS = 1


def _spec(start: Resource) -> Value:
    return start["spec"] if start.type in _CLASSES else Value(start.props)


@rule(
    "ec2-imdsv2",
    _STARTS,
    Severity.HIGH,
    "EC2.170",
    "CKV_AWS_79",
    title="Instances require IMDSv2",
    fix="Set metadataOptions.httpTokens to required.",
)
def imdsv2(start: Resource) -> Answers:
    """IMDSv2 is required, or the metadata service is off. With version 1 one forged request through a web service
    reads the instance's credentials."""
    options = _spec(start)["metadataOptions"]
    if options["httpEndpoint"].equals("disabled"):
        return [PASS]
    tokens = options["httpTokens"]
    return [(tokens.or_else("required") if start.type in _CLASSES else tokens).must_be("required")]


@rule(
    "ec2-metadata-hop-limit",
    _STARTS,
    Severity.MEDIUM,
    "CKV_AWS_341",
    title="The instance metadata hop limit is 1",
    fix="Set metadataOptions.httpPutResponseHopLimit to 1.",
)
def metadata_hop_limit(start: Resource) -> Answers:
    """The answer to a token request travels one hop, so that a container on the instance doesn't get the instance's
    own role. Unset it is 1, AWS's default and Karpenter's."""
    options = _spec(start)["metadataOptions"]
    if options["httpEndpoint"].equals("disabled"):
        return [PASS]
    return [options["httpPutResponseHopLimit"].or_else(_KARPENTER_HOPS).must_be_at_most(1)]


def _by_default(stack: Stack) -> bool:
    return any(d["enabled"].or_else(True).equals(True) for d in stack.of(_DEFAULTS))


@rule(
    "ec2-volumes-encrypted",
    (*_STARTS, *_VOLUMES, *_STORAGE),
    Severity.HIGH,
    "EC2.7",
    "EC2.181",
    title="Volumes are encrypted",
    fix="Set encrypted to true on each volume, or declare an EncryptionByDefault.",
)
def volumes_encrypted(start: Resource, stack: Stack) -> Answers:
    """Every EBS volume that a template, an instance, a node class or a storage class makes is encrypted, or the stack
    turns encryption on for all of the account's new volumes. A template without volumes takes those of its image; what
    these are isn't known here."""
    if not _by_default(stack):
        yield from _volumes(start)


def _volumes(start: Resource) -> Answers:
    if start.type in _VOLUMES:
        return [start["encrypted"].must_be(True)]
    if start.type in _STORAGE:
        ebs = start["provisioner"].equals("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
        return [PASS if ebs is False else start["parameters"]["encrypted"].must_be(True)]
    if start.type in _INSTANCES:
        blocks = [*start["rootBlockDevice"].each(), *start["ebsBlockDevices"].each()]
        known = not start["rootBlockDevice"].absent
    else:
        mappings = _spec(start)["blockDeviceMappings"].each()
        blocks = [m["ebs"] for m in mappings if not m["ebs"].absent]
        known = bool(mappings)
    found = [block["encrypted"].must_be(True) for block in blocks]
    return found if known else [*found, unsure("its root volume is the image's; whether that is encrypted isn't known")]


@rule(
    "ec2-no-public-address",
    _STARTS,
    Severity.HIGH,
    "EC2.25",
    "CKV_AWS_88",
    title="Instances get no public IP address",
    fix="Set associatePublicIpAddress to false.",
)
def no_public_address(start: Resource) -> Answers:
    """Nothing that starts asks for a public IP address. Where it is silent, the subnet decides; a rule of its own
    judges subnets."""
    if start.type in _CLASSES:
        yield start["spec"]["associatePublicIPAddress"].or_else(False).must_be(False)
    elif start.type in _INSTANCES:
        yield start["associatePublicIpAddress"].or_else(False).must_be(False)
    else:
        for interface in start["networkInterfaces"].each():
            yield interface["associatePublicIpAddress"].or_else(False).must_be(False)


def _decoded(value: Value) -> str:
    try:
        return base64.b64decode(value.text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return value.text


@rule(
    "ec2-no-secrets-in-user-data",
    _STARTS,
    Severity.CRITICAL,
    "CKV_AWS_46",
    title="User data holds no secrets",
    fix="Read the secret from Secrets Manager when the instance starts, with the instance's role.",
)
def no_secrets_in_user_data(start: Resource) -> Answers:
    """Nothing in the user data looks like a key, a token or a password. Everybody who may describe the template, and
    every process on the instance, can read it."""
    spec = _spec(start)
    for key in ("userData", "userDataBase64"):
        data = spec[key]
        if data.absent:
            continue
        if data.unknown:
            yield data.unsure()
            continue
        text = _decoded(data)
        what = looks_like(text)
        yield data.judged(what is None, f"holds what looks like {what}")
