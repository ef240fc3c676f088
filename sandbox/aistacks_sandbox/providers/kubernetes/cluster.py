"""The sandbox's API server, through the official client: discovery, apply, get, delete."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from aistacks_core.property_values import Props

from ..failures import ProviderError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

KUBECONFIG = "AISTACKS_SANDBOX_KUBECONFIG"
_SECONDS = 30.0


class ApiError(ProviderError):
    """The API server's refusal. ``code`` is the HTTP status, ``reason`` such as ``AlreadyExists``."""

    def __init__(self, code: int, status: Mapping[str, Any], what: str) -> None:
        self.code = code
        self.reason = str(status.get("reason") or "")
        self.message = str(status.get("message") or f"HTTP {code}")
        self.causes = list((status.get("details") or {}).get("causes") or [])
        super().__init__(self._line(what))

    def _line(self, what: str) -> str:
        fields = [cause for cause in self.causes if cause.get("reason") == "FieldManagerConflict"]
        if fields:
            owned = "; ".join(f"{cause.get('field')} ({cause.get('message')})" for cause in fields)
            return (
                f"{what}: another field manager owns {owned}; leave these fields out, or take them over with "
                'the annotation pulumi.com/patchForce: "true"'
            )
        return f"{what}: the API server answered {self.code} {self.reason}: {self.message}"


class UnknownKindError(ProviderError):
    """The API server serves no such kind (yet)."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(
            f"{api_version} {kind}: the sandbox's API server doesn't serve this kind; "
            "install the CustomResourceDefinition that defines it first"
        )


@dataclass(frozen=True)
class Kind:
    """How the API server names a kind in its paths."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None, name: str = "") -> str:
        """The URL path of an object, or of the collection."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        place = f"/namespaces/{quote(namespace or 'default')}" if self.namespaced else ""
        return f"{root}{place}/{self.plural}" + (f"/{quote(name)}" if name else "")


class Cluster:
    """A connection; threads may share it. ``kubeconfig`` is a file."""

    def __init__(self, kubeconfig: str, on_warning: Callable[[str], None] | None = None) -> None:
        self._kubeconfig = kubeconfig
        self._api: ApiClient | None = None
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, str], Kind] = {}
        self.on_warning = on_warning

    @classmethod
    def from_environment(cls) -> Cluster:
        """The sandbox's cluster; raises ``ProviderError`` where the environment names none."""
        path = os.environ.get(KUBECONFIG)
        if not path:
            raise ProviderError(f"{KUBECONFIG} is not set: run this program through `aistacks sandbox run`")
        return cls(path)

    def warm_up(self) -> None:
        """Load the client library and the kubeconfig, which takes longer than any request."""
        self._client()

    def _client(self) -> ApiClient:
        with self._lock:
            if self._api is None:
                from kubernetes import client, config

                settings = client.Configuration()
                try:
                    load: Any = config.load_kube_config
                    load(self._kubeconfig, client_configuration=settings)
                except config.ConfigException as error:
                    raise ProviderError(
                        f"{self._kubeconfig}: {error}; run `aistacks sandbox up` to write it anew"
                    ) from error
                settings.connection_pool_maxsize = 32
                settings.proxy = None
                self._api = client.ApiClient(settings)
            return self._api

    def request(
        self,
        method: str,
        path: str,
        body: Props | None = None,
        *,
        query: Mapping[str, str] | None = None,
        content: str = "application/json",
        what: str = "",
        warn: Callable[[str], None] | None = None,
    ) -> Props:
        """One request; gives the JSON answer. ``what`` names the object in errors.

        Raises ``ApiError`` for a refusal and ``ProviderError`` where nobody answers.
        """
        from urllib3.exceptions import HTTPError

        api = self._client()
        url = api.configuration.host + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": "application/json", "Content-Type": content}
        api.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        # The client serialises JSON itself, and takes any other body as text.
        sent: Any = body if body is None or content == "application/json" else json.dumps(body)
        try:
            send: Any = api.rest_client.request
            response = send(method, url, headers=headers, body=sent, _request_timeout=_SECONDS)
            answer = response.read()
        except (HTTPError, OSError) as error:
            raise ProviderError(
                f"{what or path}: the sandbox's API server at {api.configuration.host} doesn't answer "
                f"({type(error).__name__}); run `aistacks sandbox up`"
            ) from error
        for line in response.headers.get("Warning", "").split(", 299 ") if warn else ():
            if warn and line:
                warn(line.removeprefix("299 ").removeprefix("- ").strip('"').replace('\\"', '"'))
        parsed = _parsed(answer)
        if response.status >= 400:
            raise ApiError(response.status, parsed, what or path)
        return parsed

    def kind(self, api_version: str, kind: str) -> Kind | None:
        """How a kind is served, or None if it isn't."""
        found = self._kinds.get((api_version, kind))
        if found is None:
            root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
            try:
                answer = self.request("GET", root)
            except ApiError as error:
                if error.code == 404:
                    return None
                raise
            for entry in answer.get("resources", []):
                if "/" not in entry["name"]:
                    key = (api_version, entry["kind"])
                    self._kinds[key] = Kind(*key, entry["name"], entry["namespaced"])
            found = self._kinds.get((api_version, kind))
        return found

    def forget(self) -> None:
        """Ask anew for every kind: a definition has gone."""
        self._kinds.clear()

    def expect(self, api_version: str, kind: str) -> Kind:
        """As ``kind``, but raises ``UnknownKindError``."""
        found = self.kind(api_version, kind)
        if found is None:
            raise UnknownKindError(api_version, kind)
        return found

    def get(self, kind: Kind, namespace: str | None, name: str) -> Props | None:
        """The object, or None if there is none."""
        try:
            return self.request("GET", kind.path(namespace, name), what=f"{kind.kind} {name}")
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def apply(
        self,
        kind: Kind,
        manifest: Props,
        manager: str,
        *,
        force: bool,
        dry_run: bool = False,
        warn: Callable[[str], None] | None = None,
    ) -> Props:
        """Server-side apply: the object as the API server then has it, or would have it (``dry_run``)."""
        meta = manifest["metadata"]
        namespace = meta.get("namespace")
        query = {"fieldManager": manager, "force": str(force).lower()} | ({"dryRun": "All"} if dry_run else {})
        where = f"{namespace}/{meta['name']}" if namespace else meta["name"]
        return self.request(
            "PATCH",
            kind.path(namespace, meta["name"]),
            manifest,
            query=query,
            content="application/apply-patch+yaml",
            what=f"{kind.kind} {where}",
            warn=warn,
        )

    def delete(self, kind: Kind, namespace: str | None, name: str, uid: str | None, policy: str) -> None:
        """Ask for the deletion of the object with that ``uid``; ``ApiError`` 404 or 409 if it isn't there."""
        body: Props = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy}
        if uid:
            body["preconditions"] = {"uid": uid}
        self.request("DELETE", kind.path(namespace, name), body, what=f"{kind.kind} {name}")


def _parsed(answer: bytes) -> Props:
    try:
        parsed = json.loads(answer)
    except ValueError:
        return {"message": answer.decode(errors="replace")[:500]}
    return parsed if isinstance(parsed, dict) else {"message": str(parsed)[:500]}
