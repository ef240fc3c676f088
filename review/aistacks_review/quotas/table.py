"""An environment's needs beside an account's quotas, for a terminal."""

from __future__ import annotations

from enum import StrEnum

from rich.markup import escape
from rich.table import Table

from .account import Account
from .needs import Need


class Verdict(StrEnum):
    """How far a quota goes."""

    ENOUGH = "enough"
    PART = "to begin with"
    SHORT = "too small"


def verdict(need: Need, account: Account) -> Verdict:
    """Whether the account's quota, or a new account's where it wasn't told, allows what is needed."""
    limit = account.limits.get(need.quota.code, need.quota.default)
    if limit < need.first:
        return Verdict.SHORT
    return Verdict.PART if limit < need.most else Verdict.ENOUGH


def table(needs: list[Need], account: Account) -> Table:
    """A row for each quota that is touched."""
    made = Table(box=None, pad_edge=False)
    for heading in ("service", "code", "quota"):
        made.add_column(heading, no_wrap=heading != "quota", overflow="fold")
    for heading in ("to start", "at most", "new account", "this account"):
        made.add_column(heading, justify="right")
    made.add_column("")
    colours = {Verdict.ENOUGH: "green", Verdict.PART: "yellow", Verdict.SHORT: "red"}
    for need in needs:
        found = verdict(need, account)
        limit = account.limits.get(need.quota.code)
        made.add_row(
            need.quota.service,
            need.quota.code or "-",
            escape(need.quota.name),
            str(need.first),
            str(need.most),
            str(need.quota.default),
            "?" if limit is None else f"{limit:g}",
            f"[{colours[found]}]{found}[/]",
        )
    return made


def requests(needs: list[Need], account: Account, region: str) -> list[str]:
    """The AWS CLI's commands that ask for what is missing."""
    return [
        f"aws service-quotas request-service-quota-increase --region {need.quota.region or region}"
        f" --service-code {need.quota.service} --quota-code {need.quota.code} --desired-value {need.most}"
        for need in needs
        if need.quota.code and need.quota.adjustable and verdict(need, account) is not Verdict.ENOUGH
    ]
