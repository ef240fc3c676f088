"""What `programs.yaml` says about each external program."""

import functools
from dataclasses import dataclass
from typing import Any

from aistacks_core.facts import load


@dataclass(frozen=True)
class Download:
    """An official archive (``member`` names the program in it) or the bare program (``member`` is None)."""

    url: str
    checksums: str
    member: str | None


@dataclass(frozen=True)
class Unpacked:
    """A module that is laid out in ``folder`` before a build, where files of ours go beside its own."""

    module: str
    version: str
    sum: str
    folder: str


@dataclass(frozen=True)
class GoBuild:
    """A build from ``gomodules/<module>``, which pins every dependency.

    ``toolchain``: the Go that is got for it, where the module needs a newer one than is common.
    """

    module: str
    package: str
    oldest_go: str
    version_symbols: tuple[str, ...]
    minutes: int
    disk_gib: int
    toolchain: str = ""
    unpacked: Unpacked | None = None


@dataclass(frozen=True)
class Deb:
    """A Debian package, and where the program lies in it."""

    package: str
    member: str


@dataclass(frozen=True)
class Facts:
    """One program. ``version`` is the one we get; on PATH ``oldest`` is enough."""

    program: str
    version: str
    oldest: str
    version_args: tuple[str, ...]
    purpose: str
    get: str
    download: Download | None
    go: GoBuild | None
    deb: Deb | None


@dataclass(frozen=True)
class Kind:
    """One custom resource. ``scope`` is "Cluster" or "Namespaced"."""

    group: str
    plural: str
    kind: str
    scope: str
    version: str

    @property
    def name(self) -> str:
        """What its definition is called in the API server."""
        return f"{self.plural}.{self.group}"


@dataclass(frozen=True)
class Definitions:
    """Custom resource definitions in a Go module: a file ``<group>_<plural>.yaml`` for each kind."""

    name: str
    module: str
    version: str
    sum: str
    folder: str
    kinds: tuple[Kind, ...]


@functools.cache
def facts(program: str) -> Facts:
    """The row of ``program``. Raises KeyError for one that isn't in the table."""
    row = _table()["programs"][program]
    names = {"program": program, "version": row["version"], "bare_version": row["version"].lstrip("v")}
    download = {key: value.format(**names) for key, value in row.get("download", {}).items()}
    go = row.get("go")
    return Facts(
        program=program,
        version=row["version"],
        oldest=row["oldest"],
        version_args=tuple(row["version_args"]),
        purpose=row["purpose"],
        get=row["get"],
        download=Download(download["url"], download["checksums"], download.get("member")) if download else None,
        go=_go_build(go) if go else None,
        deb=Deb(**row["deb"]) if "deb" in row else None,
    )


def _go_build(row: dict[str, Any]) -> GoBuild:
    unpacked = Unpacked(**row["unpacked"]) if "unpacked" in row else None
    return GoBuild(**{**row, "version_symbols": tuple(row["version_symbols"]), "unpacked": unpacked})


@functools.cache
def definitions() -> tuple[Definitions, ...]:
    """Every set of custom resource definitions."""
    rows = _table()["definitions"].items()
    return tuple(
        Definitions(**{**row, "name": name, "kinds": tuple(Kind(**kind) for kind in row["kinds"])})
        for name, row in rows
    )


@functools.cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = load(__package__, "programs.yaml")
    return table
