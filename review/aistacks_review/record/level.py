"""How much of what deployment makes a plan fills in."""

from enum import IntEnum


class Level(IntEnum):
    """A program that fails on more is planned again with less."""

    NOTHING = 0
    STRINGS = 1
    EVERYTHING = 2
    """Numbers, booleans, lists and objects, too."""
