"""Identities, whose attachments must go before they can."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props

from ..cloud import AwsError
from ..handler import Handler


class Role(Handler):
    """A role with its inline and managed policies."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Set inline policies and attachments where the program lists them."""
        role = {"RoleName": id}
        old = {item.get("name"): item for item in state.get("inlinePolicies") or []}
        new = {item.get("name"): item for item in inputs.get("inlinePolicies") or [] if item.get("policy")}
        for name in sorted(set(old) - set(new) - {None}):
            self._call("delete_role_policy", {**role, "PolicyName": name})
        for name, item in new.items():
            if old.get(name) != item:
                self._call("put_role_policy", {**role, "PolicyName": name, "PolicyDocument": item["policy"]})
        if inputs.get("managedPolicyArns") is not None:
            before, after = set(state.get("managedPolicyArns") or []), set(inputs["managedPolicyArns"])
            for arn in sorted(before - after):
                self._call("detach_role_policy", {**role, "PolicyArn": arn})
            for arn in sorted(after - before):
                self._call("attach_role_policy", {**role, "PolicyArn": arn})

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Leave instance profiles; drop the policies that are the role's own, or all if forced."""
        role = {"RoleName": id}
        for profile in self._call("list_instance_profiles_for_role", role)["InstanceProfiles"]:
            name = profile["InstanceProfileName"]
            self._call("remove_role_from_instance_profile", {**role, "InstanceProfileName": name})
        forced = bool(inputs.get("forceDetachPolicies"))
        if forced or inputs.get("inlinePolicies"):
            for name in self._call("list_role_policies", role)["PolicyNames"]:
                self._call("delete_role_policy", {**role, "PolicyName": name})
        if forced or inputs.get("managedPolicyArns"):
            for policy in self._call("list_attached_role_policies", role)["AttachedPolicies"]:
                self._call("detach_role_policy", {**role, "PolicyArn": policy["PolicyArn"]})

    def _call(self, operation: str, params: Props) -> Props:
        return self.cloud.call("iam", operation, params, self.region)


class Policy(Handler):
    """A policy, of which AWS keeps at most five versions."""

    def run(self, operation: Any, inputs: Props, id: str, state: Props, *, undo: bool = False) -> Props:  # noqa: A002
        """Make room before a new version."""
        if operation.call == "create_policy_version":
            self._drop(id, keep=4)
        return super().run(operation, inputs, id, state, undo=undo)

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Delete all versions but the default one."""
        self._drop(id, keep=1)

    def _drop(self, arn: str, keep: int) -> None:
        versions = self.cloud.call("iam", "list_policy_versions", {"PolicyArn": arn}, self.region)["Versions"]
        others = sorted(
            (v for v in versions if not v["IsDefaultVersion"]), key=lambda v: int(v["VersionId"].lstrip("v"))
        )
        for version in others[: max(0, len(versions) - keep)]:
            params = {"PolicyArn": arn, "VersionId": version["VersionId"]}
            self.cloud.call("iam", "delete_policy_version", params, self.region)


class InstanceProfile(Handler):
    """A profile holds one role, which is put in and taken out."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Change its role."""
        before, after = state.get("role"), inputs.get("role")
        if before == after:
            return
        if before:
            params = {"InstanceProfileName": id, "RoleName": before}
            self.cloud.call("iam", "remove_role_from_instance_profile", params, self.region)
        if after:
            params = {"InstanceProfileName": id, "RoleName": after}
            self.cloud.call("iam", "add_role_to_instance_profile", params, self.region)

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Take the role out."""
        answer = self.cloud.call("iam", "get_instance_profile", {"InstanceProfileName": id}, self.region)
        for role in answer["InstanceProfile"].get("Roles", []):
            params = {"InstanceProfileName": id, "RoleName": role["RoleName"]}
            self.cloud.call("iam", "remove_role_from_instance_profile", params, self.region)


class OpenIdConnectProvider(Handler):
    """An identity provider, whose clients come and go one by one."""

    def prepared(self, inputs: Props) -> Props:
        """AWS finds out the thumbprint itself; the emulator wants one."""
        return inputs if inputs.get("thumbprintLists") else {**inputs, "thumbprintLists": ["0" * 40]}

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """With the URL's scheme, which AWS leaves out."""
        url = str(answer.get("Url", ""))
        return {**answer, "Url": url if "://" in url else f"https://{url}"}

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Add and remove clients."""
        if not state:
            return
        before, after = set(state.get("clientIdLists") or []), set(inputs.get("clientIdLists") or [])
        for operation, clients in (
            ("add_client_id_to_open_id_connect_provider", after - before),
            ("remove_client_id_from_open_id_connect_provider", before - after),
        ):
            for client in sorted(clients):
                params = {"OpenIDConnectProviderArn": id, "ClientID": client}
                self.cloud.call("iam", operation, params, self.region)


class ServiceLinkedRole(Handler):
    """A role that AWS names itself."""

    def scope(self, inputs: Props, id: str = "", answer: Any = None) -> Props:  # noqa: A002
        """With the name that is in the ARN."""
        made = super().scope(inputs, id, answer)
        arn = id or str((made["answer"].get("Role") or {}).get("Arn") or "")
        return {**made, "name": arn.rsplit("/", 1)[-1] if arn else None}

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """With the service, which is in the path."""
        return {**answer, "AWSServiceName": str(answer.get("Path", "")).strip("/").rsplit("/", 1)[-1]}

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Nothing to clear, but it must be there."""
        try:
            self.cloud.call("iam", "get_role", {"RoleName": id.rsplit("/", 1)[-1]}, self.region)
        except AwsError as error:
            if not error.gone:
                raise
