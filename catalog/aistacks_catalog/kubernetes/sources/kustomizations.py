"""Kustomizations that lie in the repository, built by kustomize or kubectl where one of them is on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .manifests import Object, UnreadError, documents

_SECONDS = 60
_COMMANDS = (("kustomize", "build"), ("kubectl", "kustomize"))


def rendered(folder: str, *, anywhere: bool = False) -> list[Object]:
    """The objects of the kustomization in ``folder``, a path from here.

    ``anywhere``: it may read files above its folder.

    Raises ``UnreadError`` where it isn't here, refers to the network, is refused, or nothing is here that builds it.
    """
    if "://" in folder or not Path(folder).is_dir():
        raise UnreadError(f"{folder} is no folder here")
    command = next(([found, verb] for name, verb in _COMMANDS if (found := shutil.which(name))), None)
    if command is None:
        raise UnreadError(f"it takes kustomize or kubectl on PATH to build {folder}")
    command += ["--load-restrictor", "LoadRestrictionsNone"] if anywhere else []
    with tempfile.TemporaryDirectory(prefix="aistacks-kustomize-") as own:
        # Without HOME and a way out it reads no kubeconfig and fetches no remote base.
        env = {"PATH": os.environ.get("PATH", ""), "HOME": own, "GIT_TERMINAL_PROMPT": "0", **_nowhere()}
        try:
            done = subprocess.run(
                [*command, folder],
                capture_output=True,
                text=True,
                env=env,
                timeout=_SECONDS,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnreadError(f"kustomize fails: {error}") from None
    if done.returncode:
        raise UnreadError(f"kustomize refuses it: {' '.join(done.stderr.split())[:200]}")
    return documents(done.stdout)


def _nowhere() -> dict[str, str]:
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    return {**proxies, "GIT_ALLOW_PROTOCOL": "file", "KUBECONFIG": os.devnull}
