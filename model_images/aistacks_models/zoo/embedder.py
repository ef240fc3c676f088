"""Text embeddings: a transformer whose embeddings of paraphrases are close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from .. import Gates, Metric, Model, Size, Splits, Tensor, Training, UserError, steps
from ..steps import Recipe
from . import _metrics

if TYPE_CHECKING:
    import torch

    from ..data import Arrays

_GRAPH = (steps.Export(), steps.OptimizeGraph(model_type="bert"))
_SMALLER = steps.StructuredPruning(amount=0.4, rounds=2, epochs=4)


class EmbedderSize(Size):
    """The default is trained in half a minute on one core."""

    layers: int = Field(default=2, ge=1)
    hidden: int = Field(default=128, ge=4)
    heads: int = Field(default=4, ge=1)
    intermediate: int = Field(default=256, ge=1)
    vocabulary: int = Field(default=4096, ge=64)
    """Size of the vocabulary, to which words are hashed."""
    positions: int = Field(default=128, ge=4)
    """The most tokens of a text."""
    width: int = Field(default=0, ge=0)
    """Of the embedding. Default: 0, as ``hidden``."""
    sequence: int = Field(default=16, ge=4)
    """Tokens of a row in training."""
    meanings: int = Field(default=400, ge=2, le=1300)
    """To train on."""
    sentences: int = Field(default=12, ge=2)
    """For each meaning to train on."""
    held_out: int = Field(default=200, ge=2, le=1300)
    """Held-out meanings, two sentences each; half as many for validation."""
    temperature: float = Field(default=0.05, gt=0)
    pretrained: str | None = None
    """A folder with a BERT's config.json, model.safetensors and tokeniser; its shapes replace those above."""


class Embedder(Model):
    """Word ids → a vector of length 1; the product of two is how alike their texts are."""

    name = "embedder"
    task = "text embedding"
    inputs = (
        Tensor(name="input_ids", datatype="INT64", shape=(-1,), low=0, high=4095),
        Tensor(name="attention_mask", datatype="INT64", shape=(-1,), low=0, high=1),
    )
    outputs = (Tensor(name="embedding", datatype="FP32", shape=(128,), low=-1, high=1),)
    metric = Metric("retrieval@1", _metrics.retrieval_at_1("embedding"), _metrics.nearest("embedding"))
    gates = Gates(quality_loss=0.03, class_quality_loss=None, agreement=0.9)
    training = Training(epochs=12, batch_size=256, learning_rate=2e-3)
    recipes = (
        Recipe(name="onnx", steps=_GRAPH),
        Recipe(name="int8", steps=(*_GRAPH, steps.DynamicInt8())),
        Recipe(name="weights-int8", steps=(*_GRAPH, steps.WeightOnly(bits=8))),
        Recipe(name="weights-int4", steps=(*_GRAPH, steps.WeightOnly(bits=4))),
        Recipe(name="pruned", steps=(_SMALLER, *_GRAPH)),
        Recipe(name="pruned-int8", steps=(_SMALLER, *_GRAPH, steps.DynamicInt8())),
        Recipe(name="fp16", steps=(*_GRAPH, steps.HalfOnnx())),
        Recipe(name="torchao-int8", steps=(steps.TorchAo(scheme="int8-dynamic"),)),
    )

    def __init__(self, size: Size | None = None, training: Training | None = None) -> None:
        super().__init__(size, training)
        vocabulary, hidden = self.size.vocabulary, self.size.hidden
        if self.size.pretrained:
            config = self._config()
            vocabulary, hidden = config.vocab_size, config.hidden_size
        ids, mask = type(self).inputs
        (embedding,) = type(self).outputs
        vars(self)["inputs"] = (ids.model_copy(update={"high": vocabulary - 1}), mask)
        vars(self)["outputs"] = (embedding.model_copy(update={"shape": (self.size.width or hidden,)}),)

    @classmethod
    def default_size(cls) -> EmbedderSize:
        return EmbedderSize()

    def encode(self, texts: list[str]) -> Arrays:
        """The inputs for ``texts``, truncated after `EmbedderSize.sequence` tokens."""
        import numpy as np

        from . import _paraphrases

        size = self.size
        if not size.pretrained:
            return _paraphrases.hashed(texts, size.vocabulary, size.sequence)
        from transformers import AutoTokenizer

        tokeniser = self._local(lambda name: AutoTokenizer.from_pretrained(name, local_files_only=True))
        encoded = tokeniser(texts, padding="max_length", truncation=True, max_length=size.sequence)
        return {tensor.name: np.array(encoded[tensor.name], dtype=np.int64) for tensor in self.inputs}

    def network(self) -> torch.nn.Module:
        from . import _bert_network, _encoder

        if self.size.pretrained:
            bert = self._local(lambda name: _bert_network.from_pretrained(name, False))
        else:
            bert = _bert_network.fresh(self._config())
        return _encoder.Encoder(bert, self.outputs[0].shape[0])

    def data(self) -> Splits:
        from . import _paraphrases

        size = self.size
        texts, targets = _paraphrases.generated(size.meanings, size.sentences, size.held_out, self.trained_by.seed)
        return _paraphrases.splits([self.encode(part) for part in texts], targets)

    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:
        from ._encoder import contrast

        return contrast(raw, targets[:, 0], self.size.temperature)

    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:
        return (raw,)

    def distance(self, student: Any, teacher: Any) -> torch.Tensor:
        """Mean squared distance of the vectors."""
        return (student - teacher).square().sum(1).mean()

    def _config(self) -> Any:
        """transformers' configuration: the pretrained model's, or one of `EmbedderSize`'s shapes."""
        from transformers import AutoConfig, BertConfig

        size = self.size
        if size.pretrained:
            return self._local(lambda name: AutoConfig.from_pretrained(name, local_files_only=True))
        return BertConfig(
            vocab_size=size.vocabulary,
            hidden_size=size.hidden,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            intermediate_size=size.intermediate,
            max_position_embeddings=size.positions,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            attn_implementation="eager",
        )

    def _local(self, load: Any) -> Any:
        """What ``load`` makes of the pretrained folder. Raises UserError where something is missing there."""
        try:
            return load(self.size.pretrained)
        except (OSError, ValueError) as error:
            raise UserError(
                "EmbedderSize.pretrained",
                f"{self.size.pretrained!r}: {str(error).splitlines()[0]}",
                "a folder with config.json, model.safetensors and a tokeniser",
            ) from error
