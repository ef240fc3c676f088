"""Real servers for a trial of one package: started on its files, with a state folder of their own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..state import State
from . import torchserve, triton


class TritonTrial:
    """The Triton that pytriton carries, by its Python backend.

    What it can't show is the ONNX Runtime backend of the full image, which reads `config.pbtxt` instead of
    `configs/python.pbtxt` and runs the same ONNX file.
    """

    def start(self, folder: Path, package: Path, name: str) -> triton.Endpoint:
        """Serve the package's repository. Raises UserError when Triton doesn't come up."""
        # Its Python writes bytecode beside the model's, whatever the environment says, and then the package wouldn't
        # be what its sums say.
        copy = folder / "repository"
        shutil.copytree(package / "triton", copy, copy_function=_link)
        return triton.serve_folder(State(folder), copy, name)

    def stop(self, folder: Path) -> None:
        """End it; nothing of it is left."""
        triton.stop(State(folder))


class TorchServeTrial:
    """TorchServe on the package's archive, by the package's own configuration."""

    def start(self, folder: Path, package: Path, name: str) -> torchserve.Endpoint:
        """Serve the package's archive. Raises UserError without Java, or when TorchServe doesn't come up."""
        return torchserve.serve_folder(State(folder), package / "torchserve", name)

    def stop(self, folder: Path) -> None:
        """End it; nothing of it is left."""
        torchserve.stop(State(folder))


def _link(file: str, to: str) -> str:
    try:
        os.link(file, to)
    except OSError:  # another disk
        shutil.copyfile(file, to)
    return to
