"""Where the AWS providers of a program work: each in a region and an account of its own settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aistacks_core.symbols import ACCOUNT

_WHO = (
    *("profile", "accessKey", "secretKey", "token", "sharedConfigFiles", "sharedCredentialsFiles"),
    *("assumeRoles", "assumeRole", "assumeRoleWithWebIdentity"),
)
"""Settings by which a provider is somebody else, perhaps of another account."""


IDENTITY = frozenset({*_WHO, "endpoints", "allowedAccountIds"})
"""Settings by which a provider may lead to another account, or to what isn't AWS at all."""


@dataclass(frozen=True)
class Place:
    """A region, and an account by its number; an empty text where it isn't known. ``provider``: its name in the
    program; empty for the stack's default one."""

    region: str
    account: str
    provider: str = ""


class Places:
    """The places of a stack's providers, by the stack's own settings: full keys (``aws:profile``) to texts."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        own = {key.removeprefix("aws:"): value for key, value in settings.items() if key.startswith("aws:")}
        self._who = _who(own)
        self._stated = stated_account(own)
        self.default = Place(settings.get("aws:region", ""), ACCOUNT)

    def of(self, name: str, settings: Mapping[str, Any]) -> Place:
        """The place of the provider ``name`` with these settings, by their names on the wire.

        It takes nothing from the stack's own: what they don't say comes from the environment, as it does there.
        """
        region = settings.get("region")
        region = region if isinstance(region, str) else ""
        stated, who = stated_account(settings), _who(settings)
        if (who == self._who and not stated) or (stated and stated == self._stated):
            return Place(region, ACCOUNT, name)
        return Place(region, stated, name)


def elsewhere(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The settings for which a provider may lead to another account than it did, by name; none where both state one
    and the same account."""
    if (
        (stated := stated_account(now))
        and stated == stated_account(was)
        and was.get("endpoints") == now.get("endpoints")
    ):
        return []
    before, after = ({key: _read(one.get(key)) or None for key in IDENTITY} for one in (was, now))
    return sorted(key for key in IDENTITY - {"allowedAccountIds"} if before[key] != after[key])


def _who(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key in _WHO if (value := _read(settings.get(key))) not in (None, "", [], {})}


def stated_account(settings: Mapping[str, Any]) -> str:
    """The account that only one of can be meant; empty where the settings don't say."""
    allowed = _read(settings.get("allowedAccountIds"))
    if isinstance(allowed, list) and len(allowed) == 1 and isinstance(allowed[0], str):
        return allowed[0]
    for key in ("assumeRoleWithWebIdentity", "assumeRoles", "assumeRole"):
        roles = _read(settings.get(key))
        # Each role is taken by the one before it.
        role = roles[-1] if isinstance(roles, list) and roles else roles
        parts = str(role.get("roleArn", "")).split(":") if isinstance(role, Mapping) else []
        if len(parts) > 5 and parts[4].isdigit():
            return parts[4] if parts[4] != ACCOUNT else ""
    return ""


def _read(value: Any) -> Any:
    """A setting: tables and lists are JSON texts on the wire, their keys spelled as the program has them."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value.replace('"role_arn"', '"roleArn"'))
        except ValueError:
            return value
    return value
