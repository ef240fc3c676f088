"""With which Python, and whose packages, the program of an operation runs."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from aistacks_core import cache
from aistacks_core.environments import OLDEST, Environment

_MODULE = "aistacks_sandbox.engine.program"
_OURS = ("aistacks_core", "aistacks_catalog", "aistacks_sandbox")
"""What the child needs of us, in whatever Python; of others, only what Pulumi's SDK has with it."""


@dataclass(frozen=True)
class Child:
    """How the child is started. ``site_packages``: a folder of packages that go before ours; empty: none."""

    command: list[str]
    variables: dict[str, str]
    site_packages: str = ""
    note: str = ""
    """What a reader should know of it."""


def of(environment: Environment | None, unusable: str = "") -> Child:
    """The program's own ``environment`` if it has one and can; else ours, with the packages of that.

    ``unusable``: why it can't, where that has been tried.
    """
    if environment is None:
        return Child([sys.executable, "-m", _MODULE], {})
    path = f"{environment.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # Bytecode is kept elsewhere: an environment is only read.
    kept = str(cache.folder() / "bytecode")
    variables = {"VIRTUAL_ENV": str(environment.folder), "PATH": path, "PYTHONPYCACHEPREFIX": kept}
    if environment.version < OLDEST:
        unusable = f"its Python is older than {OLDEST[0]}.{OLDEST[1]}"
    if not unusable and not environment.starts():
        unusable = "its Python can't be run on this machine"
    if not unusable:
        note = f"the program runs in its own environment: {environment.shown}"
        return Child(environment.command(_OURS, _MODULE), variables, note=note)
    return Child(
        [sys.executable, "-m", _MODULE],
        variables,
        str(environment.site_packages),
        f"the program runs with the packages of {environment.shown}, but with our own Python: {unusable}",
    )
