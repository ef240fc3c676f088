"""Load balancers and their listeners."""

from __future__ import annotations

import re

from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answers, Truth, all_of, any_of, fail, no

_BALANCERS: Types = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
_LISTENERS: Types = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
_ACLS: Types = ("aws:wafv2/webAclAssociation:WebAclAssociation",)
# ELBSecurityPolicy-TLS13-1-2-…, -TLS13-1-3-…, -TLS-1-2-…, -FS-1-2-…: nothing older than TLS 1.2.
_MODERN = re.compile(r"^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)(-(?!0|1-0)|$)")


@rule(
    "lb-tls",
    _LISTENERS,
    Severity.HIGH,
    "ELB.1",
    "ELB.17",
    "ELB.18",
    "CKV_AWS_103",
    title="Listeners require TLS 1.2 or newer",
    fix="Set protocol HTTPS or TLS and an sslPolicy such as ELBSecurityPolicy-TLS13-1-2-2021-06; let port 80 redirect.",
)
def tls(listener: Resource) -> Answers:
    """A listener is encrypted with a policy that takes nothing older than TLS 1.2; an HTTP listener only redirects to
    HTTPS. A listener of a gateway load balancer has no protocol."""
    protocol = listener["protocol"]
    if protocol.unknown:
        return [protocol.unsure()]
    if protocol.absent or protocol.equals("GENEVE"):
        return [PASS]
    if protocol.equals("HTTPS", "TLS", "QUIC", "TCP_QUIC"):
        policy = listener["sslPolicy"]
        modern = None if policy.unknown else _MODERN.match(policy.text) is not None
        return [policy.judged(modern, f"{policy.text or 'the default policy'} takes versions before TLS 1.2")]
    redirects: Truth = any_of(
        a["redirect"]["protocol"].equals("HTTPS") if a["type"].equals("redirect") else a["type"].equals("redirect")
        for a in listener["defaultActions"].each()
    )
    return [protocol.judged(redirects, f"is {protocol.text}, which isn't encrypted")]


@rule(
    "lb-drops-bad-headers",
    _BALANCERS,
    Severity.MEDIUM,
    "ELB.4",
    "CKV_AWS_131",
    title="Load balancers drop invalid headers",
    fix="Set dropInvalidHeaderFields to true.",
)
def drops_bad_headers(balancer: Resource) -> Answers:
    """An application load balancer drops headers that aren't valid, by which requests are smuggled past it."""
    kind = balancer["loadBalancerType"].or_else("application").equals("application")
    return [PASS if kind is False else balancer["dropInvalidHeaderFields"].or_else(False).must_be(True)]


@rule(
    "lb-access-logs",
    _BALANCERS,
    Severity.MEDIUM,
    "ELB.5",
    "CKV_AWS_91",
    title="Load balancers log access",
    fix="Set accessLogs with enabled true and a bucket.",
)
def access_logs(balancer: Resource) -> Answers:
    """Who asked for what is written to a bucket. A gateway load balancer has no such log."""
    if balancer["loadBalancerType"].equals("gateway"):
        return [PASS]
    return [balancer["accessLogs"]["enabled"].must_be(True)]


@rule(
    "lb-spread",
    _BALANCERS,
    Severity.MEDIUM,
    "ELB.13",
    title="Load balancers are in two zones",
    fix="Name subnets of two zones or more.",
)
def spread(balancer: Resource) -> Answers:
    """Two subnets or more, so that one zone's failure doesn't end it."""
    subnets = balancer["subnets"] if balancer["subnetMappings"].absent else balancer["subnetMappings"]
    if subnets.absent or subnets.unknown:
        return [subnets.unsure()]
    return [subnets.judged(len(subnets.each()) > 1, "is one subnet only")]


def _faces_internet(balancer: Resource) -> Truth:
    kind = balancer["loadBalancerType"].or_else("application")
    return all_of((kind.equals("application"), no(balancer["internal"].or_else(False).equals(True))))


@rule(
    "lb-firewall",
    _BALANCERS,
    Severity.LOW,
    "ELB.16",
    "CKV2_AWS_28",
    title="Load balancers on the internet have a web firewall",
    fix="Add a wafv2 WebAclAssociation with the load balancer's ARN.",
)
def firewall(balancer: Resource, stack: Stack) -> Answers:
    """A web ACL refuses known attacks and floods. What is internal, and what isn't an application load balancer, isn't
    judged."""
    faces = _faces_internet(balancer)
    if faces is False:
        return [PASS]
    found = stack.attached(balancer, _ACLS, "resourceArn").must(lambda _: [], fail("has no WebAclAssociation"))
    return [found if faces else balancer["internal"].unsure()]


@rule(
    "lb-signed-in",
    _LISTENERS,
    Severity.LOW,
    title="Load balancers on the internet ask who calls",
    fix="Put authenticate-oidc or authenticate-cognito first, or give a website for the public a waiver.",
)
def signed_in(listener: Resource, stack: Stack) -> Answers:
    """A listener of an application load balancer on the internet that forwards by default asks for a sign-in first, or
    for a client's certificate. A website for everybody has none; it then says so with a waiver."""
    balancers = stack.pointed(listener, listener["loadBalancerArn"], _BALANCERS).sure
    faces = any_of(_faces_internet(b) for b in balancers)
    kinds = [action["type"] for action in listener["defaultActions"].each()]
    asks = any_of(k.equals("authenticate-oidc", "authenticate-cognito", "jwt-validation") for k in kinds)
    certificate = listener["mutualAuthentication"]["mode"].equals("verify", "passthrough")
    forwards = any_of(k.equals("forward") for k in kinds)
    open_ = all_of((faces, forwards, no(asks), no(certificate)))
    return [
        listener["defaultActions"].judged(
            no(open_), "forwards without a sign-in, and the load balancer faces the internet"
        )
    ]
