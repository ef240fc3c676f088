"""A resource's tags: set, changed and read apart from it, on top of the provider's default tags."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props

from . import shapes, tagging, template
from .calls import Calls
from .cloud import AwsError


class Tags(Calls):
    """The tags of one type."""

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
        known = {name: self.seen(seen, name) for name in self.shape.outputs}
        scope = self.scope(inputs, id, {**known, **{k: v for k, v in state.items() if v is not None}})
        fixed = template.fill(tags.params, scope)
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
