"""A package's model laid out anew for both servers, under other settings; runs in the models environment.

python served_repository.py PACKAGE FOLDER '{"batching": false}'
"""

import json
import sys
from pathlib import Path

from aistacks_models import Serving, Tensor
from aistacks_models.packaging import torchserve, triton


def main(package: Path, folder: Path, serving: Serving) -> None:
    """Write ``triton/`` and ``torchserve/`` below ``folder``."""
    manifest = json.loads((package / "manifest.json").read_text())
    name = manifest["name"]
    inputs, outputs = (
        tuple(Tensor.model_validate(tensor) for tensor in manifest[word]) for word in ("inputs", "outputs")
    )
    about = (name, package / "triton" / name / "1" / "model.onnx", inputs, outputs, manifest["max_batch_size"], serving)
    triton.write(folder / "triton", *about)
    torchserve.write(folder / "torchserve", *about)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Serving.model_validate_json(sys.argv[3]))
