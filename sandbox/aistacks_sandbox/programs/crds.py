"""Definitions of the custom resources that our own objects need."""

import zipfile
from dataclasses import dataclass
from typing import Any

import yaml

from aistacks_core import cache
from aistacks_core.facts import LOADER

from . import go
from .facts import Definitions, Kind

PERMISSIVE = "permissive"


@dataclass(frozen=True)
class Documents:
    """Definitions ready to be applied. ``origin``: "<module>@<version>", or ``PERMISSIVE``."""

    origin: str
    bodies: tuple[dict[str, Any], ...]


def origin(wanted: Definitions) -> str:
    """What ``load`` gives as origin when the module can be had."""
    return f"{wanted.module}@{wanted.version}"


def load(wanted: Definitions) -> Documents:
    """The operator's own definitions out of its Go module, else permissive ones that check no field.

    Why the module couldn't be had is remembered for ``doctor``.
    """
    try:
        archive = go.module_zip(wanted)
        with zipfile.ZipFile(archive) as files:
            bodies = tuple(
                yaml.load(files.read(_member(wanted, kind)), LOADER)  # noqa: S506 (a safe loader, either way)
                for kind in wanted.kinds
            )
    except (go.NoGoError, zipfile.BadZipFile, KeyError) as error:
        cache.remember(wanted.name, "Go module", str(error))
        return Documents(PERMISSIVE, tuple(permissive(kind) for kind in wanted.kinds))
    return Documents(origin(wanted), bodies)


def permissive(kind: Kind) -> dict[str, Any]:
    """A definition that takes any object of the kind."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": kind.name},
        "spec": {
            "group": kind.group,
            "scope": kind.scope,
            "names": {
                "kind": kind.kind,
                "listKind": f"{kind.kind}List",
                "plural": kind.plural,
                "singular": kind.kind.lower(),
            },
            "versions": [
                {
                    "name": kind.version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": anything},
                    "subresources": {"status": {}},
                }
            ],
        },
    }


def _member(wanted: Definitions, kind: Kind) -> str:
    return f"{wanted.module}@{wanted.version}/{wanted.folder}/{kind.group}_{kind.plural}.yaml"
