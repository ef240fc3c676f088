"""The ``random`` package: what is drawn once stays in the state until ``keepers`` or another input changes."""

from __future__ import annotations

import base64
import secrets
import string
import time
import uuid
from collections.abc import Mapping
from random import Random
from typing import Any

from aistacks_core.facts import load
from aistacks_core.property_values import Props

from ..failures import CheckError
from ..provider import Created, Found
from . import bcrypt
from .base import Kind, StateProvider

_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


class RandomId(Kind):
    """Bytes, shown in several bases, each behind ``prefix``."""

    computed = ("b64Std", "b64Url", "dec", "hex")

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw the bytes."""
        return _shown(secrets.token_bytes(int(inputs["byteLength"])), str(inputs.get("prefix") or ""))

    def adopted(self, id: str) -> Found:  # noqa: A002
        """The id is the bytes, behind ``<prefix>,`` if there is one."""
        prefix, _, text = id.rpartition(",")
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        made = _shown(raw, prefix)
        inputs: Props = {"byteLength": len(raw), **({"prefix": prefix} if prefix else {})}
        return Found(made.id, inputs, made.outputs)


def _shown(raw: bytes, prefix: str) -> Created:
    url = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    outputs: Props = {
        "b64Std": prefix + base64.b64encode(raw).decode(),
        "b64Url": prefix + url,
        "dec": prefix + str(int.from_bytes(raw, "big")),
        "hex": prefix + raw.hex(),
    }
    return Created(url, outputs)


class RandomBytes(Kind):
    """Secret bytes."""

    computed = ("base64", "hex")
    secret = frozenset(computed)

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw the bytes."""
        raw = secrets.token_bytes(int(inputs["length"]))
        return Created("none", {"base64": base64.b64encode(raw).decode(), "hex": raw.hex()})


class RandomString(Kind):
    """A text of given classes of characters."""

    defaults: Mapping[str, Any] = {
        **dict.fromkeys(("lower", "upper", "special"), True),
        **dict.fromkeys(("minLower", "minUpper", "minNumeric", "minSpecial"), 0),
    }
    computed: tuple[str, ...] = ("result",)

    def checked(self, inputs: Props) -> Props:
        """Fill the defaults; ``number`` is the older name of ``numeric``."""
        full = super().checked(inputs)
        digits = full.get("numeric", full.get("number", True))
        full |= {"numeric": digits, "number": digits}
        sizes = [full.get("length"), *(full[name] for name in ("minLower", "minUpper", "minNumeric", "minSpecial"))]
        if all(isinstance(size, int) for size in sizes) and sizes[0] < max(1, sum(sizes[1:])):
            raise CheckError({"length": f"got {sizes[0]}; expected at least 1 and the sum of min… ({sum(sizes[1:])})"})
        if not any(full[name] for name in ("lower", "upper", "special", "numeric")):
            raise CheckError(
                {"lower": "got no class of characters; expected at least one of lower, upper, numeric, special"}
            )
        return full

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw the text."""
        text = drawn(inputs)
        return Created(text, {"result": text})

    def adopted(self, id: str) -> Found:  # noqa: A002
        """The id is the text."""
        return Found(id, self.checked({"length": len(id)}), {"result": id})


class RandomPassword(RandomString):
    """The same, secret; its id doesn't tell it."""

    computed = ("result", "bcryptHash")
    secret = frozenset({"result", "bcryptHash"})

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw the password."""
        return Created("none", _with_hash(drawn(inputs)))

    def adopted(self, id: str) -> Found:  # noqa: A002
        """The id given at import is the password."""
        found = super().adopted(id)
        return Found("none", found.inputs, _with_hash(id))


def _with_hash(password: str) -> Props:
    made = bcrypt.hashed(password)
    return {"result": password, **({"bcryptHash": made} if made else {})}


def drawn(inputs: Props) -> str:
    """A text of ``length`` with at least the minimum of each class, in any order."""
    special = str(inputs.get("overrideSpecial") or _SPECIAL)
    classes = (
        ("lower", "minLower", string.ascii_lowercase),
        ("upper", "minUpper", string.ascii_uppercase),
        ("numeric", "minNumeric", string.digits),
        ("special", "minSpecial", special),
    )
    characters = "".join(letters for name, _, letters in classes if inputs[name])
    picked = [secrets.choice(letters) for _, least, letters in classes for _ in range(int(inputs[least]))]
    picked += [secrets.choice(characters) for _ in range(int(inputs["length"]) - len(picked))]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)


class RandomPet(Kind):
    """Words that make a name; the id is the name."""

    defaults: Mapping[str, Any] = {"length": 2, "separator": "-"}

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Pick the words: the last is an animal, the one before says how it is, those before that how much."""
        words = load(__package__, "pets.yaml")
        length = int(inputs["length"])
        kinds = ["adverbs"] * (length - 2) + ["adjectives"] * (length > 1) + ["animals"]
        picked = [secrets.choice(words[kind]) for kind in kinds]
        prefix = [str(inputs["prefix"])] if inputs.get("prefix") else []
        return Created(str(inputs["separator"]).join(prefix + picked), {})


class RandomInteger(Kind):
    """A number from ``min`` to ``max``, both included; the same one for the same ``seed``."""

    computed = ("result",)

    def checked(self, inputs: Props) -> Props:
        """Refuse an empty range."""
        least, most = inputs.get("min"), inputs.get("max")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            raise CheckError({"min": f"got {least}; expected at most max ({most})"})
        return super().checked(inputs)

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw the number."""
        number = _dice(inputs).randint(int(inputs["min"]), int(inputs["max"]))
        return Created(str(number), {"result": number})

    def adopted(self, id: str) -> Found:  # noqa: A002
        """``<result>,<min>,<max>`` and perhaps ``,<seed>``."""
        result, least, most, *seed = id.split(",")
        inputs: Props = {"min": int(least), "max": int(most), **({"seed": seed[0]} if seed else {})}
        return Found(result, inputs, {"result": int(result)})


class RandomShuffle(Kind):
    """``inputs`` in another order, over and over until there are ``resultCount``."""

    computed = ("results",)

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Shuffle them."""
        dice, given = _dice(inputs), list(inputs["inputs"])
        wanted = inputs.get("resultCount")
        count = int(len(given) if wanted is None else wanted)
        results: list[Any] = []
        while given and len(results) < count:
            results += dice.sample(given, len(given))
        return Created("-", {"results": results[:count]})


def _dice(inputs: Props) -> Random:
    return Random(str(inputs["seed"])) if inputs.get("seed") else secrets.SystemRandom()  # noqa: S311


class RandomUuid(Kind):
    """A UUID of version 4."""

    computed = ("result",)

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw it."""
        text = str(uuid.uuid4())
        return Created(text, {"result": text})

    def adopted(self, id: str) -> Found:  # noqa: A002
        """The id is the UUID."""
        return Found(id, {}, {"result": id})


class RandomUuid7(RandomUuid):
    """A UUID of version 7: the milliseconds since 1970 first (RFC 9562)."""

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw it."""
        number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
        number = number & ~(0xF << 76) | (7 << 76)
        text = str(uuid.UUID(int=number & ~(0b11 << 62) | (0b10 << 62)))
        return Created(text, {"result": text})


_TYPES: dict[str, Kind] = {
    "RandomBytes": RandomBytes(),
    "RandomId": RandomId(),
    "RandomInteger": RandomInteger(),
    "RandomPassword": RandomPassword(),
    "RandomPet": RandomPet(),
    "RandomShuffle": RandomShuffle(),
    "RandomString": RandomString(),
    "RandomUuid": RandomUuid(),
    "RandomUuid4": RandomUuid(),
    "RandomUuid7": RandomUuid7(),
}
KINDS = {f"random:index/{name[0].lower()}{name[1:]}:{name}": kind for name, kind in _TYPES.items()}


def provider() -> StateProvider:
    """The package's provider."""
    return StateProvider("random", "4.21.4", kinds=KINDS)
