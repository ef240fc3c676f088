"""One boto3 call of a row: which inputs it sends, and where in its parameters they go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.types import sdk
from aistacks_catalog.aws.types.facts import Facts, facts
from aistacks_catalog.aws.types.words import dig, match, put
from aistacks_core.property_values import Props

from ..provider import MARKER
from . import shapes, template
from .cloud import Cloud
from .table import Operation, Row

NEVER_SENT = frozenset({"tags", "tagsAll", "region", MARKER})


class Calls:
    """The calls of one type in one region."""

    def __init__(self, token: str, row: Row, cloud: Cloud, region: str = "") -> None:
        self.token, self.row, self.cloud = token, row, cloud
        self.region = region or cloud.region
        self.shape: sdk.Shape = sdk.shape(token)
        self.facts: Facts = facts(token)

    def prepared(self, inputs: Props) -> Props:
        """The inputs as they are to be sent. Default: as they are."""
        return inputs

    def unplaced(self, inputs: Props) -> list[str]:
        """The inputs that no call of the row sends."""
        lost: list[str] = []
        sent: set[str] = set()
        prepared = {name: value for name, value in self.prepared(inputs).items() if name in inputs}
        for operation in (self.row.create, *self.row.then, *self.row.update):
            shape, _ = self.cloud.shapes(self.row.service, operation.call)
            for name, value in prepared.items():
                target = self._target(operation, shape, name)
                if target is not None:
                    sent.add(name)
                    shapes.to_api(shape_at(shape, target), value, lost, name, self.row.nested)
        known = sent | NEVER_SENT | set(self.row.local) | {"timeouts", "__defaults"}
        used = {name for name in inputs if f"${name}" in str(self.row.model_dump(include={"create", "then", "update"}))}
        defaults = {name for name, value in self.facts.defaults.items() if inputs.get(name) == value}
        top = [name for name, value in prepared.items() if value is not None and name not in known | used | defaults]
        return sorted({*top, *lost})

    def scope(self, inputs: Props, id: str = "", answer: Mapping[str, Any] | None = None) -> Props:  # noqa: A002
        """What templates can refer to: state, then inputs, then the fixed names."""
        return {
            **(answer or {}),
            **inputs,
            "answer": answer or {},
            "id": id or None,
            "account": self.cloud.account,
            "region": self.region,
            "partition": "aws",
        }

    def run(self, operation: Operation, inputs: Props, id: str, state: Props, *, undo: bool = False) -> Props:  # noqa: A002
        """Make one call; gives its whole answer."""
        call = operation.undo if undo else operation.call
        params = self.parameters(operation, self.prepared(inputs), id, state, call=call)
        answer = self.cloud.call(self.row.service, call, params, self.region)
        _, shape = self.cloud.shapes(self.row.service, call)
        marked: Props = shapes.marked(shape, answer)
        return marked

    def parameters(
        self,
        operation: Operation,
        inputs: Props,
        id: str,  # noqa: A002
        state: Props,
        call: str = "",
    ) -> Props:
        """A call's parameters: the inputs that it knows, and the row's own."""
        shape, _ = self.cloud.shapes(self.row.service, call or operation.call)
        params: Props = {}
        lost: list[str] = []
        if shape is None:
            return self.completed(operation, inputs, params)
        for name, value in inputs.items():
            target = self._target(operation, shape, name) if value is not None else None
            if target is not None:
                put(params, target, shapes.to_api(shape_at(shape, target), value, lost, "", self.row.nested))
        for member, value in template.fill(operation.params, self.scope(inputs, id, state)).items():
            put(params, member, shapes.to_api(shape_at(shape, member), value, lost))
        known = {key: wrapped(shape.members[key], value) for key, value in params.items() if key in shape.members}
        return self.completed(operation, inputs, known)

    def completed(self, operation: Operation, inputs: Props, params: Props) -> Props:  # noqa: ARG002
        """``params`` with what a row can't say of this call; most types have nothing to add."""
        return params

    def seen(self, answer: Props, name: str) -> Any:
        """The property ``name`` in an answer, in the API's spelling, or None."""
        value = None
        for member in self.row.names.get(name, "").split("|"):
            path = member.removeprefix("/")
            for place in filter(None, (path, path.rsplit(".", 1)[-1])):
                value = dig(answer, place) if value is None else value
        if value is None and name not in self.row.names:
            value = shapes.find(answer, name)
        output = self.shape.outputs.get(name)
        # boto3 parses some policy documents.
        if output is not None and output.kind == "str" and isinstance(value, dict | list):
            return json.dumps(value)
        return value

    def _target(self, operation: Operation, shape: Any, name: str) -> str | None:
        """The dotted place of an input in a call's parameters, or None if it has none."""
        if shape is None or name in NEVER_SENT or name.startswith("__") or name in operation.without:
            return None
        if operation.only is not None and name not in operation.only:
            return None
        inner = shape_at(shape, operation.within) if operation.within else shape
        inner = inner.member if inner is not None and inner.type_name == "list" else inner
        prefix = f"{operation.within}." if operation.within else ""
        members = self.row.names.get(name, "")
        for member in filter(None, members.split("|")):
            if member.startswith("/") and shape_at(shape, member[1:]) is not None:
                return member[1:]
            if not member.startswith("/") and shape_at(inner, member) is not None:
                return prefix + member
        if members or inner is None:
            return None
        if inner.type_name == "map":
            spelled = match(name, getattr(inner.key, "enum", None) or [])
            return prefix + spelled if spelled else None
        spelled = match(name, inner.members)
        return prefix + spelled if spelled else None

    def _wanted(self, operation: Operation, inputs: Props) -> bool:
        names = operation.when or [
            name
            for name in inputs
            if self._target(operation, self.cloud.shapes(self.row.service, operation.call)[0], name)
        ]
        return any(present(inputs.get(name)) for name in names)

    def _touches(self, operation: Operation, changed: set[str], inputs: Props) -> bool:
        if operation.when:
            return bool(changed & set(operation.when))
        shape, _ = self.cloud.shapes(self.row.service, operation.call)
        fixed = set(operation.params)
        return any(self._target(operation, shape, name) not in (None, *fixed) for name in changed & set(inputs))


def present(value: Any) -> bool:
    """Whether there is anything to set: no is a value, nothing and none aren't."""
    return value is False or bool(value)


def picked(taken: Any, match: Props) -> Any:
    """The item of the list ``taken`` that has the members ``match``."""
    if not match or not isinstance(taken, list):
        return taken
    fits = (item for item in taken if all(dig(item, key) == value for key, value in match.items()))
    return next(fits, None)


def wrapped(shape: Any, value: Any) -> Any:
    """``value`` with single structures put into the lists that ``shape`` wants."""
    if shape.type_name == "list":
        items = value if isinstance(value, list) else [value]
        return [wrapped(shape.member, item) for item in items]
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {key: wrapped(shape.members[key], item) for key, item in value.items()}
    return value


def shape_at(shape: Any, path: str) -> Any:
    """The shape at a dotted path of members, or None."""
    for name in filter(None, path.split(".")):
        if shape is None:
            return None
        if shape.type_name == "list":
            shape = shape.member
        if shape.type_name == "map":
            shape = shape.value
        elif shape.type_name == "structure":
            shape = shape.members.get(name)
        else:
            return None
    return shape
