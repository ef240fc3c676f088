"""Custom resource definitions on the API server: applied once, left alone while they are the wanted ones."""

import json
from typing import Any

from kubernetes.client import ApiClient
from rich.markup import escape

from aistacks_core import console
from aistacks_core.errors import UserError

from .. import processes
from ..holdings import MANAGER
from ..programs import crds
from ..programs.facts import definitions

_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_ORIGIN = "aistacks.io/origin"


def apply(api: ApiClient) -> dict[str, str]:
    """Apply every set and wait until it is served; where each came from. Raises UserError when one is refused."""
    there = _there(api)
    applied: dict[str, str] = {}
    for wanted in definitions():
        names = [kind.name for kind in wanted.kinds]
        origins = {_origin(there[name]) if name in there else None for name in names}
        if origins == {crds.origin(wanted)}:
            applied[wanted.name] = crds.origin(wanted)
            continue
        documents = crds.load(wanted)
        if documents.origin == crds.PERMISSIVE:
            console.note(escape(f"{wanted.name}: its definitions can't be had here; its objects go unchecked"))
        for body in documents.bodies:
            _put(api, body, documents.origin, there.get(body["metadata"]["name"]))
        applied[wanted.name] = documents.origin
    names = [kind.name for wanted in definitions() for kind in wanted.kinds]
    processes.wait_until(lambda: _are_served(api, names), "kube-apiserver", "custom resources that are served")
    return applied


def _put(api: ApiClient, body: dict[str, Any], origin: str, old: dict[str, Any] | None) -> None:
    body = {**body, "metadata": {**body["metadata"]}}
    body.pop("status", None)
    body["metadata"]["annotations"] = {**body["metadata"].get("annotations", {}), _ORIGIN: origin}
    name = body["metadata"]["name"]
    if old:
        body["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
    method, path = ("PUT", f"{_PATH}/{name}") if old else ("POST", _PATH)
    status, answer = _call(api, method, path, body)
    if status >= 300:
        raise UserError(f"definition {name}", f"{status} {answer.get('message', '')}", "an API server that takes it")


def _there(api: ApiClient) -> dict[str, dict[str, Any]]:
    return {item["metadata"]["name"]: item for item in _call(api, "GET", _PATH)[1].get("items", [])}


def _are_served(api: ApiClient, names: list[str]) -> bool:
    there = _there(api)
    return all(name in there and _is_established(there[name]) for name in names)


def _is_established(definition: dict[str, Any]) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []
    return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)


def _origin(definition: dict[str, Any]) -> str | None:
    origin: str | None = definition["metadata"].get("annotations", {}).get(_ORIGIN)
    return origin


def _call(api: ApiClient, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Plain JSON both ways: the client's model classes take seconds for schemas of this size."""
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    request = api.param_serialize(
        method,
        path,
        query_params=[("fieldManager", MANAGER)] if body else [],
        header_params=headers,
        auth_settings=["BearerToken"],
    )
    answer: Any = api.call_api(request[0], request[1], request[2], body)
    content: dict[str, Any] = json.loads(answer.read())
    return answer.status, content
