"""A resource's state in the engine's JSON, as a registration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aistacks_core.errors import UserError
from aistacks_core.property_paths import join
from aistacks_core.snapshot import UNKNOWN, Registration
from aistacks_core.wire import UNKNOWNS, is_secret

STACK_TYPE = "pulumi:pulumi:Stack"
HIDDEN = "[secret]"
"""What the engine writes for a secret."""
_DEFAULT_PROVIDER = re.compile(r"::pulumi:providers:[^:]+::default(_[^:]*)?::")
_URN = re.compile(r"urn:pulumi:[^:]*::[^:]*::.+?::.*", re.DOTALL)
_PLACE = re.compile(r"project:/*(?P<file>[^#]+)#(?P<line>\d+)")


def typed(table: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    """What stands at ``key``, or an empty ``kind`` where nothing does. Raises ``UserError`` for another kind."""
    value = table.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        names = {dict: "a mapping", list: "a list", str: "a string", bool: "true or false"}
        raise UserError(f"{where}.{key}", _short(value), names[kind])
    return value


def urn_in(table: Mapping[str, Any], where: str, key: str = "urn") -> str:
    """The URN at ``key``. Raises ``UserError`` where there is none."""
    return _urn(typed(table, key, str, where), f"{where}.{key}")


def _urn(text: Any, where: str) -> str:
    if not isinstance(text, str) or not _URN.fullmatch(text):
        raise UserError(where, _short(text) if text else "nothing", "a resource's URN")
    return text


def registration(state: Mapping[str, Any], where: str) -> Registration:
    """The registration that a state tells of. ``where`` heads an error's path.

    Inputs are the provider's checked ones: names and defaults that it fills in are among them. A secret's value is
    ``[secret]``. File and line are those of the program's own, relative to the project's folder.
    """
    urn = urn_in(state, where)
    secrets: set[str] = set()
    inputs = plain(typed(state, "inputs", dict, where), "", secrets)
    custom = typed(state, "custom", bool, where)
    outputs = {} if custom else plain(typed(state, "outputs", dict, where), "", set())
    provider = typed(state, "provider", str, where)
    file, line = _place(state, where)
    sources = typed(state, "propertyDependencies", dict, where)
    return Registration(
        type=typed(state, "type", str, where) or urn.split("::")[2].split("$")[-1],
        name=urn.split("::", 3)[3],
        urn=urn,
        parent=urn_in(state, where, "parent") if state.get("parent") else "",
        custom=custom,
        inputs=inputs,
        secrets=frozenset(secrets),
        dependencies=_urns(state, "dependencies", where),
        property_dependencies={key: _urns(sources, key, f"{where}.propertyDependencies") for key in sources},
        protect=typed(state, "protect", bool, where),
        retain_on_delete=typed(state, "retainOnDelete", bool, where),
        ignore_changes=_texts(state, "ignoreChanges", where),
        replace_on_changes=_texts(state, "replaceOnChanges", where),
        aliases=_urns(state, "aliases", where),
        provider="" if _DEFAULT_PROVIDER.search(provider) else provider,
        deleted_with=urn_in(state, where, "deletedWith") if state.get("deletedWith") else "",
        import_id=typed(state, "importID", str, where),
        additional_secret_outputs=_texts(state, "additionalSecretOutputs", where),
        outputs=outputs,
        file=file,
        line=line,
    )


def plain(value: Any, path: str, secrets: set[str]) -> Any:
    """A value with ``UNKNOWN`` for unknowns; the paths of secrets are noted, and no ciphertext is kept."""
    if isinstance(value, str):
        if value == HIDDEN:
            secrets.add(path)
        return UNKNOWN if value in UNKNOWNS else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [plain(item, f"{path}[{place}]", secrets) for place, item in enumerate(value)]
    if isinstance(value, dict):
        if is_secret(value):
            secrets.add(path)
            return HIDDEN
        # Providers note there which inputs they filled in.
        set_by_program = {key: item for key, item in value.items() if key != "__defaults"}
        return {key: plain(item, join(path, key), secrets) for key, item in set_by_program.items()}
    return value


def _texts(state: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    return tuple(str(item) for item in typed(state, key, list, where))


def _urns(state: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    items = enumerate(typed(state, key, list, where))
    return tuple(_urn(item, f"{where}.{key}[{place}]") for place, item in items)


def _place(state: Mapping[str, Any], where: str) -> tuple[str, int]:
    frames = [state, *typed(state, "stackTrace", list, where)]
    for frame in frames:
        found = _PLACE.fullmatch(str(frame.get("sourcePosition", ""))) if isinstance(frame, dict) else None
        if found and not found["file"].startswith("../") and "site-packages/" not in found["file"]:
            return found["file"], int(found["line"])
    return "", 0


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
