"""Variants in processes of their own that hang, die and are declared outside every package; prints what is said."""

import json
import sys
from pathlib import Path

import numpy as np
from verify_fakes import Animals, Rows, compressed, open_fake

from aistacks_models import finding
from aistacks_models.variants import Variants
from aistacks_models.verification.child import Child, Died, Hung, Place, Refused

ROWS = {"scores": np.zeros((2, 3), np.float32), "kind": np.zeros((2, 1), np.int64)}


def place(root, model, source, **spec):
    folder = compressed(root, {"it": spec}).folder
    return Place(open_fake, Variants.read(folder).made[0], folder, model, source, 1)


def main(root):
    model = Animals(Rows())
    here = Path(__file__)
    found = {}
    with Child(place(root / "hangs", model, here, hangs=60)) as child:
        try:
            child.call("run", ROWS, patience=0.5)
        except Hung as end:
            found["hung"] = str(end)
    with Child(place(root / "dies", model, here, dies_at_once=True)) as child:
        try:
            child.call("run", ROWS)
        except Died as end:
            found["died"] = str(end)
        try:
            child.call("run", ROWS)
        except Died as end:
            found["still"] = str(end)
    with Child(place(root / "right", model, here)) as child:
        try:
            child.call("run", {})
        except Refused as error:
            found["refused"] = str(error)
        found["rows"] = len(child.batches({name: np.repeat(rows, 5, 0) for name, rows in ROWS.items()}, 4)["label"])
    (root / "mine").mkdir()
    file = root / "mine" / "beasts.py"
    file.write_text("from verify_fakes import Animals\n\n\nclass Beasts(Animals):\n    name = 'beasts'\n")
    own = finding.load(file).model(Rows())
    with Child(place(root / "own", own, file)) as child:
        found["own"] = len(child.call("run", ROWS)["label"])
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
