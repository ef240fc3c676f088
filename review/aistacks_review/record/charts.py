"""Charts that lie in the repository, rendered by real Helm where it is at hand: as a library, or on PATH."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
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


def rendered(
    chart: str, name: str, namespace: str, values: dict[str, Any], *, definitions: bool = True
) -> list[Object]:
    """The objects that a release ``name`` of the local ``chart`` would make, hooks left out.

    ``definitions``: those of its ``crds`` folder, too. Raises ``UnreadError`` where Helm isn't here or refuses.
    """
    if find_spec(_LIBRARY):
        texts = _by_library(chart, name, namespace, values, definitions)
    elif command := shutil.which("helm"):
        texts = _by_command(command, chart, name, namespace, values, definitions)
    else:
        raise UnreadError("it takes Helm to render it: helm on PATH, or the package helm-python-sdk")
    found = [one for text in texts for one in documents(text)]
    return [one for one in found if _HOOK not in ((one.get("metadata") or {}).get("annotations") or {})]


def _by_library(chart: str, name: str, namespace: str, values: dict[str, Any], definitions: bool) -> list[str]:
    helm = import_module(_LIBRARY)
    try:
        with helm.Chart.load(chart) as loaded:
            made = loaded.render(values, name=name, namespace=namespace or "default")
            crds = [crd.get("data") or crd.get("content") or "" for crd in loaded.crds] if definitions else []
    except helm.HelmError as error:
        raise UnreadError(f"Helm refuses it: {' '.join(str(error).split())[:200]}") from None
    return [*crds, *(text for path, text in sorted(made.items()) if not path.endswith("NOTES.txt"))]


def _by_command(
    command: str, chart: str, name: str, namespace: str, values: dict[str, Any], definitions: bool
) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="aistacks-helm-") as own:
        file = Path(own, "values.json")
        file.write_text(json.dumps(values))
        argv = [command, "template", name, chart, "--namespace", namespace or "default", "--values", str(file)]
        argv += ["--no-hooks", *(["--include-crds"] if definitions else [])]
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
