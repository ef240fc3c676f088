"""Locked Python environments made on demand: reached by subprocess and HTTP, never imported."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aistacks_core.errors import UserError

from . import cache, console

_OLDEST = (3, 11)
_NEWEST: Mapping[str, tuple[int, int]] = {"models": (3, 13), "tensorflow": (3, 13), "triton": (3, 12)}
"""The newest Python that each environment's lock has wheels for."""
_EMBEDDED = frozenset({"triton"})
"""Environments whose programs embed Python, and so need its shared library."""
_MEGABYTES: Mapping[str, int] = {"models": 5200, "tensorflow": 1500, "triton": 310}
_MARKER = "ready.json"
_PROBE = """
import ctypes, json, os, sys, sysconfig
version = "%d.%d" % sys.version_info[:2]
file = f"libpython{version}.so.1.0"
folder = sysconfig.get_config_var("LIBDIR") or ""
try:
    ctypes.CDLL(file)
    shared = True
except OSError:
    shared = os.path.exists(os.path.join(folder, file))
print(json.dumps({"version": version, "shared": shared, "library_folder": folder}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python found on this machine.

    ``shared``: whether programs can embed it. ``library_folder``: where its shared library may lie, besides
    the places where the system's loader looks.
    """

    path: Path
    version: str
    shared: bool
    library_folder: str


@dataclass(frozen=True)
class PythonEnv:
    """An environment that is whole.

    Only ``python`` may be called: the scripts beside it name the folder in which they were made, now gone.
    """

    name: str
    folder: Path
    version: str
    """For example ``3.11``."""
    library_folder: str
    """Where the shared library of its Python lies."""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Where its packages lie."""
        return self.folder / "lib" / f"python{self.version}" / "site-packages"


def ensure(name: str) -> PythonEnv:
    """The environment ``name`` (``models``, ``tensorflow`` or ``triton``), made first where it is absent or broken.

    Takes milliseconds when it is there. Raises UserError when no fitting Python or no lock file is found, or
    when pip fails.
    """
    lock = lock_file(name)
    interpreter = find_interpreter(name)
    key = hashlib.sha256(lock.read_bytes() + interpreter.version.encode()).hexdigest()[:16]
    folder = cache.folder() / "envs" / f"{name}-{key}"
    env = PythonEnv(name, folder, interpreter.version, interpreter.library_folder)
    if is_whole(env):
        return env
    with cache.locked(folder.name):
        if not is_whole(env):  # the command that held the lock may have made it
            size = _MEGABYTES[name]
            with console.phase(f"Making the {name} environment ({size} MB, about a minute, cached afterwards)"):
                cache.require_free(2 * size / 1024, f"the {name} environment")
                _make(env, interpreter, lock)
    return env


def is_whole(env: PythonEnv) -> bool:
    """Whether it was finished once and has lost, gained or resized no file since. Makes nothing."""
    try:
        marker = json.loads((env.folder / _MARKER).read_text())
    except (OSError, ValueError):
        return False
    return env.python.exists() and bool(marker == _measure(env))


def lock_file(name: str) -> Path:
    """The lock of that environment: in the repository, or in the installed package."""
    package = Path(__file__).resolve().parent
    for folder in (package.parents[1] / "locks", package / "locks"):
        if (folder / f"{name}.txt").is_file():
            return folder / f"{name}.txt"
    raise UserError(f"locks/{name}.txt", "no such file", "the lock of that environment", "Restore it.")


def find_interpreter(name: str) -> Interpreter:
    """The Python for environment ``name``: the running one if it fits, else the newest on PATH that does."""
    newest = _NEWEST[name]
    minors = range(newest[1], _OLDEST[1] - 1, -1)
    wanted = {f"3.{minor}" for minor in minors}
    candidates = [sys.executable, *filter(None, (shutil.which(f"python3.{minor}") for minor in minors))]
    refused = []
    for candidate in candidates:
        found = _probe(candidate)
        if found and found.version in wanted and (found.shared or name not in _EMBEDDED):
            return found
        if found:
            lacks = "" if found.version not in wanted else f" without libpython{found.version}.so.1.0"
            refused.append(f"Python {found.version}{lacks}")
    bounds = f"Python {_OLDEST[0]}.{_OLDEST[1]} to {newest[0]}.{newest[1]} on PATH"
    shared = ", with its shared library" if name in _EMBEDDED else ""
    raise UserError(
        f"the {name} environment",
        ", ".join(dict.fromkeys(refused)) or "no Python",
        bounds + shared,
        f"Install one (Debian, Ubuntu: apt install python3.{newest[1]}-venv libpython3.{newest[1]}).",
    )


def _probe(path: str) -> Interpreter | None:
    try:
        done = subprocess.run([path, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=30)
        facts = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None  # a version manager's shim without a version behind it, or a broken installation
    return Interpreter(Path(path), facts["version"], facts["shared"], facts["library_folder"])


def _make(env: PythonEnv, interpreter: Interpreter, lock: Path) -> None:
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--only-binary=:all:")
    with cache.scratch(env.name) as scratch:
        draft = PythonEnv(env.name, scratch / "env", env.version, env.library_folder)
        _call(env.name, interpreter.path, "-m", "venv", draft.folder)
        # The lock is the whole set already; without --no-deps pip would ask for what locks/*.in override.
        install = (*options, "--no-deps", "--require-hashes", "-r", lock)
        _call(env.name, draft.python, "-m", "pip", "install", *install)
        (draft.folder / _MARKER).write_text(json.dumps(_measure(draft)))
        shutil.rmtree(env.folder, ignore_errors=True)
        env.folder.parent.mkdir(exist_ok=True)
        draft.folder.rename(env.folder)


def _call(name: str, *words: str | Path) -> None:
    # A PYTHONPATH or a virtual environment of the caller's must not reach into this one.
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=clean)
    if done.returncode:
        lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines or ["nothing said"]
        raise UserError(
            f"the {name} environment",
            errors[-1],
            f"{words[2]} to succeed",
            "Look at the network, the package index and the free disk space, then run it again.",
        )


def _measure(env: PythonEnv) -> dict[str, int]:
    """Files and bytes of its packages, without what Python compiles by itself."""
    files = size = 0
    for folder, _, names in os.walk(env.site_packages):
        if folder.endswith("__pycache__"):
            continue
        files += len(names)
        size += sum((Path(folder) / name).lstat().st_size for name in names)
    return {"files": files, "bytes": size}
