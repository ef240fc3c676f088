"""Named entities: a BERT that tags each word of a sentence as part of a person, organisation, place, or none."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from .. import Gates, Metric, Model, Size, Splits, Tensor, Training, UserError, steps
from ..metrics import output
from ..steps import Recipe
from . import _bert_sentences, _bert_tags
from ._bert_tags import TAGS

if TYPE_CHECKING:
    import torch

    from ._bert_sentences import Sentence

_GRAPH = (steps.Export(), steps.OptimizeGraph(model_type="bert"))
_PRUNED = steps.StructuredPruning(amount=0.5, rounds=2, epochs=1)


class BertSize(Size):
    """The default is trained in a minute or two; `BertSize.base` has the shapes of bert-base-cased."""

    layers: int = Field(default=4, ge=1)
    hidden: int = Field(default=128, ge=1)
    heads: int = Field(default=4, ge=1)
    intermediate: int = Field(default=512, ge=1)
    """Units between the two matrices of each layer's feed-forward part."""
    vocabulary: int = Field(default=2048, ge=16)
    """Rows of the word table."""
    positions: int = Field(default=512, ge=8)
    """The most tokens that a request may have."""
    sequence: int = Field(default=30, ge=8)
    """Tokens of a row in training; longer sentences are truncated."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    bf16: bool = False
    """Train in bfloat16; faster by half on a CPU with AVX512-BF16 or AMX, and on GPUs."""
    rows: int = Field(default=12288, ge=8)
    """Sentences to train on; an eighth as many for validation, a quarter as many held out. For the generator."""
    names: int = Field(default=600, ge=4, le=5799)
    """Names that the generator knows."""
    pretrained: str | None = None
    """A folder, or a hub's id, with safetensors and a tokeniser; its shapes then replace those above."""
    download: bool = False
    """Whether ``pretrained`` may be fetched from the hub. Default: it must be a folder or in the hub's cache."""
    conll: str | None = None
    """A file as CoNLL-2003 has it, or a folder with train.txt, valid.txt and test.txt. Default: generated sentences."""

    @classmethod
    def base(cls, **changes: Any) -> BertSize:
        """The shapes of bert-base-cased: 108 million parameters. ``changes``: options that differ from that."""
        shapes = {"layers": 12, "hidden": 768, "heads": 12, "intermediate": 3072, "vocabulary": 28996, "names": 5000}
        return cls.model_validate({**shapes, **changes})

    @model_validator(mode="after")
    def _fits(self) -> BertSize:
        if self.hidden % self.heads:
            raise ValueError(f"hidden ({self.hidden}) must be a multiple of heads ({self.heads})")
        if self.sequence > self.positions:
            raise ValueError(f"sequence ({self.sequence}) must be at most positions ({self.positions})")
        return self


class BertTokens(Model):
    """Word ids → the tag of each word (CoNLL's: O, and B or I of PER, ORG, LOC, MISC)."""

    name = "bert-tokens"
    task = "token classification"
    inputs = (
        Tensor(name="input_ids", datatype="INT64", shape=(-1,), low=0, high=2047),
        Tensor(name="attention_mask", datatype="INT64", shape=(-1,), low=0, high=1),
    )
    outputs = (
        Tensor(name="tags", datatype="INT64", shape=(-1,), low=0, high=len(TAGS) - 1),
        Tensor(name="probabilities", datatype="FP32", shape=(-1, len(TAGS)), low=0, high=1),
    )
    classes = TAGS
    metric = Metric("F1 (micro, entities)", _bert_tags.micro_f1, output("tags"), _bert_tags.f1_by_kind)
    gates = Gates(quality_loss=0.015, class_quality_loss=0.05, agreement=0.97)
    training = Training(epochs=3, batch_size=32, learning_rate=1e-3, warmup=0.2)
    recipes = (
        Recipe(name="onnx", steps=_GRAPH),
        Recipe(name="int8", steps=(*_GRAPH, steps.DynamicInt8())),
        Recipe(name="weights-int8", steps=(*_GRAPH, steps.WeightOnly(bits=8))),
        Recipe(name="weights-int4", steps=(*_GRAPH, steps.WeightOnly(bits=4))),
        Recipe(name="pruned", steps=(_PRUNED, *_GRAPH)),
        Recipe(name="pruned-int8", steps=(_PRUNED, *_GRAPH, steps.DynamicInt8())),
        Recipe(name="bfloat16", steps=(steps.HalfTorch(),)),
        Recipe(name="torchao-int8", steps=(steps.TorchAo(scheme="int8-dynamic"),)),
    )

    def __init__(self, size: Size | None = None, training: Training | None = None) -> None:
        super().__init__(size, training)
        ids, mask = type(self).inputs
        rows = self._config().vocab_size if self.size.pretrained else self.size.vocabulary
        vars(self)["inputs"] = (ids.model_copy(update={"high": rows - 1}), mask)

    @classmethod
    def default_size(cls) -> BertSize:
        return BertSize()

    def network(self) -> torch.nn.Module:
        from . import _bert_network

        bert = self._pretrained(_bert_network.from_pretrained) or _bert_network.fresh(self._config())
        return _bert_network.Tagger(bert, len(TAGS), self.size.bf16)

    def data(self) -> Splits:
        train, validation, held_out = self._sentences()
        pieces, specials = self._words(train)
        rows = [_bert_tags.encode(part, pieces, specials, self.size.sequence) for part in (train, validation, held_out)]
        source, licence = "sentences that aistacks_models.zoo._bert_sentences makes", "Apache-2.0"
        if self.size.conll:
            source, licence = f"{Path(self.size.conll).name}, of the user's own", "unknown"
        return Splits(train=rows[0], validation=rows[1], held_out=rows[2], source=source, licence=licence)

    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.cross_entropy(raw.flatten(0, 1), targets.flatten(), ignore_index=_bert_tags.IGNORED)

    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:
        return raw.argmax(-1), raw.softmax(-1)

    def _config(self) -> Any:
        """transformers' configuration: the pretrained model's, or one of `BertSize`'s shapes."""
        from transformers import AutoConfig, BertConfig

        size = self.size
        return self._pretrained(
            lambda name, download: AutoConfig.from_pretrained(name, local_files_only=not download)
        ) or (
            BertConfig(
                vocab_size=size.vocabulary,
                hidden_size=size.hidden,
                num_hidden_layers=size.layers,
                num_attention_heads=size.heads,
                intermediate_size=size.intermediate,
                max_position_embeddings=size.positions,
                hidden_dropout_prob=size.dropout,
                attention_probs_dropout_prob=size.dropout,
                attn_implementation="eager",
            )
        )

    def _pretrained(self, load: Any) -> Any:
        """What ``load`` makes of the pretrained model; ``None`` where none is named.

        Raises UserError where it isn't there.
        """
        if not (name := self.size.pretrained):
            return None
        try:
            return load(name, self.size.download)
        except (OSError, ValueError) as error:
            raise UserError(
                "BertSize.pretrained",
                repr(name),
                "a folder with config.json, model.safetensors and a tokeniser, or a hub's id that is in its cache",
                f"{str(error).splitlines()[0]} Fetch it first, or set download.",
            ) from error

    def _words(self, train: list[Sentence]) -> tuple[_bert_tags.Pieces, tuple[int, int, int]]:
        """How a word becomes ids, and the ids of [PAD], [CLS], [SEP]."""
        from transformers import AutoTokenizer

        tokeniser = self._pretrained(
            lambda n, download: AutoTokenizer.from_pretrained(n, local_files_only=not download)
        )
        if tokeniser:
            special = (tokeniser.pad_token_id, tokeniser.cls_token_id, tokeniser.sep_token_id)
            return (
                lambda word: tokeniser(word, add_special_tokens=False)["input_ids"] or [tokeniser.unk_token_id],
                special,
            )
        if self.size.conll:
            counted = Counter(word for sentence in train for word in sentence.words)
            words = [word for word, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
        else:
            words = [*_bert_sentences.words(), *_bert_sentences.names(self.size.names)]
        return _bert_tags.whole_words(words, self.size.vocabulary), (0, 2, 3)

    def _sentences(self) -> tuple[list[Sentence], list[Sentence], list[Sentence]]:
        """Training, validation and held-out sentences."""
        import numpy as np

        random = np.random.default_rng(self.trained_by.seed)
        if not self.size.conll:
            rows = self.size.rows
            made = _bert_sentences.sentences(
                rows + rows // 8 + rows // 4, _bert_sentences.names(self.size.names), random
            )
            return made[:rows], made[rows : rows + rows // 8], made[rows + rows // 8 :]
        path = Path(self.size.conll)
        if path.is_dir():
            train, validation, held_out = (_bert_tags.read_conll(path / f"{n}.txt") for n in ("train", "valid", "test"))
            return train, validation, held_out
        found = _bert_tags.read_conll(path)
        if len(found) < 10:
            raise UserError(str(path), f"{len(found)} sentences", "at least 10")
        mixed = [found[int(number)] for number in random.permutation(len(found))]
        tenth = len(mixed) // 10
        return mixed[2 * tenth :], mixed[:tenth], mixed[tenth : 2 * tenth]
