"""How what is in an account is listed, told apart, priced and removed, a kind a row: ``kinds/*.yaml``.

Expressions are JMESPath over the listed item, whose members lie at the top (an item that is a text is ``value``), by
``id``, ``arn``, ``tags`` (a mapping), ``region``, ``account``, ``partition`` and ``within``.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from aistacks_core.facts import read

_FOLDER = "kinds"
_PREFIX = {"elbv2": "elasticloadbalancing", "elb": "elasticloadbalancing"}
"""boto3's name of a service → its prefix in IAM, where they differ."""


@dataclass(frozen=True)
class Call:
    """One operation: boto3's name of it, and its parameters as expressions."""

    call: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    path: str = "@"
    """Where in the answer lies what was asked for."""
    none: tuple[str, ...] = ()
    """Errors that mean that there is nothing."""
    failed: str = ""
    """Where in the answer stands why it failed, for an operation that answers 200 all the same."""


@dataclass(frozen=True)
class Step:
    """What has to go before a thing can: ``call`` with ``each`` for every item that ``listing`` answers."""

    listing: Call
    call: str
    each: Mapping[str, str]


@dataclass(frozen=True)
class Charge:
    """A part of what a thing costs: item of the price book and a month's amount, expressions. An empty item is free."""

    service: str
    item: str
    amount: str
    times: str = "`1`"
    scale: float = 1
    """What ``amount`` is divided by."""


@dataclass(frozen=True)
class Name:
    """A name that follows from another resource's: ``{name}`` in the glob ``pattern`` is that of one of ``type``."""

    type: str
    pattern: str


@dataclass(frozen=True)
class Kind:
    """One kind of thing. Expressions are as the module says."""

    kind: str
    """For people, for example ``"network interface"``."""
    type: str
    """Pulumi's token; empty for what Pulumi has no resource for."""
    service: str
    """As boto3 calls it."""
    listing: Call
    id: str
    """What the service calls a thing by."""
    arn: str
    arns: str
    """What its ARNs look like: a glob over service, ``:`` and resource."""
    rank: int
    """Order of removal, lowest first: what holds others goes later."""
    remove: Call
    also: tuple[str, ...] = ()
    """Other tokens that mean the same thing in the cloud."""
    state_id: str = ""
    """The id in Pulumi's state, where it isn't ``id``."""
    name: str = "id"
    tags: str = ""
    """Where in the item the tags are: a mapping, or a list of ``{Key, Value}``."""
    tags_of: Call | None = None
    """Asks for the tags, where the item hasn't them."""
    describe: Call | None = None
    """Asks for the item's details."""
    within: Call | None = None
    """Asks for the parents, in each of which is listed."""
    created: str = ""
    gone: str = ""
    """True of what is being deleted, or is nobody's to delete."""
    idle: str = ""
    """True of what nothing uses at present."""
    parents: tuple[str, ...] = ()
    """Of what it is a part: ids, or ``{of: token, is: id}``."""
    inside: str = ""
    """In what it lies without being a part of it, likewise."""
    network: str = ""
    """The id of the VPC, where what lies in a stack's VPC stands in the way of deleting it."""
    mentions: tuple[str, tuple[str, ...]] = ("", ())
    """A text of the item, and the patterns whose group names a parent."""
    names: tuple[Name, ...] = ()
    goes_with_parent: str = ""
    """True of what can't be removed by itself."""
    refused: str = ""
    """Why it is somebody else's to remove; nothing where it isn't."""
    data: bool = False
    """Whether it holds data."""
    everywhere: bool = False
    """Listed once for all regions."""
    before: tuple[Step, ...] = ()
    cost: tuple[Charge, ...] = ()
    open_cost: str = ""
    """What isn't counted."""
    spelled: Mapping[str, str] = field(default_factory=dict)
    """boto3's name of an operation → its IAM action, where the names differ."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every type of Pulumi's that is this kind."""
        return tuple(filter(None, (self.type, *self.also)))

    @property
    def actions(self) -> frozenset[str]:
        """The IAM actions by which it is listed; none changes or removes anything."""
        calls = (self.listing, self.tags_of, self.describe, self.within)
        return frozenset(self.action(each.call) for each in calls if each is not None)

    def action(self, call: str) -> str:
        """The IAM action of an operation."""
        if call in self.spelled:
            return self.spelled[call]
        return f"{_PREFIX.get(self.service, self.service)}:{_camel(call)}"


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Every kind that is known, by its name."""
    found: dict[str, Kind] = {}
    for file in sorted(files(__package__).joinpath(_FOLDER).iterdir(), key=lambda each: each.name):
        for kind, row in read(file)["kinds"].items():
            found[kind] = _kind(kind, row)
    return found


@functools.cache
def reads() -> tuple[str, ...]:
    """The IAM actions that listing every kind needs, sorted, with those that ask for what carries a tag and where."""
    found = {action for kind in kinds().values() for action in kind.actions}
    return tuple(sorted(found | {"tag:GetResources"}))


def _kind(kind: str, row: Mapping[str, Any]) -> Kind:
    mentions = row.get("mentions") or {"text": "", "patterns": ()}
    plain = ("state_id", "name", "tags", "created", "gone", "idle", "inside", "network", "goes_with_parent", "refused")
    switches = {key: row[key] for key in (*plain, "data", "everywhere", "open_cost") if key in row}
    return Kind(
        kind=kind,
        type=row["type"],
        service=row["service"],
        listing=Call(row["list"], row.get("with", {}), row["items"]),
        id=row["id"],
        arn=row["arn"],
        arns=row["arns"],
        rank=row["rank"],
        remove=_call(row["remove"]),
        also=tuple(row.get("also", ())),
        tags_of=_call(row["tags_of"]) if "tags_of" in row else None,
        describe=_call(row["describe"]) if "describe" in row else None,
        within=Call(row["within"]["list"], {}, row["within"]["items"]) if "within" in row else None,
        parents=tuple(row.get("parents", ())),
        mentions=(mentions["text"], tuple(mentions["patterns"])),
        names=tuple(Name(each["of"], each["is"]) for each in row.get("names", ())),
        before=tuple(
            Step(Call(each["list"], each["with"], each["items"]), each["call"], each["each"])
            for each in row.get("before", ())
        ),
        cost=tuple(Charge(**each) for each in row.get("cost", ())),
        spelled=row.get("actions", {}),
        **switches,
    )


def _call(row: Mapping[str, Any]) -> Call:
    return Call(
        row["call"], row.get("with", {}), row.get("path", "@"), tuple(row.get("none", ())), row.get("failed", "")
    )


def _camel(call: str) -> str:
    return "".join(word.capitalize() for word in call.split("_")).replace("OpenId", "OpenID")
