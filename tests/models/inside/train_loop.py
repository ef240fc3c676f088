"""The training loop, case by case."""

import json
import sys
import tempfile
from pathlib import Path

import torch
from train_model import Blobs, BlobsSize

from aistacks_core.errors import UserError
from aistacks_models import Training, training
from aistacks_models.data import Split


def fitted(model, **how):
    torch.manual_seed(1)
    network = model.network()
    training.fit(model, network, model.data().train, **how)
    return network


def same(one, other):
    mine, theirs = one.state_dict(), other.state_dict()
    return all(torch.equal(mine[name], theirs[name]) for name in mine)


def steps_and_rates(epochs):
    seen = []
    fitted(Blobs(), epochs=epochs, at_epoch=lambda epoch: seen.append(epoch) or "")
    return seen


def cut_short(folder):
    """The same run whole, and interrupted twice."""
    whole = fitted(Blobs(), epochs=4)
    for stop in (2, 3, 9):
        checkpoint = training.Checkpoint(Path(folder) / "last.pt")
        try:
            resumed = fitted(Blobs(), epochs=4, checkpoint=checkpoint, at_epoch=stopping(checkpoint, stop))
        except KeyboardInterrupt:
            continue
    return {"same": same(whole, resumed), "seen": checkpoint.kept["seen"]}


def stopping(checkpoint, stop):
    def at_epoch(epoch):
        if epoch.number == stop:
            raise KeyboardInterrupt
        checkpoint.kept.setdefault("seen", []).append(epoch.number)
        return ""

    return at_epoch


def damaged(folder):
    file = Path(folder) / "damaged.pt"
    file.write_bytes(b"PK\3\4 not a checkpoint")
    return same(fitted(Blobs(), epochs=2), fitted(Blobs(), epochs=2, checkpoint=training.Checkpoint(file)))


def diverged():
    model = Blobs(BlobsSize(fault="loss"))
    try:
        fitted(model, epochs=1)
    except UserError as error:
        return str(error)


def objective():
    calls = []

    def nothing(network, inputs, targets):
        calls.append([list(inputs[0].shape), list(targets.shape)])
        return network(*inputs).square().mean()

    network = fitted(Blobs(), epochs=1, objective=nothing)
    return {"calls": calls, "training": network.training}


def orders():
    model = Blobs()
    rows = Split({"place": model.data().train.inputs["place"]}, torch.arange(96).numpy())
    return [[batch.targets.tolist() for batch in training.batches(model, rows, epoch)] for epoch in (0, 0, 1)]


def surroundings():
    torch.set_num_threads(2)
    model = Blobs()
    torch.manual_seed(1)
    network = model.network()
    expected = torch.get_rng_state()
    training.fit(model, network, model.data().train, epochs=1)
    return {
        "random": torch.equal(torch.get_rng_state(), expected),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        epochs = steps_and_rates(2.5)
        sys.stdout.write(
            json.dumps(
                {
                    "steps": [epoch.step for epoch in epochs],
                    "rates": [rate for epoch in epochs for rate in epoch.rates],
                    "cut short": cut_short(folder),
                    "damaged": damaged(folder),
                    "diverged": diverged(),
                    "objective": objective(),
                    "orders": orders(),
                    "other seed": same(
                        fitted(Blobs(), epochs=1),
                        fitted(Blobs(training=Training(epochs=1, batch_size=16, seed=2)), epochs=1),
                    ),
                    "few rows": len(list(training.batches(Blobs(), Blobs().data().train.take(slice(5)), 0))),
                    "surroundings": surroundings(),
                }
            )
        )
