"""Constructs components for the engine; errors name arguments in camelCase, as the caller spells them."""

import inspect
from typing import Any

import pulumi
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.provider import ConstructResult

import aistacks_core.errors

from .arguments import in_camel_case, names_of, to_python
from .schema import polished


class CallerError(Exception):
    """A mistake in the caller's arguments: one line that names them in camelCase."""


class Provider(ComponentProvider):
    """The components of ``components``, by class name.

    Arguments reach the component with only their names converted, so that its own validation reports unknown keys and
    wrong types with the same message in every language.
    """

    def __init__(self, components: list[type[pulumi.ComponentResource]], name: str, version: str) -> None:
        super().__init__(components, name, version=version)
        self._args_types = {c.__name__: inspect.signature(c).parameters["args"].annotation for c in components}
        self._names = set[str]().union(*(names_of(kind) for kind in self._args_types.values()))
        self.schema = polished(str(self.schema), self._names)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Create the component ``name``. Raises ``CallerError``."""
        component = self._component_of(resource_type)
        try:
            args = to_python(f"{component} {name!r}", inputs, self._args_types[component])
            made: Any = self._components[component](name, args, options)  # type: ignore[arg-type]
        except aistacks_core.errors.UserError as error:
            raise self.caller_error(error) from None
        return ConstructResult(made.urn, self.get_state(made, self._component_defs[component]))

    def caller_error(self, error: aistacks_core.errors.UserError) -> CallerError:
        """``error`` with the arguments' names as in the schema."""
        return CallerError(in_camel_case(str(error), self._names))

    def _component_of(self, resource_type: str) -> str:
        self.validate_resource_type(self._name, resource_type)
        component = resource_type.rsplit(":", 1)[1]
        if component not in self._components:
            raise CallerError(f"{resource_type}: got no such component; expected one of {', '.join(self._components)}")
        return component
