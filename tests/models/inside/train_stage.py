"""The train stage in WORK: ``whole``, with every fault in its rows afterwards, or ``resumed`` after Ctrl-C."""

import contextlib
import json
import resource
import sys
from pathlib import Path

import train_model
from train_model import Blobs, BlobsSize

from aistacks_core.errors import UserError
from aistacks_models import Training
from aistacks_models.stage_cache import StageCache
from aistacks_models.stages.train import train
from aistacks_models.trained import WEIGHTS, load, served
from aistacks_models.training import answers
from aistacks_models.training_data import digest

SOURCE = Path(train_model.__file__)
work = Path(sys.argv[1])


def run(folder="once", **size):
    return train(Blobs(BlobsSize(**size)), StageCache(work / folder, "blobs"), SOURCE)


def whole():
    stage = run()
    facts = json.loads((stage.folder / "train.json").read_text())
    model = Blobs()
    return {
        "digest": stage.digest,
        "facts": facts,
        "files": sorted(file.name for file in stage.folder.rglob("*")),
        "again": run().cached,
        "events": [file.name for file in (stage.folder.parent / "tensorboard" / stage.folder.name).iterdir()],
        "data": digest(model.data()),
        "shorter": train(Blobs(training=Training(epochs=1)), StageCache(work / "once", "blobs"), SOURCE).cached,
        "served": [list(out.shape) for out in answer(model, stage.folder).values()],
        "changed": changed(model, stage.folder),
    }


def answer(model, folder):
    import torch

    network = load(model, folder)
    rows = model.data().held_out
    outputs = served(model, network)(torch.from_numpy(rows.inputs["place"]))
    expected = answers(model, network, rows)
    assert all((out.detach().numpy() == expected[name]).all() for out, name in zip(outputs, expected, strict=True))
    return expected


def changed(model, folder):
    """What is said of weights that are cut off."""
    copy = work / "cut"
    copy.mkdir()
    (copy / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-9])
    return refused(lambda: load(model, copy))


def interrupted():
    with contextlib.suppress(KeyboardInterrupt):
        run()
        return {"interrupted": False}
    return {"interrupted": True, "folders": sorted(path.name for path in (work / "once" / "blobs").iterdir())}


def faults():
    said = {fault: refused(lambda fault=fault: run("faults", fault=fault)) for fault in train_model.WRONG}
    resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))
    said["room"] = refused(lambda: run("room"))
    return said


def refused(action):
    try:
        action()
    except UserError as error:
        return str(error).replace(str(work), "WORK")
    return "nothing"


if __name__ == "__main__":
    if sys.argv[2] == "resumed":
        told = {"cut": interrupted(), "after": whole()}
    else:
        told = {"whole": whole(), "faults": faults()}
    sys.stdout.write(json.dumps(told))
