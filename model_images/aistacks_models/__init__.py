"""From a trained network to a verified image in the model store: train, compress, verify, package, publish."""

from aistacks_core.errors import UserError

from .data import Split, Splits
from .gates import Gates
from .metrics import Metric
from .model import Model, Size, Training
from .serving import Serving
from .steps import Recipe
from .tensors import Tensor

__all__ = [
    "Gates",
    "Metric",
    "Model",
    "Recipe",
    "Serving",
    "Size",
    "Split",
    "Splits",
    "Tensor",
    "Training",
    "UserError",
]
