"""A provider whose resources live in the engine's state: made once, the same until an input asks for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_core.diffs import Diff, diff
from aistacks_core.property_paths import top_level
from aistacks_core.property_values import UNKNOWN, Props, Secret

from ..autoname import Naming
from ..failures import ProviderError
from ..provider import CREATED, MARKER, Created, Found, Provider, Resource

Function = Callable[[Props], Props]


class Kind:
    """One resource type. Class attributes say what it takes and gives; ``make`` makes it."""

    defaults: Mapping[str, Any] = {}
    """Inputs that a program may leave out."""
    computed: tuple[str, ...] = ()
    """Outputs that are no inputs: unknown while a new one is previewed."""
    secret: frozenset[str] = frozenset()
    in_place: frozenset[str] = frozenset()
    """Inputs that may change without another one being made. Default: none."""
    how = CREATED

    def checked(self, inputs: Props) -> Props:
        """The inputs, defaults filled in. Raises ``CheckError``."""
        return {**self.defaults, **{key: value for key, value in inputs.items() if value is not None}}

    def make(self, name: str, inputs: Props) -> Created:
        """The id and the computed outputs of a new one."""
        raise NotImplementedError

    def changed(self, id: str, state: Props, inputs: Props) -> Props:  # noqa: A002, ARG002
        """The computed outputs after a change in place. Default: as they were."""
        return {key: state[key] for key in self.computed if key in state}

    def changes_outputs(self) -> bool:
        """Whether a change in place may give other outputs."""
        return False

    def gone(self, id: str, state: Props, inputs: Props) -> None:  # noqa: A002
        """What its deletion does beside forgetting it."""

    def adopted(self, id: str) -> Found:  # noqa: A002
        """One that was made elsewhere, by its id. Raises ``ProviderError`` where the id doesn't tell it."""
        raise ProviderError(f"import of {id}: got an id; expected a resource that the program makes itself")


@dataclass
class StateProvider(Provider):
    """The provider of one package: ``kinds`` by token, ``functions`` by token."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)

    def check(self, resource: Resource, old: Props | None, new: Props, naming: Naming) -> Props:  # noqa: ARG002
        """Fill the defaults."""
        return self._kind(resource).checked(new)

    def diff(self, resource: Resource, id: str, old: Props, state: Props, new: Props) -> Diff:  # noqa: A002, ARG002
        """Another one for other inputs, save those that may change in place."""
        kind = self._kind(resource)
        return diff(kind.checked(old), kind.checked(new), lambda path: top_level(path) not in kind.in_place)

    def create(self, resource: Resource, inputs: Props, *, preview: bool, timeout: float) -> Created:  # noqa: ARG002
        """Make it."""
        kind = self._kind(resource)
        if preview:
            return Created("", self._outputs(kind, inputs, dict.fromkeys(kind.computed, UNKNOWN)))
        if kind.how != CREATED:
            self.host.warn(f"{resource.type} isn't run in the sandbox, only recorded", resource.urn)
        made = kind.make(resource.name, inputs)
        return Created(made.id, self._outputs(kind, inputs, made.outputs))

    def read(self, resource: Resource, id: str, inputs: Props, state: Props) -> Found | None:  # noqa: A002
        """What the state says."""
        kind = self._kind(resource)
        if not inputs and not state:
            found = kind.adopted(id)
            return Found(found.id, found.inputs, self._outputs(kind, found.inputs, found.outputs))
        return Found(id, inputs, self._outputs(kind, state, {}))

    def update(
        self,
        resource: Resource,
        id: str,  # noqa: A002
        old: Props,  # noqa: ARG002
        state: Props,
        new: Props,
        *,
        preview: bool,
        timeout: float,  # noqa: ARG002
    ) -> Props:
        """Take the inputs that may change in place."""
        kind = self._kind(resource)
        if preview and kind.changes_outputs():
            return self._outputs(kind, new, dict.fromkeys(kind.computed, UNKNOWN))
        computed = Kind.changed(kind, id, state, new) if preview else kind.changed(id, state, new)
        return self._outputs(kind, new, computed)

    def delete(self, resource: Resource, id: str, inputs: Props, state: Props, *, timeout: float) -> None:  # noqa: A002, ARG002
        """Forget it."""
        self._kind(resource).gone(id, state, inputs)

    def invoke(self, token: str, args: Props, *, preview: bool) -> Props:
        """Answer one of the package's functions."""
        function = self.functions.get(token)
        if function is None:
            return super().invoke(token, args, preview=preview)
        return function({key: value for key, value in args.items() if value is not None})

    def _kind(self, resource: Resource) -> Kind:
        kind = self.kinds.get(resource.type)
        if kind is None:
            known = ", ".join(sorted(token.rsplit(":", 1)[-1] for token in self.kinds))
            raise ProviderError(f"{resource.type}: not one of the sandbox's {self.package} types: {known}")
        return kind

    def _outputs(self, kind: Kind, inputs: Props, computed: Props) -> Props:
        shown = {**inputs, **computed, MARKER: kind.how}
        return {key: Secret(value) if key in kind.secret else value for key, value in shown.items()}
