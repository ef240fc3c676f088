"""The Dockerfiles of a package, written into a folder."""

import json
import sys
from pathlib import Path

from aistacks_models.packaging import dockerfiles

if __name__ == "__main__":
    root = Path(sys.argv[1])
    for entry in ("triton", "torchserve", "api", "report"):
        (root / entry).mkdir(parents=True)
    dockerfiles.write(root, name="tiny", task='images with "quotes" and $words', licence="CC-BY-4.0")
    sys.stdout.write(json.dumps(dockerfiles.images(), default=str) + "\n")
