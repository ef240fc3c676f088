"""Charts that lie in the repository, rendered by real Helm where it is at hand: as a library, or on PATH."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .manifests import Object, UnreadError, documents

_LIBRARY = "helm_python"
_SECONDS = 60
_HOOK = "helm.sh/hook"


def is_local(chart: Any) -> bool:
    """Whether ``chart`` names a folder or archive that is here."""
    return isinstance(chart, str) and bool(chart) and "://" not in chart and Path(chart).exists()


@dataclass(frozen=True)
class Capabilities:
    """What a chart is told of the cluster. ``kubernetes``: its version; empty: Helm's own. ``versions``: its APIs."""

    kubernetes: str = ""
    versions: tuple[str, ...] = ()


def rendered(
    chart: str,
    name: str,
    namespace: str,
    values: dict[str, Any],
    *,
    definitions: bool = True,
    hooks: bool = False,
    tests: bool = False,
    capabilities: Capabilities = Capabilities(),
) -> list[Object]:
    """The objects that a release ``name`` of the local ``chart`` would make.

    ``definitions``: those of its ``crds`` folder, too. ``hooks``: what only runs at some time as well, ``tests``: its
    tests among these. Raises ``UnreadError`` where Helm isn't here or refuses.
    """
    if find_spec(_LIBRARY):
        texts = _by_library(chart, name, namespace, values, definitions, capabilities)
    elif command := shutil.which("helm"):
        texts = _by_command(command, chart, name, namespace, values, definitions, capabilities)
    else:
        raise UnreadError("it takes Helm to render it: helm on PATH, or the package helm-python-sdk")
    found = [one for text in texts for one in documents(text)]
    return [one for one in found if not (hook := _hook(one)) or (hooks and ("test" not in hook or tests))]


def _hook(one: Object) -> str:
    """When Helm makes the object, if that isn't with the others; else empty."""
    return str(((one.get("metadata") or {}).get("annotations") or {}).get(_HOOK) or "")


def _by_library(
    chart: str, name: str, namespace: str, values: dict[str, Any], definitions: bool, capabilities: Capabilities
) -> list[str]:
    helm = import_module(_LIBRARY)
    try:
        with helm.Chart.load(chart) as loaded:
            options: dict[str, Any] = {"name": name, "namespace": namespace or "default"}
            if capabilities.kubernetes:
                options["kube_version"] = capabilities.kubernetes
            if capabilities.versions:
                options["api_versions"] = list(capabilities.versions)
            # `Chart.render` of 0.2.2 passes on neither of the two last ones, which Helm's own function takes.
            native = import_module(f"{_LIBRARY}._native")
            made = json.loads(native.call_string("helm_render", loaded._raw(), json.dumps(values), json.dumps(options)))
            crds = [crd.get("data") or crd.get("content") or "" for crd in loaded.crds] if definitions else []
    except helm.HelmError as error:
        raise UnreadError(f"Helm refuses it: {' '.join(str(error).split())[:200]}") from None
    return [*crds, *(text for path, text in sorted(made.items()) if not path.endswith("NOTES.txt"))]


def _by_command(
    command: str,
    chart: str,
    name: str,
    namespace: str,
    values: dict[str, Any],
    definitions: bool,
    capabilities: Capabilities,
) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="aistacks-helm-") as own:
        file = Path(own, "values.json")
        file.write_text(json.dumps(values))
        argv = [command, "template", name, chart, "--namespace", namespace or "default", "--values", str(file)]
        argv += ["--include-crds"] if definitions else []
        argv += ["--kube-version", capabilities.kubernetes] if capabilities.kubernetes else []
        argv += [word for version in capabilities.versions for word in ("--api-versions", version)]
        env = {"PATH": os.environ.get("PATH", ""), **dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), own)}
        try:
            done = subprocess.run(
                argv, capture_output=True, text=True, env=env, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnreadError(f"Helm fails: {error}") from None
    if done.returncode:
        raise UnreadError(f"Helm refuses it: {' '.join(done.stderr.split())[:200]}")
    return [done.stdout]
