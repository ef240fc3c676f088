"""Go, where it is at hand: builds from pinned modules, and files out of modules."""

import json
import os
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from aistacks_core import cache, console
from aistacks_core.errors import UserError

from .facts import Definitions, Facts, GoBuild, Unpacked

INSTALL = "https://go.dev/doc/install"
_LOG_LINES = 6
_NOTE_EVERY = 30
_CACHE_VARIABLES = ("GOCACHE", "GOMODCACHE")
_CACHES = "go-build"
"""The cache's folder for what builds leave, on a machine that has no Go caches yet."""
_DEFINITIONS = "go-modules"
"""Likewise for modules out of which files are read at each start."""


class NoGoError(Exception):
    """Why Go can't be used here, in one line."""


def path() -> Path | None:
    """The Go command on PATH, or where its installer puts it."""
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    return Path(found) if found else None


def version() -> str | None:
    """Its version, for example "1.26.8"; None where there is no working Go."""
    return _facts_of_go().get("GOVERSION", "").removeprefix("go").split(" ")[0] or None


def require(oldest: str, *, may_switch: bool = False) -> Path:
    """The Go command. Raises NoGoError where it is missing or can't become as new as ``oldest``.

    ``may_switch``: it is told to get the newer one, whatever its own settings are.
    """
    command, have = path(), version()
    if command is None or have is None:
        raise NoGoError(f"no Go {oldest} or newer on PATH")
    # A toolchain that may switch gets the newer one by itself, as the module asks for it.
    local = not may_switch and _facts_of_go().get("GOTOOLCHAIN", "") == "local"
    if _numbers(have) < _numbers(oldest) and local:
        raise NoGoError(f"Go {have} on PATH is older than {oldest}")
    return command


def build(facts: Facts, recipe: GoBuild, into: Path) -> Path:
    """Build the program into the folder ``into``; its path.

    Raises NoGoError, or UserError with the compiler's last lines and the whole log's path when the build
    fails.
    """
    command = require(recipe.toolchain or recipe.oldest_go, may_switch=bool(recipe.toolchain))
    env = _environment_with_caches(_CACHES)
    if recipe.toolchain:
        env["GOTOOLCHAIN"] = recipe.toolchain
    places = [Path(env[key]) for key in _CACHE_VARIABLES if key in env]
    cache.require_free(recipe.disk_gib, f"building {facts.program}", cache.folder(), *places)
    module = into / "module"
    module.mkdir(exist_ok=True)
    pinned = resources.files(__package__).joinpath("gomodules", recipe.module)
    if wanted := recipe.unpacked:
        _unpack(module_zip(wanted), f"{wanted.module}@{wanted.version}/", module / wanted.folder)
    _copy(pinned, module)
    target = into / facts.program
    stamps = "".join(f" -X {symbol}={facts.version}" for symbol in recipe.version_symbols)
    argv = [str(command), "build", f"-ldflags=-s -w{stamps}", "-o", str(target), recipe.package]
    log = cache.folder() / f"build-{facts.program}.log"
    text = f"Building {facts.program} {facts.version} with Go (about {recipe.minutes} min, then cached)"
    # One build at a time, so that `clean` takes no cache away from under another.
    with cache.locked(_CACHES), console.phase(text) as show, log.open("wb") as output:
        status = _run(
            argv, module, env, output.fileno(), lambda seconds: _tell(show, facts.program, recipe.minutes, seconds)
        )
    if status != 0 or not target.is_file():
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise UserError(
            f"building {facts.program}",
            f"status {status}: {' | '.join(lines[-_LOG_LINES:]) or 'no output'}",
            f"a build of {recipe.package} {facts.version}",
            f"Whole log: {log}. Or install it: {facts.get}",
        )
    log.unlink()
    return target


def _copy(pinned: Traversable, into: Path) -> None:
    """Lay our own files out, over what is there."""
    for item in pinned.iterdir():
        target = into / item.name
        if item.is_dir():
            target.mkdir(exist_ok=True)
            _copy(item, target)
        else:
            target.write_bytes(item.read_bytes())


def _unpack(archive: Path, prefix: str, into: Path) -> None:
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            target = into / name.removeprefix(prefix)
            if name.startswith(prefix) and target.resolve().is_relative_to(into.resolve()):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(files.read(name))


def module_zip(wanted: Definitions | Unpacked) -> Path:
    """The module's zip file in Go's module cache, its h1 sum the pinned one. Raises NoGoError."""
    command = path()
    if command is None:
        raise NoGoError("no Go on PATH")
    with cache.scratch("module") as empty:
        try:
            done = subprocess.run(
                [command, "mod", "download", "-json", f"{wanted.module}@{wanted.version}"],
                cwd=empty,
                env=_environment_with_caches(_DEFINITIONS),
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoGoError(f"go mod download {wanted.module}: {error}") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise NoGoError(f"go mod download {wanted.module}: {done.stderr.strip()[-300:]}") from error
    # A module that asks for a newer Go than this one is an error, but its zip is there, and files are all we
    # want.
    if not answer.get("Zip"):
        raise NoGoError(f"go mod download {wanted.module}: {answer.get('Error', 'no zip')}")
    if answer.get("Sum") != wanted.sum:
        raise NoGoError(f"{wanted.module}@{wanted.version} has sum {answer.get('Sum')}, expected {wanted.sum}")
    return Path(answer["Zip"])


def clean() -> None:
    """Remove what builds left in caches of our own: gigabytes, of use only to the next build."""
    caches = cache.folder() / _CACHES
    if not caches.exists():
        return
    with cache.locked(_CACHES), console.phase("Removing what the builds left"):
        # Go makes its module cache read-only, folders included.
        for folder, _, _ in os.walk(caches):
            Path(folder).chmod(0o700)
        shutil.rmtree(caches)


def _run(argv: list[str], cwd: Path, env: dict[str, str], output: int, tell: Callable[[int], None]) -> int:
    """Run it, telling each second how many have passed. An interrupt ends it, too."""
    began = time.monotonic()
    with subprocess.Popen(argv, cwd=cwd, env=env, stdout=output, stderr=output) as builder:
        try:
            while True:
                try:
                    return builder.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    tell(int(time.monotonic() - began))
        except BaseException:
            builder.terminate()
            raise


def _tell(show: console.Show, program: str, minutes: int, seconds: int) -> None:
    text = f"{seconds} s of about {minutes * 60} s"
    show(text)
    # A log that nobody sees moving wants a sign of life, too.
    if seconds % _NOTE_EVERY == 0 and not console.err.is_terminal:
        console.note(f"{program}: {text}")


def _environment() -> dict[str, str]:
    # GOFLAGS set, not cleared: an empty one would let the user's `go env -w GOFLAGS` through.
    flags = "-mod=readonly -trimpath -buildvcs=false"
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": flags, "GOWORK": "off", "GO111MODULE": "on"}


def _environment_with_caches(ours: str) -> dict[str, str]:
    """With caches in our folder ``ours``, unless this machine's Go is in use already: then its own, which stay."""
    env = _environment()
    theirs = {key: place for key in _CACHE_VARIABLES if (place := _facts_of_go().get(key))}
    # Go divides its build cache into folders by the first byte of a key.
    if any(key in os.environ for key in _CACHE_VARIABLES) or Path(theirs.get("GOCACHE", ""), "00").is_dir():
        return {**env, **theirs}
    folder = cache.folder() / ours
    return {**env, "GOCACHE": str(folder / "build"), "GOMODCACHE": str(folder / "modules")}


def _facts_of_go() -> dict[str, str]:
    command = path()
    if command is None:
        return {}
    names = ["GOVERSION", "GOTOOLCHAIN", "GOCACHE", "GOMODCACHE"]
    try:
        done = subprocess.run(
            [command, "env", "-json", *names], cwd="/", capture_output=True, text=True, timeout=20, check=True
        )
        answer: dict[str, str] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return answer


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])
