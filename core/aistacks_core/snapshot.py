"""What a program asked the engine for: one resource, whole."""

from dataclasses import dataclass, field
from typing import Any

from .property_values import ABSENT, UNKNOWN

__all__ = ["ABSENT", "INCOMPARABLE", "UNKNOWN", "Opaque", "Plan", "Registration"]


@dataclass(frozen=True)
class Registration:
    """A resource as the program registered it; property names as on the wire (camelCase)."""

    type: str
    """Token, for example ``aws:s3/bucket:Bucket``."""
    name: str
    """Logical name."""
    urn: str
    parent: str
    """URN of the parent; empty for the stack."""
    custom: bool
    """Whether a provider manages it (components aren't custom)."""
    inputs: dict[str, Any]
    """Unknowns are ``UNKNOWN``; secrets are unwrapped and their paths kept in ``secrets``."""
    secrets: frozenset[str]
    """Dotted paths into ``inputs`` of what the program marked secret."""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    computed_from: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The outputs that an input, by its first key, was computed from: ``<URN>\\0<output>\\0<text>``. The text is
    that of the stand-in, empty where it is none of a string or number."""
    unknown_from: dict[str, str] = field(default_factory=dict)
    """Path of an unknown that is passed on as it is, to the output that it is: ``<URN>\\0<path of the output>``."""
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    delete_before_replace_given: bool = False
    """Whether the program says the order of a replacement; else its provider does."""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Any = None
    """It is replaced when this becomes another value; ``None`` for none."""
    replace_with: tuple[str, ...] = ()
    """URNs of those with whose replacement it is replaced, too."""
    aliases: tuple[str, ...] = ()
    """URNs by which it went before, without those that it has from its parent's aliases."""
    provider: str = ""
    """``<URN>::<id>`` of the provider instance; empty for the default one."""
    deleted_with: str = ""
    custom_timeouts: dict[str, str] = field(default_factory=dict)
    """``create``, ``update`` and ``delete``, where the program sets them, as the engine reads them: ``"25h"``."""
    import_id: str = ""
    additional_secret_outputs: tuple[str, ...] = ()
    remote: bool = False
    """A component whose children are registered by somebody else's process, and so aren't seen."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """What a component registered with ``register_outputs``."""
    file: str = ""
    line: int = 0
    """The line of the program that declared it; 0 when it isn't known."""


INCOMPARABLE = "can't be compared"
"""Kind of the opaque parts of which nobody knows whether they change."""


@dataclass(frozen=True)
class Opaque:
    """Something that a plan can't see into, and so says nothing of."""

    kind: str
    """``remote component``, ``dynamic provider``, ``invoke``, ``encrypted config``, ``stack reference``."""
    what: str
    """Which: a token and a name, or a config key."""
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Plan:
    """Every registration of one run of a program, in order."""

    resources: list[Registration]
    exports: dict[str, Any]
    opaque: list[Opaque] = field(default_factory=list)
    region: str = ""
    """Of the default AWS provider, from the stack's settings; empty where they name none."""
    default_tags: dict[str, str] = field(default_factory=dict)
    """Of the default AWS provider, likewise."""
    kubernetes: dict[str, str] = field(default_factory=dict)
    """Settings of the default Kubernetes provider, likewise, by name."""
    aws: dict[str, str] = field(default_factory=dict)
    """Settings of the default AWS provider that say who it is, likewise, by name."""
    level: int = 0
    """How much of what deployment makes is filled in: 0 nothing, 1 strings, 2 numbers, lists and objects, too."""

    def __getitem__(self, name: str) -> Registration:
        """The one resource of that logical name; ``KeyError`` when there are none or several."""
        return self._only(name, [r for r in self.resources if r.name == name])

    def one(self, type_: str, name: str) -> Registration:
        """The one resource of that token and logical name."""
        return self._only(f"{type_} {name}", [r for r in self.of(type_) if r.name == name])

    def of(self, type_: str) -> list[Registration]:
        """Every resource of that token."""
        return [r for r in self.resources if r.type == type_]

    def children(self, urn: str) -> list[Registration]:
        """The resources whose parent is ``urn``."""
        return [r for r in self.resources if r.parent == urn]

    def _only(self, what: str, found: list[Registration]) -> Registration:
        if len(found) != 1:
            raise KeyError(f"{len(found)} resources are {what}; there are {sorted(r.name for r in self.resources)}")
        return found[0]
