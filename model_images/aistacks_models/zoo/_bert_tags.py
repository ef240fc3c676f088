"""Tags of words: their ids, metrics, and the encoding of sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import Split, UserError
from ._bert_sentences import KINDS, Sentence

if TYPE_CHECKING:
    from ..data import Array, Arrays

TAGS = ("O", *(f"{place}-{kind}" for kind in KINDS for place in "BI"))
"""Tag by number. B: the first word of a name, I: a further one."""
IGNORED = -100
"""Target of ignored tokens: padding, [CLS], [SEP], and a word's pieces but the first."""
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")

Pieces = Callable[[str], Sequence[int]]
"""A word → the ids of its pieces."""


def micro_f1(outputs: Arrays, targets: Array) -> float:
    """F1 over all tags but O, each tag of a word counted once, so a wrong B or I is a fault, too."""
    return _f1(_counts(outputs, targets))


def f1_by_kind(outputs: Arrays, targets: Array) -> dict[str, float]:
    """The same for each kind of entity, over its B and I; and the mean of the four as ``macro``."""
    counts = _counts(outputs, targets)
    found = {kind: _f1(counts[2 * n : 2 * n + 2]) for n, kind in enumerate(KINDS)}
    return {**found, "macro": sum(found.values()) / len(KINDS)}


def _counts(outputs: Arrays, targets: Array) -> Array:
    """Of each tag but O, shape (8, 2, 2): [[neither, only given], [missed, hit]]."""
    from sklearn.metrics import multilabel_confusion_matrix

    right, got = _judged(outputs, targets)
    # All at once: a bootstrap asks thousands of times, and f1_score for each kind takes four times as long.
    counts: Array = multilabel_confusion_matrix(right, got, labels=range(1, len(TAGS)))
    return counts


def _f1(counts: Array) -> float:
    false, missed, hits = (int(counts[:, row, column].sum()) for row, column in ((0, 1), (1, 0), (1, 1)))
    return 2 * hits / (2 * hits + false + missed) if hits else 0.0


def report(outputs: Arrays, targets: Array) -> str:
    """scikit-learn's classification report: precision, recall, F1 and words per tag."""
    from sklearn.metrics import classification_report

    right, got = _judged(outputs, targets)
    labels = range(1, len(TAGS))
    text: str = classification_report(right, got, labels=labels, target_names=TAGS[1:], digits=4, zero_division=0)
    return text


def _judged(outputs: Arrays, targets: Array) -> tuple[Array, Array]:
    kept = targets != IGNORED
    return targets[kept], outputs["tags"][kept]


def encode(sentences: Sequence[Sentence], pieces: Pieces, specials: tuple[int, int, int], length: int) -> Split:
    """Sentences as rows of ``length`` ids: [CLS], the pieces, [SEP], padding. ``specials``: ids of [PAD], [CLS], [SEP].

    Longer sentences are truncated. A tag is on its word's first piece.
    """
    import numpy as np

    pad, begin, end = specials
    ids = np.full((len(sentences), length), pad, np.int64)
    mask = np.zeros((len(sentences), length), np.int64)
    targets = np.full((len(sentences), length), IGNORED, np.int64)
    for row, sentence in enumerate(sentences):
        line, tags = [begin], [IGNORED]
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            found = list(pieces(word))
            line += found
            tags += [TAGS.index(tag), *[IGNORED] * (len(found) - 1)]
        line, tags = [*line[: length - 1], end], [*tags[: length - 1], IGNORED]
        ids[row, : len(line)], targets[row, : len(line)], mask[row, : len(line)] = line, tags, 1
    return Split({"input_ids": ids, "attention_mask": mask}, targets)


def whole_words(words: Sequence[str], vocabulary: int) -> Pieces:
    """Every word is one piece: its place after the special ones, or [UNK] for a word that isn't there."""
    known = {word: number for number, word in enumerate(words[: vocabulary - len(SPECIAL)], len(SPECIAL))}
    return lambda word: (known.get(word, SPECIAL.index("[UNK]")),)


def read_conll(file: Path) -> list[Sentence]:
    """Sentences of a file as CoNLL-2003 has it: a word a line, its tag last, an empty line between sentences.

    ``I-`` at the start of a name (as the original files have it) becomes ``B-``. Raises UserError for another shape.
    """
    found: list[Sentence] = []
    words: list[str] = []
    tags: list[str] = []
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(str(file), str(error), "a text file in UTF-8, as CoNLL-2003 has it") from error
    for number, line in enumerate([*lines, ""], 1):
        columns = line.split()
        if columns and columns[0] != "-DOCSTART-":
            before = tags[-1] if tags else "O"
            tag = columns[-1]
            if tag.startswith("I-") and before[2:] != tag[2:]:
                tag = f"B-{tag[2:]}"
            if len(columns) < 2 or tag not in TAGS:
                raise UserError(f"{file}:{number}", repr(line), f"a word, …, and one of {', '.join(TAGS)}")
            words.append(columns[0])
            tags.append(tag)
        elif words:
            found.append(Sentence(tuple(words), tuple(tags)))
            words, tags = [], []
    return found
