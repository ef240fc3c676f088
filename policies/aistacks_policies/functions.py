"""Lambda functions: runtimes, networks, environments, and who may call them."""

from __future__ import annotations

from datetime import date

from aistacks_core.facts import load

from .resource import Resource
from .rule import Severity, rule
from .secret_texts import looks_like
from .stack import Stack, Types
from .values import PASS, Answers, all_of, any_of, no

_FUNCTIONS: Types = ("aws:lambda/function:Function",)
_PERMISSIONS: Types = ("aws:lambda/permission:Permission", "aws:lambda/layerVersionPermission:LayerVersionPermission")


@rule(
    "lambda-supported-runtime",
    _FUNCTIONS,
    Severity.MEDIUM,
    "Lambda.2",
    "CKV_AWS_363",
    title="Functions run on a runtime that AWS still supports",
    fix="Set runtime to a newer version of the language.",
)
def supported_runtime(function: Resource, stack: Stack) -> Answers:
    """The runtime gets security fixes today. A function that is an image brings its own, and isn't judged; a runtime
    that this version doesn't know may be a newer one."""
    runtime = function["runtime"]
    if function["packageType"].equals("Image"):
        return [PASS]
    if runtime.unknown or runtime.symbolic or runtime.absent:
        return [runtime.unsure()]
    ends = load(f"{__package__}.facts", "lambda_runtimes.yaml")["ends"]
    if runtime.text not in ends:
        return [runtime.unsure(f"is {runtime.text}, which this version doesn't know")]
    end = date.fromisoformat(str(ends[runtime.text]))
    return [runtime.judged(end > stack.today, f"is {runtime.text}, which gets no fixes since {end}")]


@rule(
    "lambda-two-zones",
    _FUNCTIONS,
    Severity.LOW,
    "Lambda.5",
    title="Functions in a VPC have subnets in two zones",
    fix="Set vpcConfig.subnetIds to subnets of two zones or more.",
)
def two_zones(function: Resource) -> Answers:
    """A function in a network has two subnets or more, so that one zone's failure doesn't end it. One outside of a VPC
    is in every zone already."""
    subnets = function["vpcConfig"]["subnetIds"]
    if not subnets.unknown and not subnets.each():
        return [PASS]
    return [subnets.unsure() if subnets.unknown else subnets.judged(len(subnets.each()) > 1, "is one subnet only")]


@rule(
    "lambda-no-secrets-in-environment",
    _FUNCTIONS,
    Severity.CRITICAL,
    "CKV_AWS_45",
    title="Functions' environments hold no secrets",
    fix="Name the secret, and read it from Secrets Manager with the function's role.",
)
def no_secrets(function: Resource) -> Answers:
    """No variable looks like a key, a token or a password. Everybody who may describe the function can read them."""
    for name, value in function["environment"]["variables"].entries():
        if value.unknown:
            yield value.unsure()
            continue
        what = looks_like(value.text, name)
        yield value.judged(what is None, f"holds what looks like {what}")


@rule(
    "lambda-not-for-everybody",
    _PERMISSIONS,
    Severity.HIGH,
    "Lambda.1",
    "CKV_AWS_301",
    title="Nobody is let in to a function by *",
    fix="Name the service with sourceArn, the account, or the organization.",
)
def not_for_everybody(permission: Resource) -> Answers:
    """No permission gives everybody a function or a layer. A function URL without sign-in needs one; it is judged
    there."""
    principal = permission["principal"]
    by_url = permission["functionUrlAuthType"].equals("NONE")
    narrow = ("sourceArn", "sourceAccount", "principalOrgId", "organizationId", "eventSourceToken")
    bound = any_of((by_url, *(permission[p].present for p in narrow)))
    yield principal.judged(no(all_of((principal.equals("*"), no(bound)))), "is *, and nothing limits who")
