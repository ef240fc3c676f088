"""Functions (data sources) that programs call: one module a group, found by their token."""

from __future__ import annotations

from collections.abc import Callable

from aistacks_catalog.aws.types.sdk import typed_answer
from aistacks_core.property_values import Props
from aistacks_sandbox.providers.failures import ProviderError

from ..cloud import Cloud

Function = Callable[[Props, Cloud], Props]


def invoke(token: str, args: Props, cloud: Cloud) -> Props:
    """The answer of the function ``token``. Raises ``ProviderError`` if the sandbox doesn't know it."""
    # Each of these imports what it needs of boto3 when it is called.
    from . import documents, lookups, network, things

    known: dict[str, Function] = {
        **documents.FUNCTIONS,
        **lookups.FUNCTIONS,
        **network.FUNCTIONS,
        **things.FUNCTIONS,
    }
    short = token.split(":")[1] if token.count(":") == 2 else token
    function = known.get(short)
    if function is None:
        raise ProviderError(
            f"{token}: the sandbox's aws provider doesn't answer this function; state what it answers in the stack's"
            f" settings, as `plan: answers: {token}: {{…}}` of the project"
        )
    return typed_answer(token, function({key: value for key, value in args.items() if value is not None}, cloud))
