"""A package's manifest: its files, lineage, quality, latency, and the gates it passed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from aistacks_core import checksums
from aistacks_core.errors import UserError

from .tensors import Tensor

FILE = "manifest.json"
VERIFIED = "VERIFIED"
"""File of a package that is there only when every gate passed: the digest of the verification, in one line."""
SCHEMA = Path(__file__).parent / "schema" / "manifest.v2.json"
"""The JSON Schema of `manifest.json`, for readers in other languages."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")]
Verdict = Literal["pass", "fail", "off"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileFact(_Part):
    """One file of the package."""

    sha256: Sha256
    bytes: int = Field(ge=0)


class Interval(_Part):
    """A measured value and its confidence interval."""

    value: float
    low: float
    high: float


class Quality(_Part):
    """The metric on the held-out rows, of the trained network in fp32 (``reference``) and of the served variant."""

    metric: str
    rows: int = Field(gt=0)
    confidence: float = Field(gt=0.5, lt=1)
    reference: Interval
    variant: Interval


class Latency(_Part):
    """Latency of a batch of ``batch_size`` rows, on ``machine`` with ``threads``."""

    p50_ms: float = Field(gt=0)
    p90_ms: float | None = Field(default=None, gt=0)
    p99_ms: float = Field(gt=0)
    batch_size: int = Field(default=1, ge=1)
    threads: int = Field(default=1, ge=1)
    rows_per_second: float | None = Field(default=None, gt=0)
    """In batches of ``max_batch_size``."""


class Measured(_Part):
    """Latency of the served variant and of the reference."""

    variant: Latency
    reference: Latency


class Sizes(_Part):
    """Bytes of the served variant, and of the reference's weights in fp32."""

    variant: int = Field(gt=0)
    reference: int = Field(gt=0)


class GateVerdict(_Part):
    """One gate: the measured value and the bound, in the gate's own unit; both ``None`` where it is off."""

    name: str
    verdict: Verdict
    got: float | bool | None = None
    bound: float | bool | None = None


class DataFacts(_Part):
    """The training and evaluation data. ``sha256``: of the rows as they were used."""

    source: str
    licence: str
    sha256: Sha256
    rows: dict[str, int] = {}
    """``train``, ``validation`` and ``held_out``."""


class Lineage(_Part):
    """All inputs from which the package can be reproduced."""

    code: Sha256
    """Of the modules that train, compress, verify and package."""
    model_file: Sha256
    """Of the file with the `Model`, or of the ONNX file or SavedModel that entered at `compress`."""
    data: DataFacts
    seed: int
    size: dict[str, JsonValue] = {}
    """The model's own configuration."""
    training: dict[str, JsonValue] = {}
    recipe: dict[str, JsonValue] = {}
    """The `Recipe` of what is served."""
    stages: dict[str, Sha256] = {}
    """Stage → digest of its outputs."""
    libraries: dict[str, str] = {}
    """Distribution → version."""
    parents: tuple[str, ...] = ()
    """Models that this one derives from: ``name@digest`` of a package, or a hub's ``name@revision``."""


class Variant(_Part):
    """The served variant."""

    name: str
    runtime: Literal["eager", "onnxruntime", "torch"]
    parameters: int | None = Field(default=None, ge=0)
    nonzero: int | None = Field(default=None, ge=0)


class Manifest(_Part):
    """`manifest.json`. Raises `UserError` naming the field when it is read from a file that doesn't conform."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True, serialize_by_alias=True
    )

    version: Literal[2] = Field(default=2, alias="schema")
    name: Name
    task: str
    licence: str
    verified: bool
    """Whether a deployment may serve it: at least one gate passed and none failed."""
    verification: Sha256
    """Of `verification.json`; `VERIFIED` holds the same."""
    variant: Variant
    inputs: tuple[Tensor, ...] = Field(min_length=1)
    outputs: tuple[Tensor, ...] = Field(min_length=1)
    classes: tuple[str, ...] = ()
    max_batch_size: int = Field(ge=1)
    quality: Quality
    latency: Measured
    size: Sizes
    gates: tuple[GateVerdict, ...] = Field(min_length=1)
    lineage: Lineage
    machine: dict[str, JsonValue] = {}
    """The machine that measured: processor, cores, memory, system."""
    files: dict[str, FileFact]
    """Every file of the package but this one, `SHA256SUMS` and its signature."""

    @model_validator(mode="after")
    def _earned(self) -> Manifest:
        if self.verified and not passed(self.gates):
            failed = [gate.name for gate in self.gates if gate.verdict == "fail"]
            raise ValueError(f"verified although {', '.join(failed) or 'no gate passed'}")
        return self

    @classmethod
    def of(cls, folder: Path, *, gates: tuple[GateVerdict, ...], **fields: Any) -> Manifest:
        """The manifest of the package in ``folder``, whose other files are all written; `write` adds this one.

        ``fields``: the others but ``verified``, which follows from ``gates``, and ``files``. Raises `UserError` for
        invalid values.
        """
        files = {name: fact(folder / name) for name in checksums.files_of(folder) if name != FILE}
        try:
            return cls(gates=gates, verified=passed(gates), files=files, **fields)
        except ValidationError as error:
            raise _user_error(error, f"{folder / FILE}") from None

    def write(self, folder: Path) -> None:
        """Write it into the package; `checksums.write` is called afterwards."""
        (folder / FILE).write_bytes(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The content of `manifest.json`: sorted keys, one field per line."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Of the package in ``folder``."""
        try:
            text = (folder / FILE).read_bytes()
        except OSError as error:
            got = "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or "an error").lower()
            raise UserError(str(folder / FILE), got, "a package's manifest", "Build the model again.") from None
        return cls.parse(text, str(folder / FILE))

    @classmethod
    def parse(cls, text: bytes, where: str) -> Manifest:
        """Parse ``text``. ``where`` begins the error message."""
        try:
            table = json.loads(text)
        except ValueError as error:
            raise UserError(where, f"invalid JSON ({error})", "a package's manifest") from None
        version = table.get("schema") if isinstance(table, dict) else None
        if version != 2:
            todo = "It wasn't verified: build the model again." if version == 1 else ""
            raise UserError(f"{where}: schema", repr(version), "2", todo)
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise _user_error(error, where) from None

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema that `SCHEMA` holds."""
        schema = cls.model_json_schema(mode="validation", by_alias=True)
        schema["required"] = sorted({*schema["required"], "schema"})
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def passed(gates: tuple[GateVerdict, ...]) -> bool:
    """Whether a gate passed and none failed."""
    verdicts = {gate.verdict for gate in gates}
    return "pass" in verdicts and "fail" not in verdicts


def fact(file: Path) -> FileFact:
    """Digest and size of a file, read in pieces."""
    return FileFact(sha256=checksums.of_file(file), bytes=file.stat().st_size)


def _user_error(error: ValidationError, where: str) -> UserError:
    first, *rest = error.errors(include_url=False)
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"]).lstrip(".")
    got = "nothing" if first["type"] == "missing" else "an invalid value"
    if path and first["type"] not in ("missing", "extra_forbidden"):
        got = repr(first["input"])[:80]
    expected = {"missing": "a value", "extra_forbidden": "no such field"}.get(first["type"])
    text = expected or first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return UserError(f"{where}: {path}" if path else where, got, text, f"{len(rest)} more." if rest else "")
