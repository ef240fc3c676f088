"""Names, caches and filters at the edge, and private lines between networks."""

from __future__ import annotations

from aistacks_core.snapshot import UNKNOWN, Registration

from ..context import Context
from ..quantities import at, rows, text


def distribution(r: Registration, c: Context) -> None:
    """CloudFront by what it sends and by the request, as in North America; other continents cost more."""
    c.used(r, "distribution, data out in North America", "cloudfront", "data out", "cdn_gb")
    c.used(r, "distribution, HTTPS requests in North America", "cloudfront", "HTTPS requests", "cdn_requests")


def zone(r: Registration, c: Context) -> None:
    """A hosted zone by the month, and a public one by the query."""
    c.charge(r, "hosted zone", "route53", "hosted zone", 1)
    if not r.inputs.get("vpcs"):
        c.used(r, "hosted zone, queries", "route53", "queries", "zone_queries")


def web_acl(r: Registration, c: Context) -> None:
    """By the month, by the rule, and by the request that it looks at."""
    c.charge(r, "web ACL", "waf", "web ACL", 1)
    stated = r.inputs.get("rules")
    if stated is UNKNOWN or r.inputs.get("ruleJson") is not None:
        c.leave(r, "web ACL, rules", "they aren't known before deployment")
    else:
        found = rows(stated)
        c.charge(r, "web ACL, rules", "waf", "rule", len(found))
        if any(_vendor(rule) for rule in found):
            c.leave(r, "web ACL, managed rules", "rules that cost by themselves have no pricing rule")
    c.used(r, "web ACL, requests", "waf", "requests", "firewall_requests")


def _vendor(rule: object) -> bool:
    """Whether a rule's group is one with a price of its own, or of another vendor."""
    group = at(rule, "statement", "managedRuleGroupStatement")
    name = text(at(group, "name")) or ""
    own = ("BotControl", "ATPRuleSet", "ACFPRuleSet", "AntiDDoS")
    return group is not None and (at(group, "vendorName") != "AWS" or any(part in name for part in own))


def vpn(r: Registration, c: Context) -> None:
    """A connection by the hour, and its attachment to a transit gateway."""
    c.charge(r, "VPN connection, hours", "vpc", "VPN connection", c.always())
    if r.inputs.get("transitGatewayId") is not None:
        c.charge(r, "attachment of the VPN, hours", "vpc", "transit VPN attachment", c.always())


def attachment(r: Registration, c: Context) -> None:
    """A network's attachment to a transit gateway: by the hour, and by the GB."""
    c.charge(r, "attachment, hours", "vpc", "transit attachment", c.always())
    c.used(r, "attachment, data", "vpc", "transit data", "transit_gb")
