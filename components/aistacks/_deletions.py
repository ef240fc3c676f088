"""Exceptions from deletion protection: one resource each, for one day."""

import datetime as dt
import os
import re
from collections.abc import Mapping
from typing import Any

import pulumi

from aistacks_core.facts import load

from .errors import UserError

ARGUMENT = "deletion_allowed"
DEPLOYED = "AISTACKS_DEPLOYED"
"""Environment variable under which any day is taken: `aistacks plan` sets it for the base, which was deployed on its
day."""
_KIND = "::"
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T00:00:00Z)?")
"""The engine hands a date without quotes on as a time."""


def today() -> dt.date:
    """The day in UTC."""
    return dt.datetime.now(dt.UTC).date()


def validate_days(where: str, allowed: Mapping[str, str]) -> None:
    """Raise ``UserError`` for an entry of ``deletion_allowed`` whose day isn't today, in UTC. ``where`` heads its
    path."""
    now = today()
    for key, day in allowed.items():
        found = _parsed(day)
        expected = f"today's date in UTC, {now.isoformat()}"
        if found is None:
            raise UserError(f"{where}.{key}", repr(day), expected)
        if found != now and not os.environ.get(DEPLOYED):
            todo = "It held on that day only: remove the entry." if found < now else "It holds on that day only."
            raise UserError(f"{where}.{key}", found.isoformat(), expected, todo)


def name_in(key: str) -> str:
    """The logical name that an entry's key ends in: ``"lake-gold"`` of ``"Bucket::lake-gold"``."""
    return key.rpartition(_KIND)[2]


def _parsed(day: str) -> dt.date | None:
    if not (found := _DAY.fullmatch(day)):
        return None
    try:
        return dt.date.fromisoformat(found[1])
    except ValueError:
        return None


class Deletions:
    """The ``deletion_allowed`` of one component: takes the guards off the resources that it names."""

    def __init__(self, component: str, allowed: Mapping[str, str]) -> None:
        """``component``: as errors name it, for example ``DataLake 'lake'``."""
        self._component = component
        self._found: dict[str, list[str]] = {key: [] for key in allowed}

    def lowered(self, child: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationArgs:
        """``child`` without its guards if an entry names it: those of the engine, and AWS's own."""
        if not (child.opts.protect or child.opts.retain_on_delete):
            return child
        kind = child.type_.rpartition(":")[2]
        keys = [key for key in (child.name, f"{kind}{_KIND}{child.name}") if key in self._found]
        for key in keys:
            self._found[key].append(kind)
        if not keys:
            return child
        pulumi.log.warn(
            f"{self._component}: {ARGUMENT}: {kind} {child.name} may be deleted or replaced today, and what it holds "
            "with it."
        )
        off = pulumi.ResourceOptions(protect=False, retain_on_delete=False)
        switches: Mapping[str, Any] = load("aistacks._aws", "guards.yaml")["types"].get(child.type_, {})
        return pulumi.ResourceTransformationArgs(
            child.resource,
            child.type_,
            child.name,
            {**child.props, **switches},
            pulumi.ResourceOptions.merge(child.opts, off),
        )

    def require_met(self) -> None:
        """Raise ``UserError`` for an entry that names no guarded resource of the component, or several."""
        for key, kinds in self._found.items():
            where = f"{self._component}: {ARGUMENT}.{key}"
            if not kinds:
                raise UserError(
                    where,
                    "no protected resource of that name",
                    "a resource's name in the program, for example lake-gold or Bucket::lake-gold",
                    "What has left the program needs no entry: its guards went with the `up` before.",
                )
            if len(kinds) > 1:
                choices = " or ".join(f"{kind}{_KIND}{key}" for kind in kinds)
                raise UserError(where, f"{len(kinds)} resources of that name", f"one of them: {choices}")
