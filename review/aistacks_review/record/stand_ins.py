"""Answers that stand for what only the cloud knows, in the types that a function's SDK declares.

The same question has the same answer on both sides of a comparison, another question another. They are told as an
assumption, for a program that decides something by them may decide otherwise with the real ones.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.types.output_types import scalar
from aistacks_core.property_values import UNKNOWN, strip_unknown
from aistacks_core.symbols import mark, marks

from .made_up import MadeUp
from .provider_places import Place
from .sdk_internals import find

_members_of = find("pulumi._types:output_type_types")
_is_output_type = find("pulumi._types:is_output_type")
_plain = find("pulumi._types:unwrap_type")
_MOST_MARKS = 4
_NETWORK = "10.0.0.0/16"
_COMPUTED = frozenset({"aws:iam/getPolicyDocument:getPolicyDocument"})
"""What is worked out from the question alone: where it couldn't be, nothing may stand for it."""
_DOCUMENTS = ("policy", "json", "document")


def stand_in(token: str, args: Mapping[str, Any], place: Place, type_: Any) -> dict[str, Any] | None:
    """The answer of ``token`` in the class ``type_``, by names on the wire; ``None`` where it is none of an SDK's.

    What the question states and the answer has, too, is as it was stated.
    """
    if not isinstance(type_, type) or not _is_output_type(type_) or token in _COMPUTED:
        return None
    question = json.dumps([token, args, place.provider], sort_keys=True, default=str)
    # What comes from a resource that is recreated is found by the marks of what was asked.
    symbol = "-".join([mark(question), *sorted(set(marks(args)))[:_MOST_MARKS]])
    made = _Answer(token, question, symbol, place)
    found: dict[str, Any] = {}
    for name, kind in _members_of(type_).items():
        given = args.get(name)
        found[name] = _in_type(given, kind) if _is_simple(given) else made.member(name, kind)
    return dict(strip_unknown(found))


def _in_type(given: Any, kind: Any) -> Any:
    """``given`` as a provider answers it: ``"true"`` where a boolean is declared is ``True``."""
    plain = _plain(kind)
    if (plain is str and not isinstance(given, list)) or (plain in (bool, int, float) and isinstance(given, str)):
        made = scalar(given, plain)
        return given if made is None else made
    return given


def _is_simple(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(_is_simple(item) and not isinstance(item, list) for item in value)
    return isinstance(value, str | bool | int | float)


class _Answer(MadeUp):
    def __init__(self, token: str, question: str, symbol: str, place: Place) -> None:
        parts = token.split(":")
        self._module, self._place = parts[1].partition("/")[0], place
        super().__init__(question, parts[-1], symbol)

    def member(self, name: str, kind: Any) -> Any:
        if issubclass(typing.get_origin(_plain(kind)) or object, Mapping):
            return {}
        made = self.value(name, kind)
        return None if made is UNKNOWN else made

    def text(self, path: str) -> str:
        """As a resource's, but for what has a form of its own."""
        low = path.rpartition("-")[2].lower()
        if low.isdigit():
            low = path.rpartition("-")[0].lower().removesuffix("s")
        if low == "region" and self._place.region:
            return self._place.region
        if low in ("ownerid", "accountid") and self._place.account:
            return self._place.account
        if low == "arn" or low.endswith("arn"):
            # Of an account that isn't known, it is none that a policy could mean.
            where = f"{self._place.region}:{self._place.account or 'unknown'}"
            return f"arn:aws:{self._module}:{where}:{super().text(path)}"
        if low.endswith("cidrblock"):
            return _NETWORK
        if low.endswith(_DOCUMENTS):
            return json.dumps({"standsFor": super().text(path)})
        return super().text(path)
