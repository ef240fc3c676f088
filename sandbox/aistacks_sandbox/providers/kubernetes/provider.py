"""The provider itself: what the engine asks, answered with the API server's own judgement.

It doesn't wait for workloads to become ready: no kubelet runs their pods in the sandbox. It does wait
for a CustomResourceDefinition to be served, for a load balancer's address, and for a deleted object to be gone.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.kubernetes import helm_releases, manifests, replacement
from aistacks_core.diffs import Diff, differences
from aistacks_core.property_values import UNKNOWN, Props, Secret, contains_unknown

from ..autoname import Naming
from ..construction import Child
from ..failures import CheckError, ProviderError
from ..provider import CREATED, MARKER, Created, Found, Provider, Resource
from . import components, functions, helm, objects, waiting
from .cluster import ApiError, Cluster, Kind

_SWITCHES = {
    "enableConfigMapMutable": "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
    "enableSecretMutable": "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    "enablePatchForce": "PULUMI_K8S_ENABLE_PATCH_FORCE",
    "upsertExistingObjects": "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
}
_FORCE = "pulumi.com/patchForce"


@dataclass
class KubernetesProvider(Provider):
    """One configured provider: a cluster, always the sandbox's, and a default namespace."""

    cluster: Cluster = field(default_factory=lambda: Cluster(""))
    namespace: str = ""
    switches: dict[str, bool] = field(default_factory=dict)

    def check_config(self, old: Props, new: Props) -> Props:  # noqa: ARG002
        """As it is, but a kubeconfig with credentials in it is secret, whether the program said so or not."""
        config = new.get("kubeconfig")
        return {**new, "kubeconfig": Secret(config)} if config and not contains_unknown(config) else new

    def configure(self, config: Props) -> None:
        """Whatever kubeconfig the program gives, the cluster is the sandbox's."""
        super().configure(config)
        self.cluster = Cluster.from_environment()
        # The library takes half a second to load: begin before the first object needs it.
        threading.Thread(target=self._warm_up, daemon=True).start()
        self.namespace = config.get("namespace") or os.environ.get("PULUMI_K8S_NAMESPACE", "")
        self.switches = {
            name: str(config.get(name, os.environ.get(variable, ""))).lower() == "true"
            for name, variable in _SWITCHES.items()
        }

    def _warm_up(self) -> None:
        try:
            self.cluster.warm_up()
        except ProviderError:
            return  # The first object that needs the cluster tells it.

    def check(self, resource: Resource, old: Props | None, new: Props, naming: Naming) -> Props:
        if resource.type == helm_releases.RELEASE:
            return helm.check(old, new, naming, self.namespace or "default")
        api_version, kind = manifests.api_version_and_kind(resource.type)
        news = {"apiVersion": api_version, "kind": kind} | {k: v for k, v in new.items() if v is not None}
        if kind.endswith("List") and "items" in news:
            raise CheckError({"": f"a {kind} can't be created; declare the objects in it one by one"})
        news = objects.with_name(resource, old, manifests.normalized(news), naming)
        meta = news.get("metadata")
        if self.namespace and isinstance(meta, dict) and meta.get("namespace") is None:
            found = self.cluster.kind(news["apiVersion"], news["kind"])
            if found is None or found.namespaced:
                news = {**news, "metadata": {**meta, "namespace": self.namespace}}
        return objects.hidden(news)

    def diff(self, resource: Resource, id: str, old: Props, state: Props, new: Props) -> Diff:  # noqa: A002, ARG002
        if resource.type == helm_releases.RELEASE:
            return helm_releases.changes(old, new)
        before, after = self._placed(manifests.normalized(old)), self._placed(manifests.normalized(new))
        changes = differences(before, after)
        forced = replacement.properties(after, self.switches, patch=manifests.is_patch(resource.type))
        replaces = frozenset(
            path for path in changes if replacement.forces(path, _at(after, path) or _at(before, path), forced)
        )
        namespace, name = objects.parse_id(id)
        meta = manifests.metadata(after)
        same_place = meta.get("name") == name and (namespace or "default") == (meta.get("namespace") or "default")
        delete_first = bool(replaces) and same_place and not objects.is_autonamed(after)
        return Diff(changes, replaces, delete_first=delete_first)

    def _placed(self, props: Props) -> Props:
        """``props`` with the namespace written out, so that leaving it out is no change."""
        meta = props.get("metadata")
        if not isinstance(meta, dict):
            return props
        kind = self.cluster.kind(str(props.get("apiVersion")), str(props.get("kind")))
        where = (meta.get("namespace") or "default") if kind is None or kind.namespaced else None
        return {**props, "metadata": {**meta, "namespace": where}}

    def create(self, resource: Resource, inputs: Props, *, preview: bool, timeout: float) -> Created:
        if resource.type == helm_releases.RELEASE:
            return Created("" if preview else helm.release_id(inputs), helm.outputs(inputs))
        if preview:
            return Created("", self._preview(resource, inputs, {}, force=True))
        kind = waiting.for_kind(self.cluster, inputs["apiVersion"], inputs["kind"], self.cancelled)
        manager = objects.manager(resource.urn, inputs)
        manifest = objects.manifest(inputs)
        force = self._force(inputs)
        if not (self.switches.get("upsertExistingObjects") or manifests.is_patch(resource.type)):
            force = self._refuse_foreign(kind, manifest, manager) or force
        live = waiting.for_namespace(
            lambda: self._apply(resource, kind, manifest, manager, force=force), self.cancelled
        )
        if live.get("kind") == "CustomResourceDefinition":
            live = waiting.for_definition(self.cluster, kind, live, timeout or 30, self.cancelled)
        live = waiting.for_address(self.cluster, kind, live, self.cancelled)
        return Created(objects.object_id(live), self._outputs(live, manager))

    def _refuse_foreign(self, kind: Kind, manifest: Props, manager: str) -> bool:
        """Whether the object stands already, made by an earlier run of this very resource that was killed.

        Anybody else's object is not silently taken over, as with the real provider.
        """
        meta = manifest["metadata"]
        live = self.cluster.get(kind, meta.get("namespace"), meta["name"])
        if live is None:
            return False
        if manifests.metadata(live).get("deletionTimestamp"):
            uid, seconds = manifests.metadata(live)["uid"], waiting.DELETION_SECONDS
            waiting.until_gone(self.cluster, kind, meta.get("namespace"), meta["name"], uid, seconds, self.cancelled)
            return False
        if any(entry.get("manager") == manager for entry in manifests.metadata(live).get("managedFields", [])):
            return True
        raise ProviderError(
            f"{kind.kind} {objects.object_id(live)} already exists; import it, "
            f"patch it with {kind.kind}Patch, or set the provider's upsertExistingObjects"
        )

    def update(
        self,
        resource: Resource,
        id: str,  # noqa: A002, ARG002
        old: Props,  # noqa: ARG002
        state: Props,
        new: Props,
        *,
        preview: bool,
        timeout: float,  # noqa: ARG002
    ) -> Props:
        if resource.type == helm_releases.RELEASE:
            status = state.get("status")
            revision = status.get("revision", 1) if isinstance(status, dict) else 1
            return helm.outputs(new, int(revision) + 1)
        if preview:
            return self._preview(resource, new, state, force=self._force(new))
        kind = self.cluster.expect(new["apiVersion"], new["kind"])
        manager = objects.manager(resource.urn, new, state)
        # What was made by other means and then imported has no apply manager yet: take it over.
        force = self._force(new) or objects.MANAGER not in state
        live = self._apply(resource, kind, objects.manifest(new), manager, force=force)
        return self._outputs(waiting.for_address(self.cluster, kind, live, self.cancelled), manager)

    def _force(self, inputs: Props) -> bool:
        return objects.annotation(inputs, _FORCE) == "true" or bool(self.switches.get("enablePatchForce"))

    def _apply(
        self,
        resource: Resource,
        kind: Kind,
        manifest: Props,
        manager: str,
        *,
        force: bool,
        dry_run: bool = False,
    ) -> Props:
        return self.cluster.apply(
            kind,
            manifest,
            manager,
            force=force,
            dry_run=dry_run,
            warn=lambda line: self.host.warn(line, resource.urn),
        )

    def _preview(self, resource: Resource, inputs: Props, state: Props, *, force: bool) -> Props:
        """What the API server would make of it, or the inputs where it can't tell."""
        plain = {**inputs, MARKER: CREATED}
        if contains_unknown(inputs) or manifests.is_patch(resource.type):
            return objects.hidden(plain)
        kind = self.cluster.kind(inputs["apiVersion"], inputs["kind"])
        if kind is None:
            return objects.hidden(plain)
        manager = objects.manager(resource.urn, inputs, state)
        try:
            live = self._apply(resource, kind, objects.manifest(inputs), manager, force=force, dry_run=True)
        except ApiError as error:
            # Not there yet, not allowed to ask, or judged against the object that a replacement removes first.
            if error.code in (403, 404) or (error.code == 422 and "immutable" in error.message):
                return objects.hidden(plain)
            raise
        return self._outputs(_promised(objects.to_props(live), new=not state), manager)

    def _outputs(self, live: Props, manager: str) -> Props:
        return {**objects.hidden(objects.to_props(live)), objects.MANAGER: manager, MARKER: CREATED}

    def read(self, resource: Resource, id: str, inputs: Props, state: Props) -> Found | None:  # noqa: A002
        if resource.type == helm_releases.RELEASE:
            if not inputs:
                raise helm.refuse_import()
            return Found(id, inputs, state)
        api_version, kind_name = manifests.api_version_and_kind(resource.type)
        known = inputs or state
        kind = self.cluster.kind(known.get("apiVersion", api_version), known.get("kind", kind_name))
        namespace, name = objects.parse_id(id)
        found = self.cluster.get(kind, namespace or self.namespace or None, name) if kind else None
        if found is None or (manifests.metadata(found).get("deletionTimestamp") and not inputs):
            return None
        live = objects.to_props(found)
        manager = objects.manager(resource.urn, inputs, state)
        if not manifests.metadata(inputs).get("name"):
            outputs = {**objects.hidden(live), MARKER: CREATED}
            return Found(objects.object_id(live), objects.hidden(objects.imported(live)), outputs)
        was = state if state.get("metadata") else live
        refreshed = objects.drifted(inputs, was, live)
        outputs = self._outputs(live, manager)
        if objects.MANAGER not in state:
            # Imported and never applied since: the next update has to take the fields over.
            del outputs[objects.MANAGER]
        return Found(id, objects.hidden(refreshed), outputs)

    def delete(self, resource: Resource, id: str, inputs: Props, state: Props, *, timeout: float) -> None:  # noqa: A002
        if resource.type == helm_releases.RELEASE:
            return
        kind = self.cluster.kind(inputs["apiVersion"], inputs["kind"])
        if kind is None:
            return  # The definition is gone, and its objects with it.
        namespace, name = objects.parse_id(id)
        if manifests.is_patch(resource.type):
            self._relinquish(kind, namespace, name, objects.manager(resource.urn, inputs, state))
            return
        seconds = timeout or float(objects.annotation(inputs, "pulumi.com/timeoutSeconds") or 0)
        uid = manifests.metadata(state).get("uid")
        policy = (objects.annotation(inputs, "pulumi.com/deletionPropagationPolicy") or "foreground").capitalize()
        waiting.delete(self.cluster, kind, namespace, name, uid, policy, seconds, self.cancelled)
        if kind.kind == "CustomResourceDefinition":
            self.cluster.forget()

    def _relinquish(self, kind: Kind, namespace: str | None, name: str, manager: str) -> None:
        """Give up the patched fields: applying nothing removes what nobody else owns."""
        if self.cluster.get(kind, namespace, name) is None:
            return
        meta = {"name": name} | ({"namespace": namespace} if namespace else {})
        nothing = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta}
        self.cluster.apply(kind, nothing, manager, force=False)

    def invoke(self, token: str, args: Props, *, preview: bool) -> Props:  # noqa: ARG002
        return functions.invoke(token, args, self.cluster)

    def construct(self, token: str, name: str, inputs: Props) -> list[Child] | None:
        return components.children(token, name, inputs, self.namespace or "default")


def _promised(live: Props, *, new: bool) -> Props:
    """A dry run's answer; of a new object without what it only made up: identity, addresses, status.

    An update's is told whole, as the real provider does: what hangs on it is else replaced for a new label.
    """
    promised = dict(live)
    meta = dict(manifests.metadata(live))
    meta.pop("managedFields", None)
    if new:
        promised.pop("status", None)
        meta |= {key: UNKNOWN for key in ("uid", "resourceVersion", "creationTimestamp") if key in meta}
    promised["metadata"] = meta
    if new and live.get("kind") == "Service" and isinstance(live.get("spec"), dict):
        spec = live["spec"]
        if spec.get("clusterIP") not in (None, "None"):
            promised["spec"] = spec | {"clusterIP": UNKNOWN, "clusterIPs": UNKNOWN}
    return promised


def _at(props: Any, path: str) -> Any:
    """The value at a path of keys; None where there is none. Lists are not walked into."""
    value = props
    for step in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
