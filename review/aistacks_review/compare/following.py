"""Which outputs are no longer what they were: all of what is created or replaced, some of what is updated in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aistacks_catalog.aws.types.facts import canonical_token, facts
from aistacks_core.property_paths import top_level
from aistacks_core.property_values import Props, contains_unknown
from aistacks_core.snapshot import Registration
from aistacks_core.symbols import mark, number_mark
from aistacks_core.wire import SEPARATOR


@dataclass(frozen=True)
class Behind:
    """An output that a value was computed from. ``text``: of what stands for it, where that is a string or number."""

    urn: str
    output: str
    text: str

    @classmethod
    def read(cls, key: str) -> Behind:
        """As ``Registration.computed_from`` has it."""
        urn, output, text = key.split(SEPARATOR)
        return cls(urn, output, text)


@dataclass
class Following:
    """What has happened so far to the resources of the head, and so to their outputs."""

    fresh: dict[str, str] = field(default_factory=dict)
    """Marks of what is created or replaced, to its name."""
    _made: dict[str, tuple[Registration, Props]] = field(default_factory=dict)
    """By URN: what is created or replaced, and its inputs with what follows from others unknown."""
    _updated: dict[str, frozenset[str]] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    _unruled: dict[str, Registration] = field(default_factory=dict)
    _imported: set[str] = field(default_factory=set)

    def made(self, new: Registration, inputs: Props, *, imported: bool = False) -> None:
        """``new`` is created or replaced. ``imported``: it is taken into the stack, so its id is known."""
        self._made[new.urn] = (new, inputs)
        if imported:
            self._imported.add(new.urn)
        self.fresh[mark(new.urn)] = self.fresh[number_mark(new.urn)] = new.name

    def updated(self, new: Registration, paths: Iterable[str]) -> None:
        """``new`` is changed in place, at ``paths``."""
        self._touched.add(new.urn)
        if new.type.startswith("aws:"):
            about = facts(canonical_token(new.type))
            if outputs := about.changed_outputs({top_level(path) for path in paths}):
                self._updated[new.urn] = outputs
            if about.known:
                return
        elif new.type.startswith("kubernetes:"):
            return
        self._unruled[new.urn] = new

    def changed(self, urn: str) -> bool:
        """Whether something happens to the resource."""
        return urn in self._made or urn in self._touched

    def touches(self, urns: Iterable[str]) -> bool:
        """Whether an output of one of ``urns`` may not be what it was."""
        return any(urn in self._made or urn in self._updated or urn in self._unruled for urn in urns)

    def is_made(self, urns: Iterable[str]) -> bool:
        """Whether one of ``urns`` is created or replaced."""
        return any(urn in self._made for urn in urns)

    def changes(self, behind: Behind) -> bool:
        """Whether the output is unknown until deployment, as the engine's preview would have it."""
        if behind.urn not in self._made:
            return behind.output in self._updated.get(behind.urn, ())
        new, inputs = self._made[behind.urn]
        if behind.output == "id":
            return behind.urn not in self._imported
        given = inputs.get(behind.output)
        if given is not None:
            return contains_unknown(given)
        settled = new.type.startswith("aws:") and behind.output in facts(canonical_token(new.type)).defaults
        return not settled and behind.output != "region"

    def may_change(self, behind: Behind) -> bool:
        """Whether nobody here knows if an update in place of its resource changes the output."""
        new = self._unruled.get(behind.urn)
        return new is not None and new.inputs.get(behind.output) is None and behind.output != "id"

    def why(self, behind: Behind) -> str:
        """In words, where ``changes`` says so."""
        name = behind.urn.rpartition("::")[2]
        if behind.urn in self._made:
            return f"{self._made[behind.urn][0].name} is recreated"
        return f"{behind.output} of {name} changes with it"
