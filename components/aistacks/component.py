"""The base class of every component."""

import functools
import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

import aistacks_core.errors

from ._arguments import only_validate
from ._kubernetes.cluster import kubernetes_options
from .errors import UserError


class _ValidError(Exception):
    """The arguments are right, and nothing more was wanted."""


class Component(pulumi.ComponentResource):
    """Registers as ``aistacks:index:<class>``, holds its children to its name, and registers its annotated outputs.

    A subclass checks its arguments first (``checked``), then calls ``super().__init__(name, opts)``, makes its
    children with ``parent=self``, and sets an attribute for every output that its class annotates. When its constructor
    ends, these are registered under the names that the package schema gives them. A ``UserError`` raised anywhere
    below reaches the engine as one line.

    A component of Kubernetes objects hands its ``kubeconfig`` argument on: where it is given, the children go to that
    cluster, by a provider of the component's own; else to that of ``opts.provider``.
    """

    def __init__(
        self,
        name: str,
        opts: pulumi.ResourceOptions | None = None,
        kubeconfig: pulumi.Input[str] | None = None,
    ) -> None:
        self._cluster_provider: kubernetes.Provider | None = None
        if kubeconfig is not None and _gives_a_cluster(opts):
            where = f"{type(self).__name__} {name!r}: kubeconfig"
            raise UserError(where, "a Kubernetes provider in opts, too", "one of the two", "Leave one of them out.")
        if only_validate.get():
            raise _ValidError
        guard = pulumi.ResourceOptions(transformations=[self._adjust_child])
        super().__init__(f"aistacks:index:{type(self).__name__}", name, {}, pulumi.ResourceOptions.merge(opts, guard))
        if kubeconfig is not None:
            self._cluster_provider = kubernetes.Provider(
                f"{name}-cluster", kubeconfig=kubeconfig, opts=pulumi.ResourceOptions(parent=self)
            )

    @classmethod
    def validate(cls, name: str, args: Any, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raise ``UserError`` for arguments that the constructor refuses, and make nothing.

        Runs the constructor up to its call of this class's, so what a subclass checks after that isn't checked.
        """
        token = only_validate.set(True)
        try:
            constructor: Any = cls
            constructor(name, args, opts)
        except _ValidError:
            return
        finally:
            only_validate.reset(token)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        construct = cls.__init__

        @functools.wraps(construct)
        def constructed(self: Component, *args: Any, **options: Any) -> None:
            try:
                construct(self, *args, **options)
            except UserError:
                raise
            except aistacks_core.errors.UserError as error:
                # From a package without Pulumi: the engine shows no traceback for a RunError only.
                raise UserError(error.where, error.got, error.expected, error.todo) from None
            if type(self) is cls:
                self.register_outputs({camel_case(key): getattr(self, key) for key in output_names(cls)})

        cls.__init__ = constructed  # type: ignore[method-assign]

    def _adjust_child(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.resource is self:
            return None
        _require_prefix(args)
        if not args.type_.startswith("kubernetes:"):
            return None
        return pulumi.ResourceTransformationResult(args.props, kubernetes_options(args, self._cluster_provider))


def _require_prefix(args: pulumi.ResourceTransformationArgs) -> None:
    """Refuse a child whose name doesn't begin with its parent's: two components could then make the same one."""
    parent = args.opts.parent
    if parent is None:
        return
    expected = parent._name
    if args.name != expected and not args.name.startswith(f"{expected}-"):
        raise ValueError(
            f"{args.type_} {args.name!r}: expected {expected!r} or {expected + '-…'!r}, its parent's name first"
        )


def _gives_a_cluster(opts: pulumi.ResourceOptions | None) -> bool:
    if opts is None:
        return False
    given = opts.providers or []
    several = given.values() if isinstance(given, Mapping) else given if isinstance(given, Sequence) else [given]
    return any(provider is not None and provider.package == "kubernetes" for provider in [opts.provider, *several])


def output_names(component: type) -> list[str]:
    """The outputs that ``component`` annotates, in order."""
    return [key for key in inspect.get_annotations(component) if not key.startswith("_")]


def args_type(component: type[Component]) -> type:
    """The ``TypedDict`` of what ``component`` takes."""
    found: type = inspect.signature(component.__init__).parameters["args"].annotation
    return found


def defaults(component: type[Component]) -> Mapping[str, object]:
    """What ``component`` has for arguments that are left out; one whose default is computed isn't among them."""
    found: Mapping[str, object] = vars(sys.modules[component.__module__])["_DEFAULTS"]
    return found


def camel_case(name: str) -> str:
    """``bucket_names`` as the package schema has it: ``bucketNames``."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
