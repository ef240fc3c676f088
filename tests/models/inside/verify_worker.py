"""Variants in processes of their own that hang, die and are declared outside every package; prints what is said."""

import json
import sys
from pathlib import Path

import numpy as np
from verify_fakes import Animals, Rows, compressed, open_fake

from aistacks_models import model_files
from aistacks_models.variants import Variants
from aistacks_models.verification.worker import Died, Refused, TimedOut, Worker, WorkerSpec

ROWS = {"scores": np.zeros((2, 3), np.float32), "kind": np.zeros((2, 1), np.int64)}


def place(root, model, source, **spec):
    folder = compressed(root, {"it": spec}).folder
    return WorkerSpec(open_fake, Variants.read(folder).made[0], folder, model, source, 1)


def main(root):
    model = Animals(Rows())
    here = Path(__file__)
    found = {}
    with Worker(place(root / "hangs", model, here, hangs=60)) as worker:
        try:
            worker.call("run", ROWS, timeout=0.5)
        except TimedOut as end:
            found["hung"] = str(end)
    with Worker(place(root / "dies", model, here, dies_at_once=True)) as worker:
        try:
            worker.call("run", ROWS)
        except Died as end:
            found["died"] = str(end)
        try:
            worker.call("run", ROWS)
        except Died as end:
            found["still"] = str(end)
    with Worker(place(root / "right", model, here)) as worker:
        try:
            worker.call("run", {})
        except Refused as error:
            found["refused"] = str(error)
        found["rows"] = len(worker.batches({name: np.repeat(rows, 5, 0) for name, rows in ROWS.items()}, 4)["label"])
    (root / "mine").mkdir()
    file = root / "mine" / "beasts.py"
    file.write_text("from verify_fakes import Animals\n\n\nclass Beasts(Animals):\n    name = 'beasts'\n")
    own = model_files.load(file).model(Rows())
    with Worker(place(root / "own", own, file)) as worker:
        found["own"] = len(worker.call("run", ROWS)["label"])
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
