"""The tiny package with ranges on its inputs, its OpenAPI document and its client."""

import json
import sys
from pathlib import Path

import package_tiny

from aistacks_models import Tensor, api

package_tiny.INPUTS = (
    Tensor(name="pixels", datatype="FP32", shape=(4,), low=-10, high=10),
    Tensor(name="word", datatype="INT64", shape=(1,), low=0, high=3),
)


def main(folder):
    package_tiny.write(folder)
    api.write(
        folder / "api",
        name="tiny",
        inputs=package_tiny.INPUTS,
        outputs=package_tiny.OUTPUTS,
        max_batch_size=8,
        samples=json.loads((folder / "samples.json").read_text()),
        task="a test",
        licence="Apache-2.0",
        classes=package_tiny.CLASSES,
    )
    sys.stdout.write(json.dumps({"folder": str(folder)}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
