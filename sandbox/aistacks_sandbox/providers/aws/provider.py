"""The provider: what is in the table goes to the emulator, everything else gets plausible outputs."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.types import differ
from aistacks_catalog.aws.types.facts import DEFAULTED, canonical_token, facts
from aistacks_catalog.aws.types.sdk import shape
from aistacks_core.diffs import Diff
from aistacks_core.property_values import UNKNOWN, Props

from ..autoname import Naming
from ..provider import MARKER, NOT_EMULATED, Created, Found, Provider, Resource
from . import echo, functions, naming, table
from .cloud import Cloud
from .handler import Handler


class AwsProvider(Provider):
    """Stands in for pulumi-aws 7."""

    def __init__(self) -> None:
        super().__init__(package="aws", version="7.51.1")
        self.cloud = Cloud()
        self._warned: set[tuple[str, str]] = set()
        threading.Thread(target=_warm, daemon=True).start()

    def configure(self, config: Props) -> None:
        """Take region and default tags; credentials don't matter here."""
        super().configure(config)
        self.cloud.configure(config)

    def check(self, resource: Resource, old: Props | None, new: Props, naming: Naming) -> Props:
        """Fill the name."""
        return _named(canonical_token(resource.type), new, old, naming)

    def diff(self, resource: Resource, id: str, old: Props, state: Props, new: Props) -> Diff:  # noqa: A002, ARG002
        """What changes, and which of it replaces."""
        return differ.diff(canonical_token(resource.type), old, state, new, self.cloud.default_tags)

    def create(self, resource: Resource, inputs: Props, *, preview: bool, timeout: float) -> Created:  # noqa: ARG002
        """Make it in the emulator, or answer for it."""
        token = canonical_token(resource.type)
        if preview:
            return Created("", self._previewed(token, {}, inputs))
        handler = self._handler(token, inputs)
        if handler is None:
            return echo.create(token, resource.name, inputs, self.cloud)
        full = naming.prefixed(token, inputs)
        self._warn_of(handler, resource, full)
        return handler.create(full)

    def read(self, resource: Resource, id: str, inputs: Props, state: Props) -> Found | None:  # noqa: A002
        """What the emulator has; what isn't emulated is kept as it is."""
        token = canonical_token(resource.type)
        handler = self._handler(token, inputs or state)
        if handler is None or state.get(MARKER) == NOT_EMULATED:
            return Found(id, inputs, {**state, MARKER: NOT_EMULATED})
        return handler.read(id, inputs, state)

    def update(
        self,
        resource: Resource,
        id: str,  # noqa: A002
        old: Props,
        state: Props,
        new: Props,
        *,
        preview: bool,
        timeout: float,  # noqa: ARG002
    ) -> Props:
        """Change it in place."""
        token = canonical_token(resource.type)
        if preview:
            kept = {key: _with_made(value, old.get(key), state.get(key)) for key, value in new.items()}
            return self._previewed(token, state, kept)
        handler = self._handler(token, new)
        if handler is None or state.get(MARKER) == NOT_EMULATED:
            return echo.fill(token, state, new, self.cloud)
        full = _with_made_name(token, new, state)
        self._warn_of(handler, resource, full)
        return handler.update(id, _with_made_name(token, old, state), state, full)

    def delete(self, resource: Resource, id: str, inputs: Props, state: Props, *, timeout: float) -> None:  # noqa: A002, ARG002
        """Remove it."""
        token = canonical_token(resource.type)
        handler = self._handler(token, inputs or state)
        if handler is not None and state.get(MARKER) != NOT_EMULATED:
            handler.delete(id, _with_made_name(token, inputs, state), state)

    def invoke(self, token: str, args: Props, *, preview: bool) -> Props:  # noqa: ARG002
        """Answer a function from the emulator."""
        return functions.invoke(token, args, self.cloud)

    def _handler(self, token: str, inputs: Mapping[str, Any]) -> Handler | None:
        row = table.row(token)
        if row is None:
            return None
        region = inputs.get("region")
        kind = _override(row.override) if row.override else Handler
        return kind(token, row, self.cloud, region if isinstance(region, str) else "")

    def _previewed(self, token: str, state: Props, inputs: Props) -> Props:
        known = shape(token)
        defaults = facts(token).defaults
        outputs: Props = {name: state.get(name, UNKNOWN) for name in known.outputs if known.computed(name)} | {
            name: value for name, value in defaults.items() if name in known.outputs
        }
        outputs |= {key: value for key, value in inputs.items() if key != DEFAULTED}
        if "tagsAll" in known.outputs:
            outputs["tagsAll"] = differ.all_tags(inputs, self.cloud.default_tags)
        if "region" in known.outputs:
            outputs["region"] = inputs.get("region") or self.cloud.region
        return outputs

    def _warn_of(self, handler: Handler, resource: Resource, inputs: Props) -> None:
        left = [path for path in handler.unplaced(inputs) if (handler.token, path) not in self._warned]
        if left:
            self._warned |= {(handler.token, path) for path in left}
            self.host.warn(f"the sandbox doesn't emulate {', '.join(left)} of {handler.token}", resource.urn)


def _named(token: str, new: Props, old: Props | None, how: Naming) -> Props:
    return naming.with_name(token, new, old, how)


def _with_made(new: Any, old: Any, state: Any) -> Any:
    """A block as it will be: what AWS once filled in (its keys are none of the inputs') stays through an update."""
    if not (isinstance(new, Mapping) and isinstance(state, Mapping)):
        return new
    given = old if isinstance(old, Mapping) else {}
    made = {key: value for key, value in state.items() if key not in given and key not in new}
    return {**made, **{key: _with_made(value, given.get(key), state.get(key)) for key, value in new.items()}}


def _with_made_name(token: str, inputs: Props, state: Props) -> Props:
    """The inputs with the name that was made from a prefix at creation."""
    name = facts(token).autonaming.property
    if name and inputs.get(name) is None and state.get(name) is not None:
        return {**inputs, name: state[name]}
    return inputs


def _override(name: str) -> type[Handler]:
    module, _, member = name.partition(".")
    loaded = importlib.import_module(f"aistacks_sandbox.providers.aws.overrides.{module}")
    found: type[Handler] = getattr(loaded, member)
    return found


def _warm() -> None:
    """Import what the first call needs while the engine still asks for our version."""
    importlib.import_module("boto3")
    facts("aws:s3/bucket:Bucket")
