"""The results of a package's trial in a real server."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Over = Literal["HTTP", "gRPC"]
ServerName = Literal["triton", "torchserve"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(_Part):
    """The samples over one protocol: all in requests of the largest batch, and the first ones alone, too."""

    over: Over
    requests: int = Field(ge=1)
    rows: int = Field(ge=1)
    difference: float
    """Largest between a number in a batch and the one in `samples.json`, whose rows were run in the same batches."""
    wrong: int = Field(ge=0)
    """Values in batches beyond the tolerance; whole numbers have none."""
    alone_difference: float
    """Largest between a number asked alone and the one in `samples.json`: not judged, for dynamic quantisation looks
    at the whole batch."""
    p50_ms: float
    p99_ms: float
    """Of the requests of one row, one after the other."""


class Refused(_Part):
    """A malformed request: it is good when it was answered by an error, and said why."""

    over: Over
    sent: str
    got: str
    good: bool


class Answers(_Part):
    """All that was asked of one server."""

    version: str
    asked: tuple[Asked, ...]
    refused: tuple[Refused, ...]
    right_afterwards: bool
    """A right request gives the right answer after all malformed ones."""
    absolute: float
    relative: float
    """Tolerance: a number may differ by ``absolute`` and by ``relative`` of its size together."""


class Trial(_Part):
    """One package in one real server."""

    server: ServerName
    model: str
    digest: str
    """Of the package, or empty where it wasn't closed by its checksums."""
    ready_seconds: float
    """From starting the server's program to its being ready."""
    answers: Answers

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, in words; empty when the package is served as it was verified."""
        found = [
            f"{asked.wrong} values over {asked.over} differ from samples.json, by up to {asked.difference:.3g}"
            for asked in self.answers.asked
            if asked.wrong
        ]
        found += [
            f"over {refused.over}, {refused.sent}: {refused.got}"
            for refused in self.answers.refused
            if not refused.good
        ]
        if not self.answers.right_afterwards:
            found.append("a right request is answered wrongly after the malformed ones")
        return tuple(found)
