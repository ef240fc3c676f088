"""What the owner of an account asks of every role: a permissions boundary, and a path."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from aistacks_core.facts import load

from ._metadata import Problem

BOUNDARY, PATH = "permissions_boundary_arn", "iam_path"
_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+")
_WHOLE_PATH = re.compile(r"/|/[\x21-\x7e]+/")
_LONGEST_PATH = 512


def problems(args: Mapping[str, Any]) -> Iterator[Problem]:
    """What IAM would refuse of a component's arguments."""
    path, boundary = args.get(PATH), args.get(BOUNDARY)
    if path is not None and (not _WHOLE_PATH.fullmatch(path) or len(path) > _LONGEST_PATH):
        yield Problem(PATH, path, f"'/', or such as '/teams/ml/': at most {_LONGEST_PATH} printable characters")
    if isinstance(boundary, str) and not _ARN.fullmatch(boundary):
        yield Problem(BOUNDARY, boundary, "a policy's ARN, such as arn:aws:iam::111122223333:policy/boundary")


def fitted(child: pulumi.ResourceTransformationArgs, args: Mapping[str, Any]) -> pulumi.ResourceTransformationArgs:
    """``child`` within the boundary and below the path of ``args``, where it is of IAM and has such."""
    properties = load("aistacks._aws", "iam.yaml")["types"].get(child.type_, {})
    more = {name: args[argument] for argument, name in properties.items() if args.get(argument) is not None}
    if not more:
        return child
    return pulumi.ResourceTransformationArgs(
        child.resource, child.type_, child.name, {**child.props, **more}, child.opts
    )
