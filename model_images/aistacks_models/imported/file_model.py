"""The base class for a model that was trained elsewhere."""

from __future__ import annotations

import inspect
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from aistacks_core.errors import UserError

from ..model import Model
from ..tensors import Tensor

if TYPE_CHECKING:
    import torch


class FileModel(Model):
    """A model imported from a file. It isn't trained: the reference is the file in fp32.

    Besides ``file`` a subclass has ``name``, ``task``, ``metric``, ``recipes`` (steps on a file only) and ``data``;
    ``inputs`` and ``outputs`` are read from the file unless declared.
    """

    file: ClassVar[str]
    """An ``.onnx`` file or the folder of a TensorFlow SavedModel; relative to the file that declares the class. Write
    it as a plain string: a SavedModel is converted before this file is imported."""

    @cached_property
    def inputs(self) -> tuple[Tensor, ...]:  # type: ignore[override]
        """Read from the file."""
        from .onnx_file import tensors

        return tensors(self)[0]

    @cached_property
    def outputs(self) -> tuple[Tensor, ...]:  # type: ignore[override]
        """Read from the file."""
        from .onnx_file import tensors

        return tensors(self)[1]

    @property
    def path(self) -> Path:
        """The path of the file. Raises UserError where the class declares none."""
        source = Path(inspect.getfile(type(self)))
        if not isinstance(getattr(self, "file", None), str):
            where = f"{source}: {type(self).__name__}"
            raise UserError(where, "no 'file'", "an .onnx file or the folder of a SavedModel, as a string")
        return source.parent / self.file

    def network(self) -> torch.nn.Module:
        """Raises UserError: an imported model has no torch network."""
        self._none()

    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:  # noqa: ARG002 - names as in Model
        """Raises UserError: nothing is trained."""
        self._none()

    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:  # noqa: ARG002 - names as in Model
        """Raises UserError: the file already has the served outputs."""
        self._none()

    def _none(self) -> NoReturn:
        raise UserError(str(self.path), "an imported model", "steps on a file only: it has no torch network")
