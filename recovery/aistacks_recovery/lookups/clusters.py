"""Reading a cluster, through the official client."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from aistacks_core.errors import UserError

from .found import NoLookup

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_SECONDS = 30.0
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)


class Cluster:
    """One cluster. ``kubeconfig``: a file, its content, or empty for that of ``KUBECONFIG``."""

    def __init__(self, kubeconfig: str, context: str = "") -> None:
        self._kubeconfig = kubeconfig
        self._context = context or None
        self._api: ApiClient | None = None
        self._kinds: dict[str, list[Mapping[str, Any]]] = {}

    def get(self, path: str, **query: str) -> dict[str, Any] | None:
        """What the API server has there; None for nothing. Raises ``UserError`` where it doesn't say."""
        from urllib3.exceptions import HTTPError

        api = self._client()
        headers = {"Accept": "application/json"}
        api.update_params_for_auth(headers, [], ["BearerToken"], path, "GET", None)
        address = api.configuration.host + path + (f"?{urlencode(query)}" if query else "")
        try:
            send: Any = api.rest_client.request
            answer = send("GET", address, headers=headers, _request_timeout=_SECONDS)
            content = answer.read()
        except (HTTPError, OSError) as error:
            raise _silent(api.configuration.host, type(error).__name__) from error
        if answer.status == 404:
            return None
        if answer.status >= 400:
            raise _silent(api.configuration.host, f"{answer.status} for {path}")
        found: dict[str, Any] = json.loads(content)
        return found

    def object(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        """An object; None if there is none, or no such kind. ``namespace`` is left out for what lies in none."""
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        if api_version not in self._kinds:
            self._kinds[api_version] = (self.get(root) or {}).get("resources") or []
        served = next((e for e in self._kinds[api_version] if e["kind"] == kind and "/" not in e["name"]), None)
        if served is None:
            return None
        place = f"/namespaces/{quote(namespace)}" if served["namespaced"] else ""
        return self.get(f"{root}{place}/{served['name']}/{quote(name)}")

    def _client(self) -> ApiClient:
        if self._api is None:
            try:
                from kubernetes import client, config
            except ImportError as error:
                raise NoLookup("the package kubernetes isn't installed (`pip install aistacks[recovery]`)") from error
            settings = client.Configuration()
            load: Any = config.load_kube_config
            try:
                if "\n" in self._kubeconfig or self._kubeconfig.startswith("{"):
                    with tempfile.TemporaryDirectory() as folder:
                        file = Path(folder) / "kubeconfig"
                        file.touch(mode=0o600)
                        file.write_text(self._kubeconfig, encoding="utf-8")
                        load(str(file), context=self._context, client_configuration=settings)
                else:
                    given = str(Path(self._kubeconfig).expanduser()) if self._kubeconfig else None
                    load(given, context=self._context, client_configuration=settings)
            except (config.ConfigException, *_UNREADABLE) as error:
                raise UserError("kubeconfig", str(error), "one that can be read") from error
            self._api = client.ApiClient(settings)
        return self._api


def _silent(host: str, got: str) -> UserError:
    return UserError(host, got, "an answer, to tell whether an object was made", "Nothing was changed.")
