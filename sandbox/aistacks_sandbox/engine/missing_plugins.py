"""Providers and other stacks that a program needs and nobody has here, each told in one line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aistacks_core.errors import UserError

# As sdk/go/common/workspace/plugins.go of pulumi 3.259 words it (read 2026-11-30).
_MISSING = re.compile(r"no resource plugin 'pulumi-resource-([\w.-]+?)' found")
# As pkg/backend/backend.go of pulumi 3.259 words it (read 2026-11-30).
_UNKNOWN_STACK = re.compile(r'unknown stack "([^"]+)"')
_SHOWN = 3


def told(messages: Iterable[str], declared: Iterable[tuple[str, str]], program: str) -> list[str]:
    """A line for each provider that ``messages`` say is missing, with the resources that asked for it."""
    packages = dict.fromkeys(name for message in messages for name in _MISSING.findall(message))
    return [_line(package, list(declared), program) for package in packages]


def _line(package: str, declared: list[tuple[str, str]], program: str) -> str:
    wanting = [f'{kind} "{name}"' for kind, name in declared if kind.split(":")[0] == package]
    more = f" and {len(wanting) - _SHOWN} more" if len(wanting) > _SHOWN else ""
    got = f"{', '.join(wanting[:_SHOWN])}{more}" if wanting else f"a resource or function of {package}"
    return str(
        UserError(
            program,
            f"{got}, of the provider {package}, which the sandbox doesn't have",
            "resources of aws, kubernetes, random, tls, command, archive and null",
            f"Put its plugin (pulumi-resource-{package}) on PATH, which then works as it does outside, or leave"
            f" what needs it out in the sandbox.",
        )
    )


def stacks_told(messages: Iterable[str], program: str) -> list[str]:
    """A line for each stack that ``messages`` say isn't here."""
    names = dict.fromkeys(name for message in messages for name in _UNKNOWN_STACK.findall(message))
    return [
        str(
            UserError(
                program,
                f"a reference to the stack {name.removeprefix('organization/')}",
                "a stack that came up in this sandbox, or outputs that the settings state",
                "State them under `plan: answers: pulumi:pulumi:StackReference: {<stack>: {<output>: <value>}}`.",
            )
        )
        for name in names
    ]
