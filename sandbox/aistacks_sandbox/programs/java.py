"""Java, which TorchServe's front end runs on. It is found, never got."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from aistacks_core.errors import UserError

from .obtain import Program

OLDEST = 17
INSTALL = "https://adoptium.net/installation/ (Debian, Ubuntu: apt install openjdk-17-jre-headless)"


def find() -> Program | None:
    """The Java of ``JAVA_HOME``, else the one on PATH, if it is new enough."""
    home = os.environ.get("JAVA_HOME")
    in_java_home = Path(home, "bin", "java") if home else None
    where = str(in_java_home) if in_java_home and in_java_home.is_file() else shutil.which("java")
    version = _version(where) if where else None
    if where is None or version is None or int(version.split(".")[0]) < OLDEST:
        return None
    return Program("java", Path(where), version, "JAVA_HOME" if in_java_home and where == str(in_java_home) else "PATH")


def require() -> Program:
    """The same, but raises UserError when there is none."""
    if found := find():
        return found
    raise UserError(
        "java", "none that is new enough, neither JAVA_HOME nor on PATH", f"Java {OLDEST}", f"Get it: {INSTALL}"
    )


def _version(command: str) -> str | None:
    try:
        done = subprocess.run([command, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(\d[\d.]*)', done.stderr + done.stdout)
    return match.group(1).rstrip(".") if match else None
