"""Buckets with what was in them, objects with their content, notifications with their filters."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path
from typing import Any

from aistacks_core.checksums import sha256
from aistacks_core.property_values import Asset, Props
from aistacks_sandbox.providers.failures import ProviderError

from ..cloud import AwsError
from ..handler import Handler


class Bucket(Handler):
    """A bucket: its place, its tags as one set, and its deprecated inline settings."""

    def prepared(self, inputs: Props) -> Props:
        """Name the place: every region but us-east-1 must be."""
        if self.region == "us-east-1":
            return inputs
        return {**inputs, "createBucketConfiguration": {"locationConstraint": self.region}}

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Set tags, versioning and encryption."""
        call = self.cloud.call
        tags = self.all_tags(inputs)
        if tags != (state.get("tagsAll") or {}):
            pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
            if pairs:
                call("s3", "put_bucket_tagging", {"Bucket": id, "Tagging": {"TagSet": pairs}}, self.region)
            else:
                call("s3", "delete_bucket_tagging", {"Bucket": id}, self.region)
        versioning = inputs.get("versioning")
        if versioning is not None:
            status = "Enabled" if versioning.get("enabled") else "Suspended"
            params = {"Bucket": id, "VersioningConfiguration": {"Status": status}}
            call("s3", "put_bucket_versioning", params, self.region)
        encryption = inputs.get("serverSideEncryptionConfiguration")
        if encryption is not None:
            rule = encryption.get("rule") or {}
            default = rule.get("applyServerSideEncryptionByDefault") or {}
            apply: Props = {"SSEAlgorithm": default.get("sseAlgorithm", "AES256")}
            if default.get("kmsMasterKeyId"):
                apply["KMSMasterKeyID"] = default["kmsMasterKeyId"]
            rules = [
                {
                    "ApplyServerSideEncryptionByDefault": apply,
                    "BucketKeyEnabled": bool(rule.get("bucketKeyEnabled")),
                }
            ]
            params = {"Bucket": id, "ServerSideEncryptionConfiguration": {"Rules": rules}}
            call("s3", "put_bucket_encryption", params, self.region)

    def answered(self, answer: Props, inputs: Props) -> Props:
        """A bucket answers with hardly anything: what counts is that it answers."""
        return {"Bucket": inputs.get("bucket"), **answer}

    def _listed(self, id: str, inputs: Props, seen: Props, state: Props) -> dict[str, str] | None:  # noqa: A002, ARG002
        try:
            answer = self.cloud.call("s3", "get_bucket_tagging", {"Bucket": id}, self.region)
        except AwsError:
            return {}
        return {tag["Key"]: tag["Value"] for tag in answer.get("TagSet", [])}

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """With ``forceDestroy``, remove every object, version and delete marker."""
        if not inputs.get("forceDestroy"):
            return
        status = self.cloud.call("s3", "get_bucket_versioning", {"Bucket": id}, self.region).get("Status")
        if status == "Suspended":
            # moto 5.2.5 can't delete versions while versioning is suspended, as it is once its resource is gone.
            params: Props = {"Bucket": id, "VersioningConfiguration": {"Status": "Enabled"}}
            self.cloud.call("s3", "put_bucket_versioning", params, self.region)
        while _remove_versions(self, id):
            pass


class BucketVersioning(Handler):
    """Versioning; ``Disabled`` is what a bucket is where nobody ever set it."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:  # noqa: ARG002
        """Don't send ``Disabled``: AWS has no such status."""
        wanted = params.get("VersioningConfiguration", {})
        if wanted.get("Status") == "Disabled":
            params["VersioningConfiguration"] = {"Status": "Suspended"}
        return params

    def answered(self, answer: Props, inputs: Props) -> Props:
        """An unset status is ``Disabled``; ours was set to ``Suspended`` for it."""
        wanted = (inputs.get("versioningConfiguration") or {}).get("status")
        status = answer.get("Status")
        if not status:
            return {}
        return {
            "VersioningConfiguration": {"Status": wanted if wanted == "Disabled" and status == "Suspended" else status}
        }


class BucketNotification(Handler):
    """Notifications, whose filters Pulumi writes flat."""

    def prepared(self, inputs: Props) -> Props:
        """Nest ``filterPrefix`` and ``filterSuffix``; ``eventbridge`` is an empty structure."""
        sent = {key: value for key, value in inputs.items() if key != "eventbridge"}
        for kind in ("topics", "queues", "lambdaFunctions"):
            if inputs.get(kind):
                sent[kind] = [_with_filter(item) for item in inputs[kind]]
        if inputs.get("eventbridge"):
            sent["eventbridge"] = {}
        return sent

    def answered(self, answer: Props, inputs: Props) -> Props:
        """With the bucket's name: an empty configuration is one, too."""
        return {"Bucket": inputs.get("bucket"), **answer}


def _with_filter(item: Props) -> Props:
    rules = [
        {"name": name, "value": item[key]}
        for key, name in (("filterPrefix", "prefix"), ("filterSuffix", "suffix"))
        if item.get(key)
    ]
    rest = {key: value for key, value in item.items() if key not in ("filterPrefix", "filterSuffix")}
    return {**rest, "filter": {"key": {"filterRules": rules}}} if rules else rest


class BucketObject(Handler):
    """An object with its content: a file, a text or an asset."""

    def parameters(
        self,
        operation: Any,
        inputs: Props,
        id: str,  # noqa: A002
        state: Props,
        call: str = "",
    ) -> Props:
        """Put the content into the body, where it is sent; the engine gives it only then."""
        sent = {key: value for key, value in inputs.items() if key != "etag"}
        if operation.call == "put_object":
            sent["body"] = _content(inputs)
            if sent.get("contentType") is None:
                sent["contentType"] = mimetypes.guess_type(str(inputs["key"]))[0] or "binary/octet-stream"
        return super().parameters(operation, sent, id, state, call)

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Set the object's tags."""
        if inputs.get("tags") is not None or self.all_tags(inputs):
            pairs = [{"Key": key, "Value": value} for key, value in self.all_tags(inputs).items()]
            params = {"Bucket": inputs["bucket"], "Key": inputs["key"], "Tagging": {"TagSet": pairs}}
            self.cloud.call("s3", "put_object_tagging", params, self.region)

    def answered(self, answer: Props, inputs: Props) -> Props:
        """The etag without its quotes."""
        return {"Key": inputs.get("key"), **answer, "ETag": str(answer.get("ETag", "")).strip('"')}

    def update(self, id: str, old: Props, state: Props, new: Props) -> Props:  # noqa: A002
        """Content changes by another asset under the same name, too."""
        if _digest(old) != _digest(new):
            self.run(self.row.create, self._given(new), id, state)
        return super().update(id, old, state, new)

    def delete(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Every version of it, where it has one; else another delete would only hide it, and its bucket isn't empty."""
        try:
            where = {"Bucket": state.get("bucket") or inputs["bucket"]}
            status = self.cloud.call("s3", "get_bucket_versioning", where, self.region).get("Status")
            # moto 5.2.5 can't delete versions while versioning is suspended; there, one delete takes all of them.
            if not state.get("versionId") or status != "Enabled":
                return super().delete(id, inputs, state)
            while _remove_versions(self, state["bucket"], state["key"]):
                pass
        except AwsError as error:
            if not error.gone:
                raise
        return None

    def _tag(self, id: str, inputs: Props, state: Props, before: Props, after: Props) -> None:  # noqa: A002
        """Nothing: tags are set when it has settled."""


def _remove_versions(handler: Handler, bucket: str, key: str | None = None) -> bool:
    """Remove the first page of versions and delete markers, of ``key`` or of all; whether there were any."""
    where = {"Bucket": bucket} | ({"Prefix": key} if key is not None else {})
    page = handler.cloud.call("s3", "list_object_versions", where, handler.region)
    found = [
        {"Key": item["Key"], "VersionId": item["VersionId"]}
        for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if key in (None, item["Key"])
    ]
    if found:
        params = {"Bucket": bucket, "Delete": {"Objects": found}, "BypassGovernanceRetention": True}
        answer = handler.cloud.call("s3", "delete_objects", params, handler.region)
        for first in answer.get("Errors") or ():
            raise AwsError("s3 delete_objects", first.get("Code", ""), first.get("Message", ""))
    return bool(found)


def _content(inputs: Props) -> bytes:
    source = inputs.get("source")
    if isinstance(source, Asset):
        if source.text is not None:
            return source.text.encode()
        if source.path is None:
            raise ProviderError(
                f"{inputs['key']}: the sandbox reads assets from files and texts, not from {source.uri}"
            )
        source = source.path
    if source is not None:
        try:
            return Path(source).read_bytes()
        except OSError as error:
            raise ProviderError(f"{inputs['key']}: source {source}: {error.strerror}") from error
    if inputs.get("contentBase64") is not None:
        return base64.b64decode(inputs["contentBase64"])
    return str(inputs.get("content") or "").encode()


def _digest(inputs: Props) -> str:
    source = inputs.get("source")
    # The state keeps an asset's hash, not its content.
    if isinstance(source, Asset) and source.hash:
        return source.hash
    return sha256(_content(inputs))
