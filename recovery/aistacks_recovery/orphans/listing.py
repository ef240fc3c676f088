"""What is in the account: each kind by its service's own list, and the rest by the Resource Groups Tagging API."""

from __future__ import annotations

import datetime as dt
import fnmatch
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from aistacks_catalog.aws.inventory import Call, Kind, kinds

from ..account import Account
from .expressions import arguments, tags_in, value

_AT_ONCE = 4
"""Of the calls that ask for one item's details."""
_GONE = re.compile(r"NotFound|NoSuch|DoesNotExist|NonExistent|ResourceNotFound")
_WHERE = "everywhere"
_OURS = ("id", "value", "within", "region", "account", "partition")
"""Of an expression's context: what no member of an item's details replaces."""


@dataclass(frozen=True)
class Thing:
    """One thing in the account. ``context`` is what the inventory's expressions are about."""

    kind: str
    type: str
    """Pulumi's token; empty for a type that the inventory hasn't."""
    id: str
    arn: str
    region: str
    tags: Mapping[str, str]
    name: str = ""
    created: dt.datetime | None = None
    data: bool = True
    context: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def row(self) -> Kind | None:
        """What the inventory says of its kind."""
        return kinds().get(self.kind)


def listed(kind: Kind, account: Account, region: str) -> list[Thing]:
    """Every thing of a kind in a region. Raises botocore's errors where it can't be asked."""
    client = account.client(kind.service, region)
    basis = {"region": region, "account": account.number, "partition": account.partition}
    found: list[dict[str, Any]] = []
    for within in _parents(kind, client, basis):
        context = {**basis, **within}
        found += [_context(item, context) for item in _items(client, kind.listing, context)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        made = pool.map(lambda context: _thing(kind, client, context, region), found)
        return [thing for thing in made if thing is not None]


def tagged(account: Account, region: str, filters: list[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """ARN → tags of everything in a region that the Tagging API knows under one of ``filters``."""
    client = account.client("resourcegroupstaggingapi", region)
    found: dict[str, dict[str, str]] = {}
    for each in filters:
        pages = client.get_paginator("get_resources").paginate(TagFilters=[each])
        for page in pages:
            for item in page["ResourceTagMappingList"]:
                found[item["ResourceARN"]] = tags_in(item.get("Tags"))
    return found


def kind_of(arn: str) -> Kind | None:
    """The kind whose things have such ARNs."""
    parts = arn.split(":", 5)
    told = f"{parts[2]}:{parts[5]}" if len(parts) > 5 else ""
    fitting = [kind for kind in kinds().values() if fnmatch.fnmatchcase(told, kind.arns)]
    return max(fitting, key=lambda kind: len(kind.arns), default=None)


def unlisted(arn: str, tags: Mapping[str, str]) -> Thing:
    """What only its ARN and tags are known of."""
    _, _, service, region, _, resource = arn.split(":", 5)
    kind = " ".join(filter(None, (service, re.split(r"[:/]", resource)[0] if re.search("[:/]", resource) else "")))
    return Thing(kind, "", re.split(r"[:/]", resource, maxsplit=1)[-1], arn, region or _WHERE, tags)


def _parents(kind: Kind, client: Any, basis: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if kind.within is None:
        yield {}
        return
    for each in _items(client, kind.within, basis):
        yield {"within": each}


def _items(client: Any, call: Call, context: Any) -> Iterator[Any]:
    given = arguments(call.arguments, context)
    try:
        for page in _pages(client, call.call, given):
            yield from value(call.path, page) or []
    except ClientError as error:
        # A parent that went since it was listed.
        if "within" not in context or not _GONE.search(error.response["Error"]["Code"]):
            raise


def _pages(client: Any, call: str, given: dict[str, Any]) -> Iterator[Any]:
    if client.can_paginate(call):
        yield from client.get_paginator(call).paginate(**given)
        return
    token: dict[str, Any] = {}
    while True:
        page = getattr(client, call)(**given, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _context(item: Any, basis: Mapping[str, Any]) -> dict[str, Any]:
    return {**(item if isinstance(item, Mapping) else {"value": item}), **basis}


def _thing(kind: Kind, client: Any, context: dict[str, Any], region: str) -> Thing | None:
    context["id"] = value(kind.id, context)
    if kind.describe is not None:
        details = _asked(client, kind.describe, context)
        if details is None:
            return None
        context |= {key: each for key, each in details.items() if key not in _OURS}
    context["arn"] = value(kind.arn, context)
    found = value(kind.tags, context) if kind.tags else None
    if kind.tags_of is not None and not value(kind.gone, context):
        found = _asked(client, kind.tags_of, context)
    context["tags"] = tags_in(found)
    if value(kind.gone, context):
        return None
    return Thing(
        kind=kind.kind,
        type=kind.type,
        id=str(context["id"]),
        arn=str(context["arn"] or ""),
        region=_WHERE if kind.everywhere else region,
        tags=context["tags"],
        name=str(value(kind.name, context) or ""),
        created=_moment(value(kind.created, context)),
        data=kind.data,
        context=context,
    )


def _asked(client: Any, call: Call, context: Any) -> Any:
    """What an operation answers of one item; ``None`` where there is nothing, or the item went meanwhile."""
    try:
        return value(call.path, getattr(client, call.call)(**arguments(call.arguments, context)))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in call.none or _GONE.search(code):
            return None
        raise


def _moment(found: Any) -> dt.datetime | None:
    """A time, whichever way a service writes it: a moment, ISO 8601, seconds or milliseconds since 1970."""
    if isinstance(found, dt.datetime):
        return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    if isinstance(found, str) and not found.isdigit():
        try:
            read = dt.datetime.fromisoformat(found)
        except ValueError:
            return None
        return read if read.tzinfo else read.replace(tzinfo=dt.UTC)
    if isinstance(found, (int, float, str)):
        seconds = float(found)
        return dt.datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, dt.UTC)
    return None
