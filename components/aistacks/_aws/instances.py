"""EC2 instance types as arguments: a type missing from the catalogue is accepted with a warning."""

import difflib
import re

import pulumi_aws as aws

from aistacks_catalog.aws import facts as _facts

from .._arguments import warn_unchecked, wrong


def instance(name: str, kind: type, path: str, type_: str) -> _facts.Instance | None:
    """The catalogue's entry for ``type_``. A type that is missing there gives ``None`` and a warning with similar
    names.

    Raises ``UserError`` for a malformed name.
    """
    known = _facts.instances()
    if type_ in known:
        return known[type_]
    if not re.fullmatch(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", type_):
        raise wrong(name, kind, path, type_, "an EC2 instance type such as m7i.large")
    close = difflib.get_close_matches(type_, known, n=3, cutoff=0.5)
    suggestion = f" Did you mean {', '.join(close)}?" if close else ""
    warn_unchecked(
        name, kind, path, type_, f"isn't known here: its size and architecture can't be checked.{suggestion}"
    )
    return None


def warn_where_not_offered(name: str, kind: type, path: str, types: list[str], zones: list[str]) -> None:
    """Warn of each known type that EC2 doesn't offer in the region: that of ``zones``, else the stack's
    ``aws:region``."""
    region = region_of(zones)
    if region is None:
        return
    try:
        offered = _facts.offered(region)
    except LookupError:
        warn_unchecked(name, kind, path, types, f"can't be checked: what EC2 offers in {region} isn't known here.")
        return
    for i, type_ in enumerate(types):
        if type_ in _facts.instances() and type_ not in offered:
            warn_unchecked(name, kind, f"{path}[{i}]", type_, f"isn't offered in {region}, as far as is known here.")


def region_of(zones: list[str]) -> str | None:
    """The region of ``zones``, else the stack's ``aws:region``; ``None`` where neither is set."""
    for zone in zones:
        # The name of a Local Zone (us-west-2-lax-1a) begins with its region, too.
        found = re.match(r"[a-z]{2,4}(-[a-z]+)+-\d", zone)
        if found:
            return found[0]
    stack_region: str | None = aws.config.region
    return stack_region
