"""What a step of a recipe may use besides what it works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from ..data import Splits
    from ..model import Model


class Impossible(Exception):  # noqa: N818 - no error: the recipe is dropped, and this says why
    """A step can't be carried out here, or can't pay on any hardware. The text is one line, for the report."""


@dataclass
class Context:
    """One recipe as it is carried out.

    ``original``: the trained network, in eval mode, which no step may change; ``None`` for a model that came as a
    file. ``notes``: lines that a step leaves for the report.
    """

    model: Model
    splits: Splits
    original: torch.nn.Module | None
    recipe: str
    notes: list[str]

    @property
    def seed(self) -> int:
        """Of every generator that a step makes."""
        return self.model.trained_by.seed

    @property
    def threads(self) -> int:
        """Of the arithmetic."""
        return self.model.trained_by.threads

    def text(self, doing: str) -> str:
        """What a progress bar says while ``doing``, for example ``"training on"``."""
        return f"{self.model.name} {self.recipe}: {doing}"

    def teacher(self) -> torch.nn.Module:
        """The original network. Raises `Impossible` where there is none."""
        if self.original is None:
            raise Impossible("the model came as a file, so there is no network to train")
        return self.original
