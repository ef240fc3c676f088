"""The options that say which model store a command means, written once for every verb that has one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from aistacks_core.project import Project
    from aistacks_models.workflows.stores import ModelStore, StoreSelection

ProjectFolder = Annotated[Path | None, typer.Option("--project", help="Folder of Pulumi.yaml. Default: found upwards.")]


@dataclass(frozen=True)
class StoreOptions:
    """A command's options, one for each field."""

    environment: Annotated[
        str,
        typer.Option("--environment", "-e", help="Whose store. Default: the running sandbox's.", show_default=False),
    ] = ""
    bucket: Annotated[str, typer.Option("--bucket", help="The store's bucket, instead of an environment.")] = ""
    prefix: Annotated[str, typer.Option("--prefix", help="With --bucket: below which the models lie, ending in /.")] = (
        ""
    )
    endpoint: Annotated[str, typer.Option("--endpoint", help="With --bucket: URL of an S3-compatible store.")] = ""
    region: Annotated[str, typer.Option("--region", help="With --bucket: its region.")] = ""
    trusted_keys: Annotated[
        Path | None, typer.Option("--trusted-keys", help="With --bucket: public keys; a signature by one is required.")
    ] = None
    project: ProjectFolder = None

    @functools.cached_property
    def found_project(self) -> Project | None:
        """The project that the command is about. Raises UserError for one that can't be read."""
        from aistacks_models.workflows.stores import project_at

        return project_at(self.project)

    def model_store(self) -> ModelStore:
        """The store. Raises UserError where the options name none, or two."""
        from aistacks_models.workflows.stores import select_store
        from aistacks_sandbox.model_store import model_store

        return select_store(self._selection(), self.found_project, model_store)

    def model_store_if_any(self) -> ModelStore | None:
        """As `model_store`, but ``None`` where the options say nothing and no sandbox runs."""
        from aistacks_models.workflows.stores import select_store_if_any
        from aistacks_sandbox.model_store import model_store

        return select_store_if_any(self._selection(), self.found_project, model_store)

    def _selection(self) -> StoreSelection:
        from aistacks_models.workflows.stores import StoreSelection

        return StoreSelection(self.environment, self.bucket, self.prefix, self.endpoint, self.region, self.trusted_keys)


def with_store(command: Callable[..., None], *, trusted_keys: bool = True) -> Callable[..., None]:
    """``command``, whose argument ``store`` is filled from options of the command line.

    ``trusted_keys``: whether one of them says whose signatures count.
    """
    hints = get_type_hints(StoreOptions, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(field.name, keyword, default=field.default, annotation=hints[field.name])
        for field in fields(StoreOptions)
        if trusted_keys or field.name != "trusted_keys"
    ]
    given = inspect.signature(command, eval_str=True).parameters.values()
    own = [parameter.replace(kind=keyword) for parameter in given if parameter.name != "store"]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        store = StoreOptions(**{option.name: values.pop(option.name) for option in options})
        command(**values, store=store)

    # Typer reads these instead of what `command` declares.
    del run.__wrapped__
    run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *options)}
    return run


without_trust = functools.partial(with_store, trusted_keys=False)
"""For verbs that only look: no signature is asked for."""
