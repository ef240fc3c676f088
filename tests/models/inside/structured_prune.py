"""Structured pruning of a convolution network and of a transformer at tiny sizes."""

import copy
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from aistacks_models import Training, steps, training
from aistacks_models.compression import export, graph, int8, structured
from aistacks_models.compression.context import Context, Impossible
from aistacks_models.zoo.bert_tokens import BertSize, BertTokens
from aistacks_models.zoo.digits import Digits, DigitsSize


def fitted(model, epochs):
    splits = model.data()
    with training.reproducible(model):
        network = model.network()
    training.fit(model, network, splits.train, epochs=epochs)
    return splits, network


def shapes(network):
    return {name: list(weights.shape) for name, weights in network.named_parameters()}


def far(model, one, other, split):
    """How far the answers of two networks lie apart."""
    inputs = training.tensors(model, split)
    with torch.inference_mode():
        return float(model.distance(one(*inputs), other(*inputs)))


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def pictures():
    model = Digits(DigitsSize(width=8, hidden=32), Training(epochs=8, batch_size=64, learning_rate=3e-3))
    splits, network = fitted(model, 8)
    before = copy.deepcopy(network)
    context = Context(model, splits, network, "small", [])
    step = steps.StructuredPruning(amount=0.5, rounds=2, epochs=4)
    pruned = structured.prune(network, step, context)
    bare = structured.prune(network, step.model_copy(update={"epochs": 0}), context)
    again = structured.prune(network, step, context)
    return {
        "shapes": shapes(pruned),
        "untouched": same(network, before),
        "again": same(pruned, again),
        "bare": far(model, bare, network, splits.validation),
        "trained": far(model, pruned, network, splits.validation),
        "quality": [quality(model, part, splits.held_out) for part in (network, pruned)],
        "notes": context.notes[:1],
    }


def quality(model, network, split):
    return model.metric.of(training.answers(model, network, split), split.targets)


def sentences():
    size = BertSize(layers=2, hidden=32, heads=4, intermediate=64, vocabulary=512, names=100, rows=640, sequence=24)
    model = BertTokens(size, Training(epochs=1, batch_size=32, learning_rate=3e-3))
    splits, network = fitted(model, 1)
    context = Context(model, splits, network, "pruned", [])
    pruned = structured.prune(network, steps.StructuredPruning(amount=0.5, rounds=2, epochs=1), context)
    third = structured.prune(network, steps.StructuredPruning(amount=0.9, epochs=0), context)
    return {
        "shapes": shapes(pruned),
        "heads": [layer.attention.self.num_attention_heads for layer in pruned.bert.encoder.layer],
        "least": [layer.attention.self.num_attention_heads for layer in third.bert.encoder.layer],
        "notes": context.notes[:2],
        "served": served(model, pruned, context),
    }


def served(model, network, context):
    """The pruned network as fused ONNX: how many fused attentions, and how far from torch where zeros are masked."""
    rows = context.splits.validation.take(slice(0, 8))
    inputs = {name: array.copy() for name, array in rows.inputs.items()}
    inputs["attention_mask"][:, 3] = 0
    with tempfile.TemporaryDirectory() as name, torch.inference_mode():
        raw, fused, small = (Path(name) / f"{n}.onnx" for n in ("raw", "fused", "small"))
        export.to_onnx(network, raw, steps.Export(), context)
        graph.optimize(raw, fused, steps.OptimizeGraph(model_type="bert"), context)
        int8.dynamic(fused, small, steps.DynamicInt8(), context)
        ours = model.head(network(*(torch.from_numpy(inputs[tensor.name]) for tensor in model.inputs)))[1].numpy()
        kinds = [[node.op_type for node in onnx.load(file).graph.node] for file in (fused, small)]
        theirs = [onnxruntime.InferenceSession(file).run(["probabilities"], inputs)[0] for file in (fused, small)]
    return {
        "attentions": [kinds[0].count("Attention"), kinds[1].count("QAttention")],
        "difference": [float(np.abs(ours - each).max()) for each in theirs],
    }


def impossible():
    """A network of which nothing may go; and one without weights."""
    model = Digits(DigitsSize(width=4, hidden=16))
    splits = model.data()
    said = []
    for network, original in ((nn.Linear(64, 10), nn.Linear(64, 10)), (nn.Flatten(), nn.Flatten())):
        context = Context(model, splits, original, "none", [])
        said.append(refused(structured.prune, network, steps.StructuredPruning(amount=0.5, epochs=0), context))
    return said


def refused(doing, *words):
    try:
        doing(*words)
    except Impossible as error:
        return str(error)
    return ""


def main():
    found = {"pictures": pictures(), "sentences": sentences(), "impossible": impossible()}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
