"""What the emulator holds that a fresh account hasn't, read from moto's own backends."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend

from aistacks_core.facts import load


@functools.cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = load(__package__, "holdings.yaml")
    return facts


class Holdings:
    """Remembers what each of moto's backends had when it came into being, and tells what came since.

    Made once, before the first request: a backend is born with its first one.
    """

    def __init__(self) -> None:
        # Objects, not ids alone: a collected object's id would be given to another.
        self._fresh: dict[int, object] = {}
        fresh = self._fresh
        plain: Any = AccountSpecificBackend.__getitem__

        being_born = threading.RLock()

        def remembering(self: Any, region: str) -> Any:
            name = "aws" if region == "global" else region
            if name in vars(self).get("remembered", ()):
                return plain(self, region)
            # A second first request has to wait: what it makes is no part of a fresh account.
            with being_born:
                # `in self` asks for valid regions, `keys` for the backends that there are.
                known = name in set(self.keys())
                backend = plain(self, region)
                if not known:
                    fresh.update({id(item): item for _, item in _items(self.service_name, backend)})
                vars(self).setdefault("remembered", set()).add(name)
            return backend

        AccountSpecificBackend.__getitem__ = remembering  # type: ignore[method-assign]

    def read(self) -> dict[str, list[str]]:
        """The names of what was created since and is still there, by service, sorted."""
        held: dict[str, set[str]] = {}
        instances: list[BackendDict[BaseBackend]] = list(BackendDict._instances)  # type: ignore[misc]
        for service in instances:
            if service.service_name in _facts()["services"]:
                continue
            for _, region, backend in list(service.iter_backends()):
                for key, item in _items(service.service_name, backend):
                    if id(item) not in self._fresh and not _is_going(item):
                        known = "" if service.service_name in _facts()["named"] else key
                        kind = type(item).__name__.removeprefix("Fake")
                        name = f"{kind} {_name(known, item)} ({region})"
                        held.setdefault(service.service_name, set()).add(name)
        return {service: sorted(names) for service, names in sorted(held.items())}


def _items(service: str, backend: BaseBackend) -> Iterator[tuple[str, object]]:
    """Each model object in a backend's containers, with the name it lies under ('' where it has none)."""
    records = _facts()["records"]
    skipped = {*records["*"], *records.get(service, ())}
    seen: set[int] = set()
    provided = _facts()["provided"].get(service, "\0")
    made_for = _facts()["provided_descriptions"].get(service, "\0")
    for attribute, value in list(vars(backend).items()):
        if attribute in skipped:
            continue
        for key, item in _objects("", value, depth=3):
            own = str(getattr(item, "description", "") or "").startswith(made_for)
            if id(item) not in seen and not own and not key.startswith(provided):
                seen.add(id(item))
                yield key, item


def _objects(key: str, value: object, depth: int) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        if depth:
            for name, item in list(value.items()):
                yield from _objects(str(name), item, depth - 1)
    elif isinstance(value, (list, set, tuple)):
        if depth:
            for item in list(value):
                yield from _objects(key, item, depth - 1)
    elif _is_model(value) and depth < 3:
        yield key, value


def _is_model(value: object) -> bool:
    kind = type(value)
    ours = kind.__module__.startswith(("moto.", "aistacks_sandbox.emulator.moto_shim."))
    return ours and not isinstance(value, BaseBackend) and hasattr(value, "__dict__")


def _is_going(item: object) -> bool:
    facts = _facts()
    states = {str(getattr(item, name, "")) for name in facts["state_names"]}
    return not states.isdisjoint(facts["states"])


def _name(key: str, item: object) -> str:
    if key:
        return key
    for attribute in ("name", "arn", "id"):
        value = getattr(item, attribute, None)
        if isinstance(value, str) and value:
            return value
    return "(unnamed)"
