"""What a stand-in provider implements: the engine's operations on plain Python values."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Protocol

from aistacks_core.diffs import Diff
from aistacks_core.property_values import Props

from .autoname import Naming
from .construction import Child
from .failures import ProviderError

MARKER = "__aistacks"
"""The output that says what is real about a resource."""
CREATED, EMULATED, NOT_EMULATED = "created", "emulated", "not emulated"


@dataclass(frozen=True)
class Resource:
    """Which resource an operation is about. ``type`` is the token, such as ``aws:s3/bucket:Bucket``."""

    urn: str
    type: str
    name: str


@dataclass(frozen=True)
class Created:
    """What a create made."""

    id: str
    outputs: Props


@dataclass(frozen=True)
class Found:
    """What a read found: inputs that would make it, and its outputs."""

    id: str
    inputs: Props
    outputs: Props


class Host(Protocol):
    """The engine, as far as a provider may speak to it."""

    def warn(self, message: str, urn: str = "") -> None:
        """Show a warning, beside the resource ``urn`` if given."""

    def info(self, message: str, urn: str = "") -> None:
        """Show a line, beside the resource ``urn`` if given."""


class _Silent:
    def warn(self, message: str, urn: str = "") -> None:
        """Say nothing."""

    def info(self, message: str, urn: str = "") -> None:
        """Say nothing."""


@dataclass
class Provider(ABC):
    """A provider of one package. Operations run in parallel, in threads.

    Values come in without ``Secret`` around them. Where an input was secret, the output of the same
    path becomes secret again by itself; wrap in ``Secret`` only what else must be hidden. ``UNKNOWN``
    occurs in previews only. ``timeout`` is in seconds; 0 means the provider's own default.
    Raise ``ProviderError`` for what the user should read; anything else is a bug of ours.
    """

    package: str
    version: str
    host: Host = field(default_factory=_Silent)
    config: Props = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)
    """Set when the engine wants to stop: leave waits at the next occasion."""

    def check_config(self, old: Props, new: Props) -> Props:  # noqa: ARG002
        """Validate the provider's own configuration and fill its defaults. Raises ``CheckError``."""
        return new

    def configure(self, config: Props) -> None:
        """Take the configuration; called once, before any other operation, and never with unknowns."""
        self.config = config

    @abstractmethod
    def check(self, resource: Resource, old: Props | None, new: Props, naming: Naming) -> Props:
        """Validate inputs, and fill names and defaults. ``old`` are the last ones. Raises ``CheckError``."""

    @abstractmethod
    def diff(self, resource: Resource, id: str, old: Props, state: Props, new: Props) -> Diff:  # noqa: A002
        """What must change to go from the inputs ``old`` (with outputs ``state``) to the inputs ``new``."""

    @abstractmethod
    def create(self, resource: Resource, inputs: Props, *, preview: bool, timeout: float) -> Created:
        """Make it. At preview make nothing, give ``id=""`` and ``UNKNOWN`` for what can't be known."""

    @abstractmethod
    def read(self, resource: Resource, id: str, inputs: Props, state: Props) -> Found | None:  # noqa: A002
        """What is there now, or None if it is gone. At import ``inputs`` and ``state`` are empty."""

    @abstractmethod
    def update(
        self,
        resource: Resource,
        id: str,  # noqa: A002
        old: Props,
        state: Props,
        new: Props,
        *,
        preview: bool,
        timeout: float,
    ) -> Props:
        """Change it in place and give all its outputs."""

    @abstractmethod
    def delete(self, resource: Resource, id: str, inputs: Props, state: Props, *, timeout: float) -> None:  # noqa: A002
        """Remove it and wait until it is gone; that it is gone already is fine."""

    def invoke(self, token: str, args: Props, *, preview: bool) -> Props:  # noqa: ARG002
        """Answer a function such as ``aws:index/getRegion:getRegion``. Raises ``CheckError``."""
        raise ProviderError(f"{token}: the sandbox's {self.package} provider doesn't answer this function")

    def construct(self, token: str, name: str, inputs: Props) -> list[Child] | None:  # noqa: ARG002
        """What a component in the plugin is made of; ``None`` as long as its inputs don't tell.

        Raises ``ProviderError`` for one that can't be had; the message says what to do instead.
        """
        raise ProviderError(
            f"{token}: components inside the vendor's {self.package} plugin aren't emulated in the sandbox"
        )
