"""Sentences with names in them, made by a documented generator: what a name is, only its neighbours tell.

A sentence holds two mentions with everyday words around them. A mention is a name of one or two words between
two phrases, and its class (PER, ORG, LOC, MISC, or O for a word that is only quoted) is drawn first, the name
regardless of it; so one name is a person here and a company there. What tells the class is one of

- the phrase before (``BEFORE``), while the one after says nothing;
- the phrase after (``AFTER``), while the one before says nothing;
- both together (``VERBS`` and ``TAILS``, a Latin square): either alone says nothing;
- nothing: a share of `UNTOLD` of the mentions has no telling phrase. There a name has a leaning, right in 7 of 10
  cases, and no reader can do better; so the best F1 lies a few points below 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

KINDS = ("PER", "ORG", "LOC", "MISC")
UNTOLD = 0.08
QUOTED = 0.06
"""Share of the mentions that only quote a word, so it is no entity."""
LEANING = 0.7

BEFORE = {
    "PER": ("Mr", "Mrs", "captain", "the singer", "her brother", "the late doctor", "a witness called"),
    "ORG": ("shares in", "employees at", "the chairman of", "a lawsuit against", "the board of", "stock held by"),
    "LOC": ("the streets of", "heavy rain in", "the mayor of", "flights to", "north of", "the harbour of"),
    "MISC": ("the novel", "the festival named", "fans of the game", "copies of", "the opera", "a trophy known as"),
    "O": ("the word", "a rhyme for", "the spelling of"),
}
AFTER = {
    "PER": (", who smiled ,", "told reporters", "and his wife", "said quietly", "shook hands"),
    "ORG": (", which hired hundreds ,", "reported profits", "and its rivals", "bought a factory", "cut jobs"),
    "LOC": (", where snow fell ,", "and its suburbs", "has two bridges", "was flooded", "lies inland"),
    "MISC": (", first performed here ,", "sold many tickets", "won a prize", "was translated", "has nine chapters"),
}
VERBS = (("called", "phoned"), ("beat", "outran"), ("crossed", "circled"), ("painted", "sketched"))
TAILS = (("at home", "indoors"), ("once more", "again"), ("after dark", "at night"), ("in vain", "for nothing"))
OPEN_BEFORE = ("from", "about", "for", "with", "without", "like", "because of", "thanks to")
OPEN_AFTER = ("on Monday", "this week", "as expected", "in spring", "for years", "so far", "by then", "of course")
BETWEEN = ("again", "perhaps", "indeed", "allegedly", "still", "reportedly")
OPENINGS = (
    "yesterday", "in the end", "as we heard", "according to letters", "late in autumn", "after a long day",
    "people wrote that", "it was known that", "every morning", "despite the weather", "nobody forgot how",
)  # fmt: skip
LINKS = ("while", "but", "and then", "although", "because", "as soon as", "before", "until")
ENDINGS = ("the talks ended", "nothing changed", "everyone waited", "the crowd left", "prices rose", "it became quiet")
GIVEN = (
    "Washington", "Jordan", "Paris", "Austin", "Lincoln", "Florence", "Chelsea", "Sydney", "Houston", "Madison",
    "Charlotte", "Georgia", "Victoria", "Santiago", "Hamilton", "Ford", "Mercedes", "Phoenix", "Columbia", "Orlando",
)  # fmt: skip
_ONSETS = ("B", "Br", "D", "Dr", "F", "G", "Gl", "H", "K", "Kr", "L", "M", "N", "P", "Pr", "R", "S", "St", "T", "V")
_MIDDLES = ("ar", "el", "in", "om", "ul", "ast", "end", "irk", "ov", "um", "an", "eb", "id", "or", "uss", "ay", "ell")
_ENDS = ("a", "o", "en", "ia", "is", "on", "ez", "ing", "um", "ley", "ton", "sky", "man", "ford", "well", "berg", "ic")


@dataclass(frozen=True)
class Sentence:
    """Words, and the tag of each: O, or B- (a name's first word) or I- with a kind."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


def names(count: int) -> tuple[str, ...]:
    """That many different names, the same at every call; at most 5,799."""
    made = (onset + middle + end for middle in _MIDDLES for end in _ENDS for onset in _ONSETS)
    found = list(dict.fromkeys((*GIVEN, *made)))
    if count > len(found):
        raise ValueError(f"{count} names; there are {len(found)}")
    return tuple(found[:count])


def words() -> tuple[str, ...]:
    """Every word but names that a sentence can hold, in a fixed order."""
    phrases = [*OPEN_BEFORE, *OPEN_AFTER, *BETWEEN, *OPENINGS, *LINKS, *ENDINGS]
    for group in (*BEFORE.values(), *AFTER.values(), *VERBS, *TAILS):
        phrases += group
    return tuple(dict.fromkeys(word for phrase in phrases for word in phrase.split()))


def sentences(count: int, known: tuple[str, ...], random: np.random.Generator) -> list[Sentence]:
    """``count`` sentences over ``known`` names, of which few are frequent and many rare."""
    import numpy as np

    weights = 1 / (np.arange(len(known)) + 40)
    drawn = random.choice(len(known), size=(count, 4), p=weights / weights.sum())
    return [_sentence(known, [int(number) for number in row], random) for row in drawn]


def _sentence(known: tuple[str, ...], numbers: list[int], random: np.random.Generator) -> Sentence:
    found: list[tuple[str, str]] = []

    def plain(phrase: str) -> None:
        found.extend((word, "O") for word in phrase.split())

    if random.random() < 0.3:
        plain(_pick(OPENINGS, random))
    for mention in range(2):
        if mention:
            plain(_pick(LINKS, random))
        name = numbers[2 * mention : 2 * mention + 1 + int(random.random() < 0.3)]
        kind, before, after = _around(name[0], random)
        plain(before)
        if random.random() < 0.2:
            plain(_pick(BETWEEN, random))
        for place, number in enumerate(name):
            found.append((known[number], "O" if kind == "O" else f"{'I' if place else 'B'}-{kind}"))
        plain(after)
    if random.random() < 0.2:
        plain(f"{_pick(LINKS, random)} {_pick(ENDINGS, random)}")
    texts, tags = zip(*found, strict=True)
    return Sentence(texts, tags)


def _around(name: int, random: np.random.Generator) -> tuple[str, str, str]:
    """A mention's kind and the phrases before and after it."""
    how = random.random()
    before, after = _pick(OPEN_BEFORE, random), _pick(OPEN_AFTER, random)
    if how < QUOTED:
        return "O", _pick(BEFORE["O"], random), after
    if how < QUOTED + UNTOLD:
        leans = random.random() < LEANING
        return KINDS[(name + (0 if leans else int(random.integers(1, 4)))) % 4], before, after
    kind = int(random.integers(4))
    if how < 0.46:
        return KINDS[kind], _pick(BEFORE[KINDS[kind]], random), after
    if how < 0.78:
        return KINDS[kind], before, _pick(AFTER[KINDS[kind]], random)
    verb = int(random.integers(4))
    return KINDS[kind], _pick(VERBS[verb], random), _pick(TAILS[(kind - verb) % 4], random)


def _pick(phrases: tuple[str, ...], random: np.random.Generator) -> str:
    return phrases[int(random.integers(len(phrases)))]
