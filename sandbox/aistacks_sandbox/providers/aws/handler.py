"""Creates, reads, changes and deletes one resource as its row says. Overrides derive from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.types.equality import same
from aistacks_catalog.aws.types.words import dig
from aistacks_core.property_values import Props

from ..failures import PartialFailure, ProviderError
from ..provider import EMULATED, MARKER, Created, Found
from . import shapes, tagging, template
from .calls import NEVER_SENT, picked, present
from .cloud import AwsError
from .tags import Tags

# A bug of ours must not lose what exists already.
_AFTER_CREATION = (ProviderError, LookupError, TypeError, ValueError, AttributeError, OSError)


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, ProviderError) else f"{type(error).__name__}: {error}"


class Handler(Tags):
    """One type in one region. Methods ``prepared``, ``answered`` and ``cleared`` are there to be overridden."""

    # What an override may change.

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
        id = template.first(self.row.id, self.scope(sent, answer=answer))  # noqa: A001
        if id is None:
            raise ProviderError(f"{self.row.create.call} gave no id: expected {self.row.id}")
        try:
            for operation in self.row.then:
                if self._wanted(operation, sent):
                    self.run(operation, sent, id, answer)
            if tags and not tagged:
                self._tag(id, sent, answer, {}, tags)
            self.settled(id, inputs, {})
            return Created(id, self._outputs(id, inputs, self._look(id, inputs, answer) or {}, answer))
        except _AFTER_CREATION as error:
            outputs = self._outputs(id, inputs, self._look_quietly(id, inputs, answer), answer)
            raise PartialFailure(_told(error), id, outputs, inputs) from error

    def read(self, id: str, inputs: Props, state: Props) -> Found | None:  # noqa: A002
        """What is there now; with empty ``inputs``, everything that an import needs.

        Without ``state`` it was taken up after an interrupted creation: of ``inputs`` counts what is seen to be set.
        """
        imported = not inputs
        known = dict(template.unfill(self.row.id, id)) if imported else inputs
        seen = self._look(id, known, state)
        if seen is None:
            return None
        current = self._imported(known, seen) if imported else self._drifted(inputs, seen)
        if not (imported or state):
            current = {name: value for name, value in current.items() if self._is_set(name, seen)}
        tags = self._listed(id, known, seen, state)
        if tags is not None and ("tags" in self.shape.inputs):
            current = self._with_tags(current, tags)
        return Found(id, current, self._outputs(id, current, seen, state))

    def update(self, id: str, old: Props, state: Props, new: Props) -> Props:  # noqa: A002
        """Change what differs. Raises ``AwsError``, or ``PartialFailure`` after a change was made."""
        before, after = self._given(old), self._given(new)
        changed = {key for key in {*before, *after} - NEVER_SENT if not same(before.get(key), after.get(key))}
        done = False
        try:
            for operation in [*self.row.update, *self.row.then]:
                if not self._touches(operation, changed, before | after):
                    continue
                gone = operation.undo and not any(present(after.get(name)) for name in operation.when)
                self.run(operation, after, id, state, undo=bool(gone))
                done = True
            self._retag(id, after, state)
            self.settled(id, new, state)
            return self._outputs(id, new, self._look(id, new, state) or {}, state)
        except AwsError as error:
            if not done:
                raise
            outputs = self._outputs(id, new, self._look_quietly(id, new, state), state)
            raise PartialFailure(_told(error), id, outputs, new) from error

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
            taken = picked(taken, template.fill(operation.match, scope))
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

    def valued(self, answer: Props, name: str) -> Any:
        """The property ``name`` of an answer, as Pulumi shows it, or None."""
        value = self.seen(answer, name)
        output = self.shape.outputs.get(name)
        if output is not None and output.kind == "map":
            value = shapes.as_map(value)
            value = shapes.Keyed(value) if isinstance(value, dict) else value
        return shapes.from_api(value, shapes.reverse(self.row.nested))

    def _drifted(self, inputs: Props, seen: Props) -> Props:
        kept = {*self.row.unread, *self.row.local, *NEVER_SENT}
        found: Props = {}
        for name, value in inputs.items():
            found[name] = value
            if name not in kept and not name.startswith("__"):
                there = shapes.overlay(value, self.seen(seen, name), self.row.nested)
                found[name] = value if there == value else self.shape.cast(name, there)
        return found

    def _is_set(self, name: str, seen: Props) -> bool:
        """Whether an interrupted creation is known to have set the property: alone what replaces it is always set."""
        if name.startswith("__") or name in self.row.local or name in NEVER_SENT or self.facts.forces_replacement(name):
            return True
        return self.seen(seen, name) is not None

    def _imported(self, known: Props, seen: Props) -> Props:
        """The inputs that would make what was read: what isn't a default, nor AWS's own choice."""
        found: Props = {}
        for name in sorted(self.shape.inputs - NEVER_SENT - set(self.row.unread)):
            value = self.shape.cast(name, self.valued(seen, name))
            default = self.facts.defaults.get(name)
            identity = name in known or self.facts.forces_replacement(name) or not self.shape.computed(name)
            if value not in (None, "", [], {}) and not same(value, default) and identity:
                found[name] = value
        return {**known, **found}

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs: Props = {key: value for key, value in self.facts.defaults.items() if key in self.shape.outputs}
        for name in self.shape.outputs:
            value = self.shape.cast(name, self.valued(seen, name))
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
        typed = {name: self.shape.cast(name, value, whole=True) for name, value in outputs.items()}
        return {**typed, "id": id, MARKER: EMULATED}
