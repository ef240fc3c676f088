"""Selects the model store of a command: an environment's, a bucket by name, or the running sandbox's.

An environment's file declares it in ``<project>:store``, which creates no resource:

    aistacks:store:
      bucket: models-3f1c2ab        # `pulumi stack output model_bucket`
      trusted_keys: keys/models.pem # a signature by one of them is then required
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aistacks_core.errors import UserError
from aistacks_core.model_package import StoreAddress
from aistacks_core.project import Project, read_project, read_settings, region_of
from aistacks_core.yaml_files import described

from .. import store
from ..signing import Trust
from ..store import Bucket

KEY = "store"
"""Configuration key, in the project's own namespace."""
_HOW = "`pulumi stack output model_bucket` says its name, once the environment is up"


SandboxStores = Callable[[Project, str], StoreAddress | None]
"""Address of an environment's model store in the running sandbox, if it is up. Passed in by the command."""


class StoreSettings(BaseModel):
    """The mapping ``<project>:store`` of an environment's file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bucket: str = Field(min_length=3)
    prefix: str = ""
    """As `ModelStore` has it: empty, or ending in ``/``."""
    endpoint: str = ""
    """URL of an S3-compatible store."""
    profile: str = ""
    """Of the AWS configuration on the machine that runs the command."""
    trusted_keys: str = ""
    """File of public keys, beside the environment's file. Default: no signature is required."""


@dataclass(frozen=True)
class StoreSelection:
    """The options of the command line; empty where not given."""

    environment: str = ""
    bucket: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    trusted_keys: Path | None = None


@dataclass(frozen=True)
class ModelStore:
    """``trust``: the trusted keys (``None``: no signature required). ``environment``: empty for a bucket by name."""

    environment: str
    bucket: Bucket
    trust: Trust | None

    @property
    def where(self) -> str:
        """The store, for messages."""
        return f"{self.environment} ({self.bucket.where})" if self.environment else self.bucket.where


def select_store(selection: StoreSelection, project: Project | None, sandbox_stores: SandboxStores) -> ModelStore:
    """The store that the options select; without any, the running sandbox's.

    Raises `UserError` where that is none, or two.
    """
    if selection.bucket:
        if selection.environment:
            raise UserError("--bucket", "it beside --environment", "one of the two")
        trust = Trust.read(selection.trusted_keys) if selection.trusted_keys else None
        bucket = store.connect(
            selection.bucket, prefix=selection.prefix, endpoint=selection.endpoint, region=selection.region
        )
        return ModelStore("", bucket, trust)
    if selection.prefix or selection.endpoint or selection.region or selection.trusted_keys:
        raise UserError("aistacks models", "a store's options without --bucket", "--bucket with them")
    if project is None:
        raise UserError("aistacks models", "neither a project nor --bucket", "one of the two")
    if selection.environment:
        return store_of_environment(project, selection.environment, sandbox_stores)
    for environment in project.stacks():
        if model_store := _in_sandbox(sandbox_stores, project, environment):
            return model_store
    known = ", ".join(project.stacks()) or "none here"
    raise UserError("aistacks models", "no store", f"--environment ({known}) or --bucket", "No sandbox runs either.")


def select_store_if_any(
    selection: StoreSelection, project: Project | None, sandbox_stores: SandboxStores
) -> ModelStore | None:
    """As `select_store`, but ``None`` where no option is given and no sandbox runs."""
    if selection == StoreSelection():
        environments = project.stacks() if project else []
        return next(
            (
                model_store
                for one in environments
                if project and (model_store := _in_sandbox(sandbox_stores, project, one))
            ),
            None,
        )
    return select_store(selection, project, sandbox_stores)


def store_of_environment(project: Project, environment: str, sandbox_stores: SandboxStores) -> ModelStore:
    """The store of ``environment``: as declared in its file, else the running sandbox's if it is up."""
    if environment not in project.stacks():
        known = ", ".join(project.stacks()) or "none"
        raise UserError("--environment", repr(environment), f"one of {known} (of {project.settings_folder})")
    file = project.settings_path(environment)
    settings = read_settings(project, environment)
    key = f"{project.name}:{KEY}"
    if key not in settings.tables:
        if model_store := _in_sandbox(sandbox_stores, project, environment):
            return model_store
        raise UserError(f"{file}: {key}", "nothing", "the store's bucket: {bucket: …}", f"{_HOW}.")
    try:
        note = StoreSettings.model_validate(settings.tables[key])
    except ValidationError as error:
        # A mistyped key is reported before the key that is missing because of it.
        first = min(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
        where = ".".join([f"{file}: {key}", *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            raise UserError(where, "an unknown key", f"one of {', '.join(StoreSettings.model_fields)}") from None
        got = "nothing" if first["type"] == "missing" else described(first["input"])
        raise UserError(where, got, first["msg"].removeprefix("Input should be ")) from None
    trust = Trust.read(file.parent / note.trusted_keys) if note.trusted_keys else None
    region = region_of(project, environment, "")
    bucket = store.connect(note.bucket, prefix=note.prefix, endpoint=note.endpoint, region=region, profile=note.profile)
    return ModelStore(environment, bucket, trust)


def project_at(folder: Path | None) -> Project | None:
    """The project given, or the nearest above with a `Pulumi.yaml`; ``None`` where there is none."""
    if folder is not None:
        return read_project(folder)
    here = Path.cwd()
    found = next((each for each in (here, *here.parents) if (each / "Pulumi.yaml").is_file()), None)
    return read_project(found) if found else None


def require_project(project: Project | None) -> Project:
    """The project. Raises UserError for a command that requires one."""
    if project is None:
        raise UserError(str(Path.cwd()), "no Pulumi.yaml here or above", "a Pulumi project", "Go to one, or --project.")
    return project


def _in_sandbox(sandbox_stores: SandboxStores, project: Project, environment: str) -> ModelStore | None:
    found = sandbox_stores(project, environment)
    return ModelStore(environment, store.connect(found.bucket, endpoint=found.endpoint), None) if found else None
