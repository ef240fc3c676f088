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
from ._deletions import Deletions
from ._iam import fitted
from ._kubernetes.cluster import kubernetes_options
from .errors import UserError


class _ValidError(Exception):
    """Ends a constructor that was run for validation only."""


class Component(pulumi.ComponentResource):
    """Registers as ``aistacks:index:<class>``, enforces its children's name prefix, and registers annotated outputs.

    A subclass checks its arguments first (``checked``), then calls ``super().__init__(name, opts)``, creates its
    children with ``parent=self``, and sets an attribute for every output that its class annotates. When its constructor
    returns, these are registered under their names in the package schema. A ``UserError`` raised anywhere in it
    reaches the engine as one line.

    A component with Kubernetes objects passes its ``kubeconfig`` argument on. If set, the children are created in that
    cluster through a provider that the component creates; otherwise through ``opts.provider``.

    A component whose children are guarded (``protect``, ``retain_on_delete``) passes its ``deletion_allowed`` argument
    on; what it names is created, or updated, without its guards.

    A component with children of IAM passes its arguments on as ``iam``, for their permissions boundary and path.
    """

    def __init__(
        self,
        name: str,
        opts: pulumi.ResourceOptions | None = None,
        kubeconfig: pulumi.Input[str] | None = None,
        deletion_allowed: Mapping[str, str] | None = None,
        iam: Mapping[str, Any] | None = None,
    ) -> None:
        self._deletions = Deletions(f"{type(self).__name__} {name!r}", deletion_allowed or {})
        self._iam = iam or {}
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
        """Raise ``UserError`` for arguments that the constructor rejects. Registers no resource.

        Runs the constructor up to its call of ``super().__init__``; checks that follow it don't run.
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
                # Raised by a package that doesn't import Pulumi. Only a RunError reaches the user without a traceback.
                raise UserError(error.where, error.got, error.expected, error.todo) from None
            if type(self) is cls:
                self.register_outputs({camel_case(key): getattr(self, key) for key in output_names(cls)})
                self._deletions.require_met()

        cls.__init__ = constructed  # type: ignore[method-assign]

    def _adjust_child(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.resource is self:
            return None
        _require_prefix(args)
        child = fitted(self._deletions.lowered(args), self._iam)
        if args.type_.startswith("kubernetes:"):
            return pulumi.ResourceTransformationResult(child.props, kubernetes_options(child, self._cluster_provider))
        return None if child is args else pulumi.ResourceTransformationResult(child.props, child.opts)


def _require_prefix(args: pulumi.ResourceTransformationArgs) -> None:
    """Raise ``ValueError`` for a child whose name lacks its parent's as prefix: two components' children would
    collide."""
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
    """The ``TypedDict`` of the component's arguments."""
    found: type = inspect.signature(component.__init__).parameters["args"].annotation
    return found


def defaults(component: type[Component]) -> Mapping[str, object]:
    """The default of each optional argument of ``component``; computed defaults are not included."""
    found: Mapping[str, object] = vars(sys.modules[component.__module__])["_DEFAULTS"]
    return found


def camel_case(name: str) -> str:
    """Convert ``bucket_names`` to ``bucketNames``, as the package schema spells it."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
