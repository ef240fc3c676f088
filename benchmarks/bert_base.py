"""A model of one's own, as a user writes it: BERT-base's shapes on generated sentences, and the gates of the figure.

    python -m aistacks_models build benchmarks/bert_base.py --stage-cache DIR --until verify

It is trained from random weights, so each layer has its own, for a few hundred steps in bfloat16.
"""

from aistacks_models import Gates, Recipe, Training, steps
from aistacks_models.zoo.bert_tokens import BertSize, BertTokens

_GRAPH = (steps.Export(), steps.OptimizeGraph(model_type="bert"))
_INT8 = (*_GRAPH, steps.DynamicInt8())
# Of the heads and of the hidden units of the feed-forward parts; the hidden size stays.
_QUARTER_OFF = steps.StructuredPruning(amount=0.25, rounds=1, epochs=0.5, learning_rate=2e-4)


class BertBaseTokens(BertTokens):
    """108 million parameters. The sentences are short (24 tokens), so that two cores can train it in minutes."""

    name = "bert-base-tokens"
    gates = Gates(quality_loss=0.01, class_quality_loss=0.03, latency_ratio=0.25, size_ratio=0.25)
    max_batch_size = 8
    training = Training(epochs=3, batch_size=32, learning_rate=3e-4, warmup=0.1, threads=2)
    recipes = (
        Recipe(name="onnx", steps=_GRAPH),
        Recipe(name="three-quarters-int8", steps=(_QUARTER_OFF, *_INT8)),
    )

    @classmethod
    def default_size(cls) -> BertSize:
        return BertSize.base(rows=12800, sequence=24, bf16=True)
