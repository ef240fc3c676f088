"""The tagger of names at a tiny size: what it learns, what it reads, and the shapes of the real one."""

import json
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel

from aistacks_core.errors import UserError
from aistacks_models import Training, training, training_data
from aistacks_models.zoo import _bert_sentences, _bert_tags
from aistacks_models.zoo.bert_tokens import BertSize, BertTokens

TINY = BertSize(layers=1, hidden=64, heads=2, intermediate=64, vocabulary=512, names=200, rows=6400, sequence=24)
CONLL = """-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O
Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER

Leeds NNP I-NP B-LOC
Bradford NNP I-NP B-LOC
"""


def learned():
    model = BertTokens(TINY, Training(epochs=6, batch_size=32, learning_rate=5e-3, warmup=0.2))
    splits = training_data.checked(model)
    with training.reproducible(model):
        network = model.network()
    judge = splits.held_out.take(slice(0, 400))
    before = training.answers(model, network, judge)
    training.fit(model, network, splits.train, epochs=6)
    after = training.answers(model, network, judge)
    cut = {name: array[:, :16] for name, array in judge.inputs.items()}
    short = np.flatnonzero(judge.inputs["attention_mask"].sum(1) <= 16)
    with torch.inference_mode():
        narrow = network(*(torch.from_numpy(cut[tensor.name][short]) for tensor in model.inputs)).argmax(-1).numpy()
    return {
        "untrained": model.metric.of(before, judge.targets),
        "trained": model.metric.of(after, judge.targets),
        "looked up": _bert_tags.micro_f1({"tags": looked_up(splits, judge)}, judge.targets),
        "per class": model.metric.per_class(after, judge.targets),
        "report": _bert_tags.report(after, judge.targets),
        "same rows": training_data.digest(model.data()) == training_data.digest(splits),
        "padding": bool((after["tags"][short][:, :16] == narrow).all()) and bool(len(short)),
        "padding is O": bool((after["tags"][judge.inputs["attention_mask"] == 0] == 0).all()),
        "sums": float(np.abs(after["probabilities"].sum(-1) - 1).max()),
        "high": model.inputs[0].high,
    }


def looked_up(splits, judge):
    """Each word's most frequent tag in training: what can be had without its neighbours."""
    counts = defaultdict(Counter)
    kept = splits.train.targets != _bert_tags.IGNORED
    for word, tag in zip(splits.train.inputs["input_ids"][kept], splits.train.targets[kept], strict=True):
        counts[int(word)][int(tag)] += 1
    best = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
    return np.vectorize(lambda word: best.get(int(word), 0))(judge.inputs["input_ids"])


def generated():
    """How many kinds the most frequent names have; and every word in the vocabulary."""
    known = _bert_sentences.names(200)
    made = _bert_sentences.sentences(2000, known, np.random.default_rng(1))
    kinds = defaultdict(set)
    for sentence in made:
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            kinds[word].add(tag.partition("-")[2] or "O")
    vocabulary = {*known, *_bert_sentences.words()}
    return {
        "kinds": [len(kinds[name]) for name in known[:20]],
        "unknown": sorted(set(kinds) - vocabulary),
        "names": len(set(_bert_sentences.names(5799))),
        "longest": max(len(sentence.words) for sentence in made),
    }


def base():
    """Parameters and matrices of the real size, without room for them."""
    model = BertTokens(BertSize.base())
    with torch.device("meta"):
        network = model.network()
        given = network(torch.zeros(1, 8, dtype=torch.int64), torch.ones(1, 8, dtype=torch.int64))
    shapes = {name: list(weights.shape) for name, weights in network.bert.named_parameters()}
    return {
        "parameters": sum(weights.numel() for weights in network.bert.parameters()),
        "layers": len(network.bert.encoder.layer),
        "heads": network.bert.encoder.layer[0].attention.self.num_attention_heads,
        "words": shapes["embeddings.word_embeddings.weight"],
        "positions": shapes["embeddings.position_embeddings.weight"],
        "hidden": shapes["encoder.layer.0.intermediate.dense.weight"],
        "gives": list(given.shape),
        "inputs": model.inputs[0].high,
    }


def of_ones_own(folder):
    """A CoNLL file; and files that are none."""
    file = folder / "own.txt"
    file.write_text(CONLL)
    found = [[list(pair) for pair in zip(s.words, s.tags, strict=True)] for s in _bert_tags.read_conll(file)]
    many = folder / "many.txt"
    many.write_text(CONLL * 10)
    model = BertTokens(BertSize(conll=str(many), vocabulary=64, sequence=8))
    rows = training_data.checked(model)
    (folder / "wrong.txt").write_text("Leeds NNP I-NP B-CITY\n")
    return {
        "sentences": found,
        "rows": [len(rows.train), len(rows.validation), len(rows.held_out)],
        "source": rows.source,
        "wrong": refused(lambda: _bert_tags.read_conll(folder / "wrong.txt")),
        "none": refused(lambda: _bert_tags.read_conll(folder / "none.txt")),
        "few": refused(lambda: BertTokens(BertSize(conll=str(file))).data()),
    }


def pretrained(folder):
    """A tagger that starts from a local folder; then from one that isn't there."""
    config = BertConfig(vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(config).save_pretrained(folder)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "word", "Par", "##is", "Ford"]
    (folder / "vocab.txt").write_text("\n".join(words))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": False})
    )
    model = BertTokens(BertSize(pretrained=str(folder), rows=64, names=30))
    network = model.network()
    rows = training_data.checked(model)
    training_data.try_out(model, network, rows.validation)
    theirs = dict(BertModel.from_pretrained(folder).named_parameters())
    mine = dict(network.bert.named_parameters())
    ids, targets = rows.train.inputs["input_ids"], rows.train.targets
    return {
        "equal": all(torch.equal(weights, theirs[name]) for name, weights in mine.items()),
        "high": model.inputs[0].high,
        "judged": bool((targets[ids == words.index("##is")] == _bert_tags.IGNORED).all())
        and words.index("##is") in ids,
        "missing": refused(lambda: BertTokens(BertSize(pretrained=str(folder / "none")))),
    }


def refused(doing):
    try:
        doing()
    except UserError as error:
        return str(error)
    return ""


def main():
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        found = {
            "learned": learned(),
            "generated": generated(),
            "base": base(),
            "own": of_ones_own(Path(one)),
            "pretrained": pretrained(Path(other)),
        }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
