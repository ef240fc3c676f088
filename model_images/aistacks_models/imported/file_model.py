"""What a user writes for a model that was trained elsewhere."""

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
    """A network that comes as a file. It isn't trained here: its reference is the file in fp32.

    Besides ``file`` a subclass has ``name``, ``task``, ``metric``, ``recipes`` (steps on a file only) and ``data``;
    ``inputs`` and ``outputs`` are read from the file unless they are declared.
    """

    file: ClassVar[str]
    """An ``.onnx`` file or the folder of a TensorFlow SavedModel; relative to the file that declares the class. Write
    it as a plain string: a SavedModel is converted before this file is imported."""

    @cached_property
    def inputs(self) -> tuple[Tensor, ...]:  # type: ignore[override]
        """As the file has them."""
        from .onnx_file import tensors

        return tensors(self)[0]

    @cached_property
    def outputs(self) -> tuple[Tensor, ...]:  # type: ignore[override]
        """As the file has them."""
        from .onnx_file import tensors

        return tensors(self)[1]

    @property
    def path(self) -> Path:
        """Where the file lies. Raises UserError where the class names none."""
        source = Path(inspect.getfile(type(self)))
        if not isinstance(getattr(self, "file", None), str):
            where = f"{source}: {type(self).__name__}"
            raise UserError(where, "no 'file'", "an .onnx file or the folder of a SavedModel, as a string")
        return source.parent / self.file

    def network(self) -> torch.nn.Module:
        """Raises UserError: there is none."""
        self._none()

    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:  # noqa: ARG002 - names as in Model
        """Raises UserError: nothing is trained."""
        self._none()

    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:  # noqa: ARG002 - names as in Model
        """Raises UserError: the file has its outputs already."""
        self._none()

    def _none(self) -> NoReturn:
        raise UserError(str(self.path), "a model that came as a file", "steps on a file only: it has no torch network")
