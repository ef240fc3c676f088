"""Each model that comes along, but BERT, at a size that is trained in seconds: against its untrained self."""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel

from aistacks_core.errors import UserError
from aistacks_models import training, training_data
from aistacks_models.model_files import configured, load, locate
from aistacks_models.zoo import _cifar, _paraphrases
from aistacks_models.zoo._resnet import Augment

TINY = {
    "digits": ({"width": "8", "hidden": "32"}, {"epochs": "6"}),
    "cifar-resnet": (
        {"width": "8", "rows": "1200", "validation": "200", "held_out": "200", "noise": "0.02"},
        {"epochs": "3", "batch_size": "24", "learning_rate": "0.01"},
    ),
    "recommender": (
        {"users": "60", "items": "30", "width": "4", "hidden": "16", "rows": "12000", "held_out": "4000"},
        {"batch_size": "128"},
    ),
    "embedder": (
        {"layers": "1", "hidden": "32", "heads": "2", "intermediate": "32", "meanings": "120", "held_out": "60"},
        {"epochs": "6", "batch_size": "128", "learning_rate": "0.01"},
    ),
}


def tried(name):
    model = configured(load(locate(name)), *TINY[name])
    splits = training_data.checked(model)
    with training.reproducible(model):
        network = model.network()
    training_data.try_out(model, network, splits.validation)
    before = training.answers(model, network, splits.held_out)
    training.fit(model, network, splits.train, epochs=model.trained_by.epochs)
    after = training.answers(model, network, splits.held_out)
    again = training.answers(model, network, splits.held_out, batch_size=50)
    metric = model.metric
    return {
        "untrained": metric.of(before, splits.held_out.targets),
        "trained": metric.of(after, splits.held_out.targets),
        "per class": metric.per_class(after, splits.held_out.targets) if metric.per_class else None,
        "answers": metric.answer(after).shape[0] == len(splits.held_out),
        "batches": all(np.allclose(after[key], again[key], atol=1e-5) for key in after),
        "same rows": training_data.digest(model.data()) == training_data.digest(splits),
        "distance": [float(value) for value in distances(model, network, splits.validation)],
        "ranges": {t.name: [float(after[t.name].min()), float(after[t.name].max())] for t in model.outputs},
        "apart": apart(splits),
    }


def distances(model, network, split):
    """Of the network to itself, and to one that is a little off."""
    raw = network(*training.tensors(model, split)).detach()
    return model.distance(raw, raw), model.distance(raw * 1.5 + 0.1, raw)


def apart(splits):
    """Whether no row that is judged was trained on."""
    seen = {rows.tobytes() for rows in next(iter(splits.train.inputs.values()))}
    return not any(row.tobytes() in seen for row in next(iter(splits.held_out.inputs.values())))


def cifar(folder):
    """CIFAR-10's binary version, two rows in each file; then what is said of a damaged one."""
    rng = np.random.default_rng(1)
    for number, file in enumerate(_cifar.FILES):
        rows = rng.integers(0, 256, (2, 3073), dtype=np.uint8)
        rows[:, 0] = number
        rows[0, 1] = 255
        (folder / file).write_bytes(rows.tobytes())
    model = configured(load(locate("cifar-resnet")), {"folder": str(folder), "validation": "4", "augment": "true"}, {})
    splits = training_data.checked(model)
    found = {
        "rows": [len(splits.train), len(splits.validation), len(splits.held_out)],
        "held out": splits.held_out.targets.tolist(),
        "first": float(splits.held_out.inputs["image"][0, 0, 0, 0]),
        "classes": model.classes,
        "source": splits.source,
    }
    (folder / "test_batch.bin").write_bytes(b"\1" * 3000)
    found["short"] = refused(model.data, folder)
    (folder / "test_batch.bin").write_bytes(b"\x0b" * 3073)
    found["class"] = refused(model.data, folder)
    (folder / "test_batch.bin").unlink()
    found["missing"] = refused(model.data, folder)
    return found


def architectures():
    """Millions of parameters of each residual network; and what augmenting leaves as it is."""
    found = {}
    for name in ("resnet-8", "resnet-20", "resnet-56", "resnet-18", "resnet-50"):
        model = configured(load(locate("cifar-resnet")), {"architecture": name}, {})
        with torch.device("meta"):
            network = model.network()
            found[name] = round(sum(weights.numel() for weights in network.parameters()) / 1e6, 2)
            found[f"{name} gives"] = list(network(torch.zeros(2, 3, 32, 32)).shape)
    augment, images = Augment(), torch.rand(4, 3, 32, 32)
    found["training"] = [list(augment(images).shape), torch.equal(augment(images), images)]
    found["serving"] = torch.equal(augment.eval()(images), images)
    return found


def pretrained(folder):
    """An embedder that starts from a local folder; then from one where something is missing."""
    BertModel(
        BertConfig(vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    ).save_pretrained(folder)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", "customer", "helped"]
    (folder / "vocab.txt").write_text("\n".join(words))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    size = {"pretrained": str(folder), "meanings": "4", "held_out": "4", "sequence": "8"}
    model = configured(load(locate("embedder")), size, {})
    network = model.network()
    training_data.try_out(model, network, training_data.checked(model).validation)
    weights = dict(BertModel.from_pretrained(folder).named_parameters())
    mine = dict(network.bert.named_parameters())
    found = {
        "ids": model.encode(["the customer helped"])["input_ids"].tolist(),
        "width": model.outputs[0].shape,
        "high": model.inputs[0].high,
        "same": all(bool((weights[name] == value).all()) for name, value in mine.items()),
    }
    (folder / "model.safetensors").unlink()
    found["missing"] = refused(model.network, folder)
    return found


def refused(action, folder):
    try:
        action()
    except UserError as error:
        return str(error).replace(str(folder), "FOLDER")
    return "nothing"


def texts():
    encoded = _paraphrases.hashed(["The customer helped", "", "the CUSTOMER"], 64, 4)
    return {name: array.tolist() for name, array in encoded.items()}


if __name__ == "__main__":
    found = {name: tried(name) for name in TINY}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        found |= {"folder": cifar(Path(one)), "pretrained": pretrained(Path(other)), "texts": texts()}
    found["architectures"] = architectures()
    sys.stdout.write(json.dumps(found))
