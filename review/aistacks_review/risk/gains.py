"""What newly allowed requests mean: which actions, how strong, on what and for whom, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

from aistacks_catalog.aws.iam.catalogue import Action, Level, acted_on, matching, written_out
from aistacks_catalog.aws.iam.conditions import When
from aistacks_catalog.aws.iam.dangerous import dangerous
from aistacks_catalog.aws.iam.patterns import Clause, Words, empty, holds, shown
from aistacks_catalog.aws.iam.requests import Allowed, Requests, beyond
from aistacks_core.symbols import ACCOUNT, without_marks
from aistacks_review.findings import Severity

_MANY = 4_000
_LISTED = 4
_BY_LEVEL = {
    Level.PERMISSIONS: (Severity.HIGH, Severity.HIGH),
    Level.WRITE: (Severity.MEDIUM, Severity.HIGH),
    Level.TAGGING: (Severity.LOW, Severity.LOW),
    Level.READ: (Severity.LOW, Severity.MEDIUM),
    Level.LIST: (Severity.LOW, Severity.LOW),
}
"""By access level: on some resources, and on everything of a kind."""
_ORDER = list(Severity)


@dataclass(frozen=True)
class Gain:
    """Actions on the same resources, for the same principals, under the same conditions."""

    severity: Severity
    what: str
    """``s3:GetObject and s3:PutObject on lake-bronze-…/*``."""
    who: str
    """The principals, in words; empty in an identity's own policy."""
    why: str = ""
    """What makes it weigh more than its access level; empty where nothing does."""
    principals: Words = frozenset()
    unconditional: bool = True


def gains(head: Allowed, base: Allowed, partition: str = "aws", *, of_resource: bool = False) -> list[Gain]:
    """What ``head`` allows beyond ``base``, worst first. ``TooComplexError`` where that is too much to compare.

    ``of_resource``: they are of a resource's own policy (a trust policy too), whose ``*`` is that resource.
    """
    return [] if head == base else merged_gains(beyond(head, base), head, partition, of_resource=of_resource)


def merged_gains(
    pieces: Iterable[Requests], head: Allowed, partition: str = "aws", *, of_resource: bool = False
) -> list[Gain]:
    """``pieces`` of what ``head`` allows as gains. What no action of AWS's can be is left out."""
    # What a prohibition of the head's excepts was no limit before, so it isn't told as one that falls.
    still = frozenset(d.when.holds for d in head.denies)
    found: dict[tuple[str, str], Gain] = {}
    for piece in pieces:
        for gain in _of(replace(piece, when=When(piece.when.holds, piece.when.fails - still)), partition, of_resource):
            key = (gain.what, gain.who)
            if key not in found or _ORDER.index(gain.severity) < _ORDER.index(found[key].severity):
                found[key] = gain
    return sorted(found.values(), key=lambda g: (_ORDER.index(g.severity), g.what, g.who))


def _of(piece: Requests, partition: str, of_resource: bool) -> Iterable[Gain]:
    who = principals(piece.principals) if of_resource else ""
    on, on_everything = f" on {_resources(piece.resources)}", _everything(piece.resources) and not of_resource
    on = "" if of_resource and on.startswith(" on everything") else on
    under = _conditions(piece.when)
    actions, more = matching(piece.actions, _MANY)
    rest = (who, "", piece.principals, not piece.when.holds)
    if more:
        escalates = on_everything and not piece.when.holds and holds(piece.actions, "iam:passrole")
        severity = Severity.CRITICAL if escalates else Severity.HIGH
        what = f"nearly every action{_except(piece.actions)}{on}{under}"
        yield Gain(severity, what, *rest)
        return
    if not (of_resource and not piece.resources):
        actions = [a for a in actions if _can_be(piece.resources, a, partition)]
    unheard = [n for n in written_out(piece.actions) if n not in {a.name.lower() for a in matching(piece.actions)[0]}]
    if unheard:
        yield Gain(Severity.LOW, f"{_joined(unheard)} (not known to this version){on}{under}", *rest)
    by_severity: dict[tuple[Severity, str], list[Action]] = {}
    for action in actions:
        by_severity.setdefault(_weight(action, piece, on_everything), []).append(action)
    reasons = {key: sorted(a.name for a in them) for key, them in by_severity.items()}
    for severity in _ORDER:
        mine = [(why, names) for (s, why), names in reasons.items() if s is severity]
        if mine:
            names = [n for _, them in sorted(mine, key=lambda m: not m[0]) for n in them]
            why = next((f"{them[0]} {text}" for text, them in mine if text), "")
            yield Gain(severity, f"{_joined(names)}{on}{under}", who, why, piece.principals, not piece.when.holds)


def described(piece: Requests) -> str:
    """Requests as their policy has them, for a prohibition: patterns, not what they stand for."""
    kept, out = _narrowest(piece.actions)
    what = "every action" if not kept or "*" in kept else _joined(kept, 4)
    what += f", except {_joined(out, 3)}," if out else ""
    return f"{what} for {principals(piece.principals)}{_conditions(When(piece.when.holds))}"


class Reach(IntEnum):
    """How far away those are whom a policy lets in, furthest last."""

    OWN = 0
    """Identities of this account."""
    SERVICE = 1
    """An AWS service."""
    FEDERATED = 2
    """Identities of another provider: OIDC, SAML."""
    FOREIGN = 3
    """Another account, or one that isn't known to be this one."""
    EVERYBODY = 4


_SOMEBODY = "AWS:arn:aws:iam::999999999999:user/somebody"
_OWN = frozenset({f"AWS:arn:*:{s}::{ACCOUNT}:*" for s in ("iam", "sts")})


def reach(them: Words) -> Reach:
    """The furthest of ``them``."""
    if holds(them, _SOMEBODY):
        return Reach.EVERYBODY
    services, federated = frozenset({"Service:*"}), frozenset({"Federated:*"})
    if not empty(them | {Clause(_OWN | services | federated, inside=False)}):
        return Reach.FOREIGN
    if not empty(them | {Clause(federated)}):
        return Reach.FEDERATED
    return Reach.OWN if empty(them | {Clause(services)}) else Reach.SERVICE


def whole_account(them: Words) -> bool:
    """Whether they are this account as a whole: it then says by its own policies who may."""
    return holds(them, f"AWS:arn:aws:iam::{ACCOUNT}:root") and reach(them) is Reach.OWN


def _weight(action: Action, piece: Requests, on_everything: bool) -> tuple[Severity, str]:
    known = dangerous().get(action.name.lower())
    some, every = _BY_LEVEL[action.level]
    if known is not None and known.always:
        return (Severity.HIGH if not piece.when.holds or on_everything else Severity.MEDIUM), known.does
    if known is not None and on_everything and not piece.when.holds:
        return Severity.HIGH, known.does
    # A condition narrows it, so it isn't everything.
    return (every if on_everything and action.resources and not piece.when.holds else some), ""


def _can_be(resources: Words, action: Action, partition: str) -> bool:
    return any(not empty(resources | texts) for texts in acted_on(action.resources, partition))


def _everything(resources: Words) -> bool:
    """Whether they are all resources, or all of a kind."""
    inside = [c for c in resources if c.inside]
    return not inside or all(any(_of_a_kind(p) for p in c.patterns) for c in inside)


def _of_a_kind(pattern: str) -> bool:
    *_, last = pattern.split(":", 5)
    return set(pattern) <= set("*?:") or (pattern.count(":") >= 5 and last.strip("*") in _KINDS | {""})


_KINDS = {"role/", "user/", "policy/", "key/", "secret:", "parameter/", "function:", "table/", "cluster/", "instance/"}


def _narrowest(them: Words) -> tuple[list[str], list[str]]:
    """The patterns of the smallest clause that still hold something, and what is taken from them."""
    inside = sorted((c for c in them if c.inside and c.patterns != {"?*:?*"}), key=lambda c: (len(c.patterns), str(c)))
    # Of several clauses the one that says most: without a bare wildcard, with the longest patterns.
    best = max(inside, key=lambda c: min((len(p) - 4 * p.count("*") for p in c.patterns), default=0), default=None)
    kept = [p for p in sorted(best.patterns) if not empty(them | {Clause(frozenset({p}))})] if best else []
    out = {p for c in them if not c.inside for p in c.patterns}
    relevant = [p for p in sorted(out) if not kept or any(not empty(_both(p, k)) for k in kept)]
    return kept, relevant


def _both(one: str, other: str) -> Words:
    return frozenset({Clause(frozenset({one})), Clause(frozenset({other}))})


def _resources(them: Words) -> str:
    kept, out = _narrowest(them)
    text = _joined([_arn(p) for p in kept], 3) if kept and "*" not in kept else "everything"
    return text + (f", except {_joined([_arn(p) for p in out], 3)}" if out else "")


def _arn(pattern: str) -> str:
    text = without_marks(shown(pattern))
    parts = text.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn":
        # The account and the partition say nothing that a reader doesn't know.
        return f"{parts[2]}:{parts[5]}" if parts[3:5] in (["", ""], ["*", "*"]) or parts[4] == "0" * 12 else text
    return text


def principals(them: Words) -> str:
    """Principals for a reader: ``"everybody"``, ``"account 111122223333"``, ``"the service ec2.amazonaws.com"``."""
    kept, out = _narrowest(them)
    principals = list(dict.fromkeys(_principal(p) for p in kept)) or ["everybody"]
    text = _joined(principals, 4)
    # That this account's own identities could do it before is no exception worth telling.
    others = [t for t in dict.fromkeys(_principal(p) for p in out) if t != "everybody of this account"]
    return text + (f", except {_joined(others, 3)}" if others else "")


def _principal(pattern: str) -> str:
    kind, _, name = pattern.partition(":")
    name = without_marks(shown(name))
    if not name:
        return "everybody"
    parts = name.split(":", 5)
    if kind == "AWS" and len(parts) == 6:
        of_account = " of this account" if parts[4] == "0" * 12 else f" of account {parts[4]}" if parts[4] else ""
        return f"everybody{of_account}" if parts[5] == "*" else f"{parts[5]}{of_account}"
    return {"AWS": name, "Service": f"the service {name}", "Federated": f"identities of {name}"}.get(kind, name)


def _conditions(when: When) -> str:
    holds = "; ".join(sorted(without_marks(str(a)) for a in when.holds))
    fails = "; ".join(sorted(" and ".join(sorted(without_marks(str(a)) for a in f)) for f in when.fails))
    return (f", where {holds}" if holds else "") + (f", no longer only where {fails}" if fails and not holds else "")


def _except(actions: Words) -> str:
    out = sorted(p for c in actions if not c.inside for p in c.patterns)
    return f" except {_joined(out, 3)}" if out else ""


def _joined(names: list[str], limit: int = _LISTED) -> str:
    names = list(dict.fromkeys(names))
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
