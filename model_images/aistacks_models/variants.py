"""The variants that `compress` makes of a trained network."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .steps import Recipe


class Variant(BaseModel):
    """One compressed artefact, ready to run.

    ``file`` is relative to the stage's folder. ``runtime``: ``onnxruntime`` runs an ``.onnx``; ``torch`` runs a
    ``.pt2`` (``torch.export``), ``eager`` the network itself from ``.safetensors``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    recipe: Recipe
    runtime: Literal["eager", "onnxruntime", "torch"]
    file: str
    bytes: int = Field(gt=0)
    """Of the file and its external data."""
    parameters: int = Field(ge=0)
    nonzero: int = Field(ge=0)
    """Parameters that are not zero."""
    pays_on: tuple[str, ...] = ()
    """Hardware on which it is faster or smaller, as text."""
    notes: tuple[str, ...] = ()


class Dropped(BaseModel):
    """A recipe without a variant: it can't be run here, or brings nothing on any hardware."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    recipe: Recipe
    reason: str


class Variants(BaseModel):
    """`variants.json` of the stage. The first is always the reference: the trained network in fp32, as torch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    made: tuple[Variant, ...]
    dropped: tuple[Dropped, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Variants:
        """Read from the stage's folder."""
        return cls.model_validate_json((folder / "variants.json").read_bytes())

    def write(self, folder: Path) -> None:
        """Write it into the stage's folder."""
        (folder / "variants.json").write_text(self.model_dump_json(indent=1) + "\n")
