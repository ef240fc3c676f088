"""Creates, reads, changes and deletes one resource as its row says. Overrides derive from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aistacks_cli.providers.aws import sdk, shapes, tagging, template
from aistacks_cli.providers.aws.cloud import AwsError, Cloud
from aistacks_cli.providers.aws.facts import Facts, facts
from aistacks_cli.providers.aws.table import Operation, Row
from aistacks_cli.providers.aws.words import dig, match, put
from aistacks_cli.providers.failures import PartialFailure
from aistacks_cli.providers.properties import Props
from aistacks_cli.providers.provider import EMULATED, MARKER, Created, Found

_NEVER_SENT = frozenset({"tags", "tagsAll", "region", MARKER})


class Handler:
    """One type in one region. Methods ``prepared``, ``answered`` and ``cleared`` are there to be overridden."""

    def __init__(self, token: str, row: Row, cloud: Cloud, region: str = "") -> None:
        self.token, self.row, self.cloud = token, row, cloud
        self.region = region or cloud.region
        self.shape: sdk.Shape = sdk.shape(token)
        self.facts: Facts = facts(token)

    # What an override may change.

    def prepared(self, inputs: Props) -> Props:
        """The inputs as they are to be sent. Default: as they are."""
        return inputs

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """An answer of the first read, before properties are taken from it. Default: as it is."""
        return answer

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Make the resource deletable."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Do what the row's calls after creation or a change can't; ``state`` is empty at creation."""

    # The engine's operations.

    def create(self, inputs: Props) -> Created:
        """Make it and everything about it. Raises ``AwsError``, or ``PartialFailure`` once it exists."""
        sent = self._given(inputs)
        tags = self.all_tags(inputs)
        answer, tagged = self._create(sent, tags)
        id = str(template.first(self.row.id, self.scope(sent, answer=answer)))  # noqa: A001
        try:
            for operation in self.row.then:
                if self._wanted(operation, sent):
                    self.run(operation, sent, id, answer)
            if tags and not tagged:
                self._tag(id, sent, answer, {}, tags)
            self.settled(id, inputs, {})
            return Created(id, self._outputs(id, inputs, self._look(id, inputs, answer) or {}, answer))
        except AwsError as error:
            outputs = self._outputs(id, inputs, self._look_quietly(id, inputs, answer), answer)
            raise PartialFailure(str(error), id, outputs, inputs) from error

    def read(self, id: str, inputs: Props, state: Props) -> Found | None:  # noqa: A002
        """What is there now; with empty ``inputs``, everything that an import needs."""
        imported = not inputs
        known = dict(template.unfill(self.row.id, id)) if imported else inputs
        seen = self._look(id, known, state)
        if seen is None:
            return None
        current = self._imported(known, seen) if imported else self._drifted(inputs, seen)
        tags = self._listed(id, known, seen, state)
        if tags is not None and ("tags" in self.shape.inputs):
            current = self._with_tags(current, tags)
        return Found(id, current, self._outputs(id, current, seen, state))

    def update(self, id: str, old: Props, state: Props, new: Props) -> Props:  # noqa: A002
        """Change what differs. Raises ``AwsError``, or ``PartialFailure`` after a change was made."""
        before, after = self._given(old), self._given(new)
        changed = {
            key for key in {*before, *after} - _NEVER_SENT if not shapes.same(before.get(key), after.get(key))
        }
        done = False
        try:
            for operation in [*self.row.update, *self.row.then]:
                if not self._touches(operation, changed, before | after):
                    continue
                gone = operation.undo and not any(_present(after.get(name)) for name in operation.when)
                self.run(operation, after, id, state, undo=bool(gone))
                done = True
            self._retag(id, after, state)
            self.settled(id, new, state)
            return self._outputs(id, new, self._look(id, new, state) or {}, state)
        except AwsError as error:
            if not done:
                raise
            outputs = self._outputs(id, new, self._look_quietly(id, new, state), state)
            raise PartialFailure(str(error), id, outputs, new) from error

    def delete(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Delete it; that it is gone already is fine."""
        try:
            self.cleared(id, inputs, state)
            if self.row.delete:
                self.run(self.row.delete, self._given(inputs), id, state)
        except AwsError as error:
            # Deleting twice fails in as many ways as there are services.
            if not error.gone and self._look(id, inputs, state) is not None:
                raise

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
                    shapes.to_api(_shape_at(shape, target), value, lost, name)
        known = sent | _NEVER_SENT | set(self.row.local) | {"timeouts", "__defaults"}
        used = {name for name in inputs if f"${name}" in str(self.row.model_dump(include={"create", "then", "update"}))}
        defaults = {name for name, value in self.facts.defaults.items() if inputs.get(name) == value}
        top = [name for name, value in prepared.items() if value is not None and name not in known | used | defaults]
        return sorted({*top, *lost})

    # How calls are made.

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
        return self.cloud.call(self.row.service, call, params, self.region)

    def parameters(
        self, operation: Operation, inputs: Props, id: str, state: Props, call: str = ""  # noqa: A002
    ) -> Props:
        """A call's parameters: the inputs that it knows, and the row's own."""
        shape, _ = self.cloud.shapes(self.row.service, call or operation.call)
        params: Props = {}
        lost: list[str] = []
        if shape is None:
            return params
        for name, value in inputs.items():
            target = self._target(operation, shape, name) if value is not None else None
            if target is not None:
                put(params, target, shapes.to_api(_shape_at(shape, target), value, lost))
        for member, value in template.fill(operation.params, self.scope(inputs, id, state)).items():
            put(params, member, shapes.to_api(_shape_at(shape, member), value, lost))
        return {key: _wrapped(shape.members[key], value) for key, value in params.items() if key in shape.members}

    def _target(self, operation: Operation, shape: Any, name: str) -> str | None:
        """The dotted place of an input in a call's parameters, or None if it has none."""
        if shape is None or name in _NEVER_SENT or name.startswith("__") or name in operation.without:
            return None
        if operation.only is not None and name not in operation.only:
            return None
        inner = _shape_at(shape, operation.within) if operation.within else shape
        inner = inner.member if inner is not None and inner.type_name == "list" else inner
        prefix = f"{operation.within}." if operation.within else ""
        members = self.row.names.get(name, "")
        for member in filter(None, members.split("|")):
            if member.startswith("/") and _shape_at(shape, member[1:]) is not None:
                return member[1:]
            if not member.startswith("/") and _shape_at(inner, member) is not None:
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
            name for name in inputs if self._target(operation, self.cloud.shapes(self.row.service, operation.call)[0], name)
        ]
        return any(_present(inputs.get(name)) for name in names)

    def _touches(self, operation: Operation, changed: set[str], inputs: Props) -> bool:
        if operation.when:
            return bool(changed & set(operation.when))
        shape, _ = self.cloud.shapes(self.row.service, operation.call)
        fixed = set(operation.params)
        return any(self._target(operation, shape, name) not in (None, *fixed) for name in changed & set(inputs))

    def _create(self, sent: Props, tags: dict[str, str]) -> tuple[Props, bool]:
        operation = self.row.create
        shape, _ = self.cloud.shapes(self.row.service, operation.call)
        params = self.parameters(operation, self.prepared(sent), "", {})
        spec = self.row.spec
        tagged = False
        if tags and not self.row.untagged and shape is not None:
            member = tagging.member(shape)
            if spec and "TagSpecifications" in shape.members:
                pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
                params["TagSpecifications"] = [{"ResourceType": spec, "Tags": pairs}]
                tagged = True
            elif member is not None:
                params[member] = tagging.shaped(shape.members[member], tags)
                tagged = True
        return self.cloud.call(self.row.service, operation.call, params, self.region), tagged

    # What is there.

    def _given(self, inputs: Props) -> Props:
        """The inputs with the defaults of those that aren't given."""
        return {**self.facts.defaults, **{key: value for key, value in inputs.items() if value is not None}}

    def _look(self, id: str, inputs: Props, state: Props) -> Props | None:  # noqa: A002
        """All answers of the row's reads, flat, or None if it is gone."""
        seen: Props = {}
        for index, operation in enumerate(self.row.read):
            try:
                answer = self.run(operation, inputs, id, {**state, **seen})
            except AwsError as error:
                if not error.gone:
                    raise
                if index == 0:
                    return None
                continue
            taken = dig(answer, operation.take) if operation.take else answer
            scope = self.scope(inputs, id, {**state, **seen})
            taken = _picked(taken, template.fill(operation.match, scope))
            if operation.keep is not None:
                taken = {name: dig(taken, member) for name, member in operation.keep.items()}
            if index:
                seen |= taken if isinstance(taken, Mapping) else {}
                continue
            seen = self.answered(dict(taken), inputs) if isinstance(taken, Mapping) else {}
            if not seen:
                return None
        return seen

    def _look_quietly(self, id: str, inputs: Props, state: Props) -> Props:  # noqa: A002
        try:
            return self._look(id, inputs, state) or {}
        except AwsError:
            return {}

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

    def _drifted(self, inputs: Props, seen: Props) -> Props:
        kept = {*self.row.unread, *self.row.local, *_NEVER_SENT}
        return {
            name: value if name in kept or name.startswith("__") else shapes.overlay(value, self.seen(seen, name))
            for name, value in inputs.items()
        }

    def _imported(self, known: Props, seen: Props) -> Props:
        """The inputs that would make what was read: what isn't a default, nor AWS's own choice."""
        found: Props = {}
        for name in sorted(self.shape.inputs - _NEVER_SENT - set(self.row.unread)):
            value = self.shape.cast(name, shapes.from_api(self.seen(seen, name)))
            default = self.facts.defaults.get(name)
            identity = name in known or self.facts.forces_replacement(name) or not self.shape.computed(name)
            if value not in (None, "", [], {}) and not shapes.same(value, default) and identity:
                found[name] = value
        return {**known, **found}

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs: Props = {key: value for key, value in self.facts.defaults.items() if key in self.shape.outputs}
        for name in self.shape.outputs:
            value = self.shape.cast(name, shapes.from_api(self.seen(seen, name)))
            if value is not None:
                outputs[name] = value
            elif name in state and name not in inputs and name not in self.shape.inputs:
                outputs[name] = state[name]
        outputs |= {key: value for key, value in inputs.items() if value is not None and key != "__defaults"}
        scope = self.scope({**outputs}, id, {**state, **seen})
        for name, text in self.row.outputs.items():
            value = template.fill(text, scope)
            if value is not None:
                outputs[name] = self.shape.cast(name, value)
        if "region" in self.shape.outputs:
            outputs["region"] = self.region
        if "tagsAll" in self.shape.outputs:
            outputs["tagsAll"] = self.all_tags(inputs)
        outputs.pop("tags", None)
        if inputs.get("tags") is not None:
            outputs["tags"] = inputs["tags"]
        return {**outputs, "id": id, MARKER: EMULATED}

    # Tags.

    def all_tags(self, inputs: Props) -> dict[str, str]:
        """The provider's default tags with the resource's own over them; none where the type has no tags."""
        if "tags" not in self.shape.inputs:
            return {}
        return {**self.cloud.default_tags, **(inputs.get("tags") or {})}

    def _retag(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        before, after = state.get("tagsAll") or {}, self.all_tags(inputs)
        if before != after and self.row.tags is not None:
            self._tag(id, inputs, state, before, after)

    def _tag(self, id: str, inputs: Props, state: Props, before: Props, after: Props) -> None:  # noqa: A002
        if self.row.tags is None:
            return
        fixed = template.fill(self.row.tags.params, self.scope(inputs, id, state))
        gone = sorted(set(before) - set(after))
        if gone:
            shape, _ = self.cloud.shapes(self.row.service, self.row.tags.unset)
            params = self._fixed(shape, fixed) | tagging.removal(shape, gone)
            self.cloud.call(self.row.service, self.row.tags.unset, params, self.region)
        if after:
            shape, _ = self.cloud.shapes(self.row.service, self.row.tags.set)
            member = tagging.member(shape) or ""
            params = self._fixed(shape, fixed) | {member: tagging.shaped(shape.members[member], after)}
            self.cloud.call(self.row.service, self.row.tags.set, params, self.region)

    def _fixed(self, shape: Any, fixed: Props) -> Props:
        return {key: shapes.to_api(shape.members[key], value, []) for key, value in fixed.items()}

    def _listed(self, id: str, inputs: Props, seen: Props, state: Props) -> dict[str, str] | None:  # noqa: A002
        """The tags that are there, or None where the type has none or they can't be read."""
        tags = self.row.tags
        if tags is None or "tags" not in self.shape.inputs:
            return None
        if not tags.list:
            return tagging.found(seen, tags.take)
        shape, _ = self.cloud.shapes(self.row.service, tags.list)
        fixed = template.fill(tags.params, self.scope(inputs, id, {**state, **seen}))
        try:
            answer = self.cloud.call(self.row.service, tags.list, self._fixed(shape, fixed), self.region)
        except AwsError:
            return None
        return tagging.found(answer, tags.take)

    def _with_tags(self, inputs: Props, tags: dict[str, str]) -> Props:
        if tags == self.all_tags(inputs):
            return inputs
        own = inputs.get("tags") or {}
        defaults = self.cloud.default_tags
        kept = {key: value for key, value in tags.items() if key in own or defaults.get(key) != value}
        return {**inputs, "tags": kept} if kept or own else inputs


def _present(value: Any) -> bool:
    """Whether there is anything to set: no is a value, nothing and none aren't."""
    return value is False or bool(value)


def _picked(taken: Any, match: Props) -> Any:
    """The item of the list ``taken`` that has the members ``match``."""
    if not match or not isinstance(taken, list):
        return taken
    fits = (item for item in taken if all(dig(item, key) == value for key, value in match.items()))
    return next(fits, None)


def _wrapped(shape: Any, value: Any) -> Any:
    """``value`` with single structures put into the lists that ``shape`` wants."""
    if shape.type_name == "list":
        items = value if isinstance(value, list) else [value]
        return [_wrapped(shape.member, item) for item in items]
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {key: _wrapped(shape.members[key], item) for key, item in value.items()}
    return value


def _shape_at(shape: Any, path: str) -> Any:
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
