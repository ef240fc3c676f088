"""Lambda functions with their code, and who may call them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from aistacks_core.property_values import Archive, Asset, Props
from aistacks_sandbox.providers.failures import ProviderError

from ..handler import Handler

_EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same files make the same archive


def zipped(code: Any) -> bytes:
    """A zip file of an archive: a zip as it is, a folder or several assets packed."""
    if isinstance(code, str):
        code = Archive(path=code)
    if isinstance(code, Asset):
        return _bytes(code)
    if not isinstance(code, Archive) or (code.path is None and code.assets is None):
        raise ProviderError("code: the sandbox takes archives of files and folders, not of addresses")
    if code.path is not None and Path(code.path).is_file():
        return Path(code.path).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(_files(code)):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return buffer.getvalue()


def _files(code: Archive, prefix: str = "") -> list[tuple[str, bytes]]:
    if code.path is not None:
        root = Path(code.path)
        if not root.is_dir():
            raise ProviderError(f"code: got {root}; expected a folder or a zip file")
        return [(prefix + str(f.relative_to(root)), f.read_bytes()) for f in root.rglob("*") if f.is_file()]
    found: list[tuple[str, bytes]] = []
    for name, item in (code.assets or {}).items():
        if isinstance(item, Archive):
            found += _files(item, f"{prefix}{name}/")
        else:
            found.append((prefix + name, _bytes(item)))
    return found


def _bytes(asset: Asset) -> bytes:
    if asset.text is not None:
        return asset.text.encode()
    if asset.path is None:
        raise ProviderError(f"code: the sandbox reads assets from files and texts, not from {asset.uri}")
    return Path(asset.path).read_bytes()


def _fingerprint(inputs: Props) -> Any:
    """What tells one code from another; the state keeps an archive's hash, not its content."""
    code = inputs.get("code")
    places = ("imageUri", "s3Bucket", "s3Key", "s3ObjectVersion")
    return (code.hash if isinstance(code, Archive) else code, *(inputs.get(name) for name in places))


class Function(Handler):
    """A function; its code changes apart from its configuration."""

    def _code(self, inputs: Props) -> Props:
        if inputs.get("code") is not None:
            return {"ZipFile": zipped(inputs["code"])}
        if inputs.get("imageUri"):
            return {"ImageUri": inputs["imageUri"]}
        names = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
        return {member: inputs[name] for name, member in names.items() if inputs.get(name)}

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the code, where the function is made."""
        if operation.call == "create_function":
            params["Code"] = self._code(inputs)
        return params

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Send other code; reserve concurrency."""
        if state and _fingerprint(inputs) != _fingerprint(state):
            code = self._code(inputs)
            self.cloud.call("lambda", "update_function_code", {"FunctionName": id, **code}, self.region)
        wanted = inputs.get("reservedConcurrentExecutions")
        if wanted is not None and wanted >= 0:
            params = {"FunctionName": id, "ReservedConcurrentExecutions": int(wanted)}
            self.cloud.call("lambda", "put_function_concurrency", params, self.region)

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs = super()._outputs(id, inputs, seen, state)
        if isinstance(inputs.get("code"), Archive):
            outputs["sourceCodeHash"] = inputs.get("sourceCodeHash") or inputs["code"].hash
        return outputs


class Permission(Handler):
    """A statement of a function's policy."""

    def answered(self, answer: Props, inputs: Props) -> Props:
        """The statement with our id."""
        statements = json.loads(answer.get("Policy") or "{}").get("Statement", [])
        wanted = inputs.get("statementId")
        return next(({"StatementId": wanted} for item in statements if item.get("Sid") == wanted), {})


class LayerVersion(Handler):
    """A version of a layer, with its content."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the content, where it is made."""
        if operation.call == "publish_layer_version":
            names = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
            stored = {member: inputs[name] for name, member in names.items() if inputs.get(name)}
            params["Content"] = {"ZipFile": zipped(inputs["code"])} if inputs.get("code") is not None else stored
        return params

    def _look(self, id: str, inputs: Props, state: Props) -> Props | None:  # noqa: A002
        return super()._look(id, inputs, {"version": id.rpartition(":")[2], **state})
