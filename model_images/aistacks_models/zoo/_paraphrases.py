"""Sentences that say the same in other words, generated."""

from __future__ import annotations

import hashlib
from itertools import product

import numpy as np

from .. import Split, Splits
from ..data import Array

_WHO = (
    "customer/client/buyer, engineer/developer/programmer, doctor/physician/medic, teacher/instructor/tutor, "
    "driver/chauffeur/motorist, child/kid/youngster, officer/constable/sheriff, chef/cook/caterer, "
    "author/writer/novelist, lawyer/attorney/barrister, boss/manager/supervisor, singer/vocalist/crooner, "
    "farmer/grower/rancher, soldier/trooper/fighter, robber/thief/burglar, sailor/mariner/seaman"
)
_DID = (
    "helped/assisted/aided, praised/applauded/lauded, examined/inspected/checked, paid/compensated/reimbursed, "
    "called/phoned/rang, hired/employed/engaged, found/discovered/located, ignored/overlooked/neglected, "
    "accompanied/escorted/joined, frightened/scared/alarmed, taught/instructed/coached, chased/pursued/followed, "
    "described/depicted/portrayed, hid/concealed/sheltered, admired/respected/esteemed, fooled/tricked/deceived"
)
_HOW = (
    "today/now/presently, yesterday/lately/recently, often/frequently/regularly, seldom/rarely/hardly, "
    "quickly/rapidly/swiftly, slowly/gradually/leisurely, secretly/covertly/stealthily, gladly/happily/cheerfully"
)
"""Concepts apart by commas, words for one concept by slashes."""
_FORMS = (
    "the {0} {1} the {2} {3}",
    "{3} the {0} {1} the {2}",
    "we heard that {3} the {0} {1} a {2}",
    "it was a {2} that the {0} {1} {3}",
    "the {2} was {3} {1} by the {0}",
    "by a {0} this {2} was {1} {3}",
)
"""Of who, did, whom and how. Who and whom are told apart by their place alone."""
_CONCEPTS = [[concept.split("/") for concept in slot.split(", ")] for slot in (_WHO, _DID, _WHO, _HOW)]


def hashed(texts: list[str], vocabulary: int, length: int) -> dict[str, Array]:
    """``input_ids`` and ``attention_mask`` of shape (n, ``length``), int64: a word's id is a hash of it, 0 is padding.

    So no table has to be kept with the model, and any word has an id; some words share one.
    """
    ids = np.zeros((len(texts), length), dtype=np.int64)
    for row, text in enumerate(texts):
        words = text.lower().split()[:length]
        digests = (hashlib.blake2b(word.encode(), digest_size=8).digest() for word in words)
        ids[row, : len(words)] = [1 + int.from_bytes(digest, "big") % (vocabulary - 1) for digest in digests]
    return {"input_ids": ids, "attention_mask": (ids > 0).astype(np.int64)}


def generated(meanings: int, sentences: int, held_out: int, seed: int) -> tuple[list[list[str]], list[Array]]:
    """Texts and targets (n, 2) of int64, meaning and sentence, each for training, validation and held out.

    ``sentences`` for each of ``meanings`` to train on; two for each of ``held_out`` others to judge by, and for half
    as many to choose by. No meaning is in two parts, and each has neighbours that differ in what was done alone, or in
    who did it to whom.
    """
    rng = np.random.default_rng(seed)
    counts = (meanings, max(2, held_out // 2), held_out)
    drawn = _meanings(sum(counts), rng)
    texts: list[list[str]] = []
    targets: list[Array] = []
    first = 0
    for count, each in zip(counts, (sentences, 2, 2), strict=True):
        pairs = list(product(range(first, first + count), range(each)))
        texts.append([_say(drawn[meaning], rng) for meaning, _ in pairs])
        targets.append(np.array([[meaning, row] for row, (meaning, _) in enumerate(pairs)], dtype=np.int64))
        first += count
    return texts, targets


def splits(texts: list[dict[str, Array]], targets: list[Array]) -> Splits:
    """Of encoded texts."""
    train, validation, held_out = (Split(inputs, target) for inputs, target in zip(texts, targets, strict=True))
    return Splits(
        train,
        validation,
        held_out,
        source="paraphrases that aistacks_models.zoo._paraphrases makes",
        licence="Apache-2.0",
    )


def _meanings(count: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Different ones, in families of three: one, the same with who and whom changed over, and with another concept."""
    found: dict[tuple[int, ...], None] = {}
    while len(found) < count:
        who, did, whom, how = (int(rng.integers(len(slot))) for slot in _CONCEPTS)
        other = int(rng.integers(len(_CONCEPTS[1])))
        if who != whom:
            found |= dict.fromkeys([(who, did, whom, how), (whom, did, who, how), (who, other, whom, how)])
    return list(found)[:count]


def _say(meaning: tuple[int, ...], rng: np.random.Generator) -> str:
    words = [slot[concept][rng.integers(len(slot[concept]))] for slot, concept in zip(_CONCEPTS, meaning, strict=True)]
    return _FORMS[rng.integers(len(_FORMS))].format(*words)
