"""Finds what a resource of AWS made, as the table says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aistacks_catalog.aws.types.facts import canonical_token
from aistacks_core.errors import UserError

from ..account import Account
from ..deployment import Deployment, Resource
from . import places, table, values
from .expressions import pruned, search
from .found import Found, NoLookup
from .places import Place
from .table import Lookup

_ABSENT = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist|UnknownResource|^404$")
_VAGUE = frozenset({"InvalidRequestException", "ValidationError", "ValidationException", "InvalidParameterValue"})
"""Services without a code of their own for it say it in words."""
_ABSENT_TEXT = re.compile(r"not found|does not exist|doesn't exist|not exist", re.IGNORECASE)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def find(resource: Resource, account: Account, known: Deployment) -> list[Found]:
    """As ``lookups.find`` says, for a type of AWS."""
    token = canonical_token(resource.type)
    lookup = table.lookups().get(token)
    if lookup is None:
        raise NoLookup(table.reasons().get(token, f"{resource.type}: nobody taught us to look this type up"))
    inputs = values.plain(resource.inputs)
    for name in lookup.needs:
        if not any(search(each, inputs) is not None for each in name.split(" or ")):
            raise NoLookup(f"{resource.type}: {_unreadable(resource, name)}, and only that tells it from others")
    place = places.place_of(resource, account, known)
    wanted = _wanted_tags(resource, known, inputs)
    there = list(_candidates(lookup, _Question(resource, place, inputs)))
    if lookup.certain == "tags" and wanted:
        there = [each for each in there if _tagged(lookup, each, wanted) or (lookup.tags_later and not each.tags)]
    taken = places.ids(resource, account, known)
    found = [each for each in there if each.id not in taken and each.import_id not in taken]
    found.sort(key=lambda each: each.created or _LONG_AGO, reverse=True)
    return [
        Found(
            each.id,
            _certain(lookup, inputs, each, wanted, alone=len(found) == 1),
            each.created,
            each.shown,
            each.import_id if each.import_id != each.id else "",
            lookup.importable,
            lookup.later,
        )
        for each in found
    ]


class _Candidate:
    """What a call told of one thing."""

    def __init__(self, lookup: Lookup, scope: dict[str, Any], where: str) -> None:
        made = search(lookup.id, scope)
        if not isinstance(made, str) or not made:
            raise NoLookup(f"{where}: the answer has no id ({lookup.id})")
        self.id = made
        self.import_id = str(search(lookup.import_id, scope) or made) if lookup.import_id else made
        self.tags = values.tags(search(lookup.tags, scope["found"])) if lookup.tags else {}
        self.created = _moment(search(lookup.created, scope)) if lookup.created else None
        self.shown = str((search(lookup.shown, scope) if lookup.shown else None) or made)


class _Question:
    """One resource that is looked for in one place."""

    def __init__(self, resource: Resource, place: Place, inputs: dict[str, Any]) -> None:
        self.resource = resource
        self.place = place
        self.inputs = inputs

    def scope(self, found: Any = None) -> dict[str, Any]:
        return {"input": self.inputs, "found": found, **self.place.names}

    def pages(self, service: str, call: str, params: str, found: Any, absent: list[str]) -> Iterator[Any]:
        """Every page of a call's answer; none where it says that there is no such thing."""
        client = self.place.client(service)
        given = pruned(search(params, self.scope(found))) if params else {}
        if given is None:
            raise NoLookup(f"{self.resource.type}: what {service} {call} needs isn't among its inputs")
        try:
            if client.can_paginate(call):
                yield from client.get_paginator(call).paginate(**given)
            else:
                yield getattr(client, call)(**given)
        except ClientError as error:
            details = error.response.get("Error", {})
            code, message = str(details.get("Code", "")), str(details.get("Message", ""))
            vague = code in _VAGUE and _ABSENT_TEXT.search(message)
            if not (_ABSENT.search(code) or vague or code in absent):
                raise self._refused(service, call, f"{code}: {message}") from error
        except BotoCoreError as error:
            raise self._refused(service, call, str(error)) from error

    def _refused(self, service: str, call: str, got: str) -> UserError:
        return UserError(
            f"{self.resource.name} ({self.resource.type})",
            f"{got} from {service} {call}",
            "an answer, to tell whether it was made",
            "Nothing was changed.",
        )


def _candidates(lookup: Lookup, question: _Question) -> Iterator[_Candidate]:
    for page in question.pages(lookup.service, lookup.call, lookup.params, None, lookup.absent):
        taken = search(lookup.each, page)
        for item in taken if isinstance(taken, list) else [taken]:
            if item in (None, "", {}, []):
                continue
            found = item if isinstance(item, dict) else {"value": item}
            if _fits(lookup, found, question):
                yield _Candidate(lookup, question.scope(found), question.resource.type)


def _fits(lookup: Lookup, found: dict[str, Any], question: _Question) -> bool:
    """Whether it is what the inputs ask for; the further calls' answers are put into ``found``."""
    if not _matches(lookup.match, found, question.inputs):
        return False
    for path, expression in lookup.holds.items():
        has = search(expression, found) or []
        if not all(item in has for item in search(path, question.inputs) or []):
            return False
    for more in lookup.more:
        service = more.service or lookup.service
        answers = list(question.pages(service, more.call, more.params, found, lookup.absent))
        taken = [search(more.take, answer) for answer in answers]
        lists = [item for each in taken if isinstance(each, list) for item in each]
        found[more.name] = lists if lists or not taken or isinstance(taken[0], list) else taken[0]
        if not _matches(more.match, found, question.inputs) or not _kept(more.keep, found, question):
            return False
    return _kept(lookup.keep, found, question)


def _kept(keep: str, found: dict[str, Any], question: _Question) -> bool:
    return not keep or bool(search(keep, question.scope(found)))


def _matches(match: dict[str, str], found: dict[str, Any], inputs: dict[str, Any]) -> bool:
    pairs = ((search(path, inputs), expression) for path, expression in match.items())
    return all(wanted is None or values.agrees(wanted, search(expression, found)) for wanted, expression in pairs)


def _wanted_tags(resource: Resource, known: Deployment, inputs: dict[str, Any]) -> dict[str, str]:
    settings = places.configuration(places.provider_of(resource, known))
    default = settings.get("defaultTags")
    common = values.tags(default.get("tags")) if isinstance(default, dict) else {}
    return {**common, **values.tags(inputs.get("tags"))}


def _tagged(lookup: Lookup, each: _Candidate, wanted: dict[str, str]) -> bool:
    return not lookup.tags or wanted.items() <= each.tags.items()


def _certain(lookup: Lookup, inputs: dict[str, Any], each: _Candidate, wanted: dict[str, str], *, alone: bool) -> bool:
    if not alone or lookup.certain == "never":
        return False
    tagged = _tagged(lookup, each, wanted)
    if lookup.certain == "tags" and not any(inputs.get(name) for name in lookup.unique):
        return bool(wanted) and bool(lookup.tags) and tagged
    # A name that only one thing can have; tags of somebody else say that it isn't ours.
    return tagged or (lookup.tags_later and not each.tags)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC)
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _unreadable(resource: Resource, name: str) -> str:
    if any(values.hidden(resource.inputs, each) for each in name.split(" or ")):
        return f"{name} is encrypted or not known yet"
    prefix = f"{name}Prefix"
    if prefix in resource.inputs:
        return f"the provider makes {name} from {prefix}"
    return f"{name} isn't among its inputs"
