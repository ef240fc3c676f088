"""Load balancers and their listeners."""

from __future__ import annotations

import re

from .resource import Resource
from .rule import Severity, rule
from .stack import Types
from .values import PASS, Answers, Truth, any_of

_BALANCERS: Types = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
_LISTENERS: Types = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
# ELBSecurityPolicy-TLS13-1-2-…, -TLS13-1-3-…, -TLS-1-2-…, -FS-1-2-…: nothing older than TLS 1.2.
_MODERN = re.compile(r"^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)(-(?!0|1-0)|$)")


@rule(
    "lb-tls",
    _LISTENERS,
    Severity.HIGH,
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
