"""The context in which a step of a recipe runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import training

if TYPE_CHECKING:
    import torch

    from ..data import Splits
    from ..model import Model


class Impossible(Exception):  # noqa: N818 - not an error: the recipe is dropped for this reason
    """A step can't run here, or brings nothing on any hardware. The message is one line, for the report."""


@dataclass
class Context:
    """One recipe while it runs.

    ``original``: the trained network, in eval mode, which no step may modify; ``None`` for an imported model.
    ``notes``: lines that steps add to the report.
    """

    model: Model
    splits: Splits
    original: torch.nn.Module | None
    recipe: str
    notes: list[str]

    @property
    def seed(self) -> int:
        """Seed of every random generator of a step."""
        return self.model.trained_by.seed

    @property
    def threads(self) -> int:
        """Intra-op threads."""
        return self.model.trained_by.threads

    def text(self, doing: str) -> str:
        """Text of the progress bar while ``doing``, for example ``"fine-tuning"``."""
        return f"{self.model.name} {self.recipe}: {doing}"

    def fine_tune(self, network: torch.nn.Module, epochs: int) -> None:
        """Train ``network`` with its pruning mask for ``epochs``; 0: not at all."""
        if epochs:
            training.fit(
                self.model,
                network,
                self.splits.train,
                epochs=epochs,
                text=self.text("fine-tuning with the mask"),
            )

    def teacher(self) -> torch.nn.Module:
        """The original network. Raises `Impossible` where there is none."""
        if self.original is None:
            raise Impossible("the model was imported as a file, so there is no network to train")
        return self.original
