"""The user's cache folder: programs with their checksums, locks between commands, and why something
failed."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from . import console
from .errors import UserError

_GIB = 1 << 30


@dataclass(frozen=True)
class Entry:
    """A cached program: where it is, how it was had, what version it says it is, and its sha256 in hex."""

    path: Path
    origin: str
    version: str
    sha256: str


def folder() -> Path:
    """``$AISTACKS_CACHE_DIR``, else the user's cache folder for aistacks. Made when missing."""
    named = os.environ.get("AISTACKS_CACHE_DIR")
    path = Path(named) if named else platformdirs.user_cache_path("aistacks")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            str(path), str(error), "a folder to cache programs in", "Set AISTACKS_CACHE_DIR to one."
        ) from error
    return path


def lookup(program: str, wanted: str) -> Entry | None:
    """The cached program, its content verified against the checksum that was kept with it.

    A corrupt one is said, removed, and None returned, so that it is got again.
    """
    entry = recorded(program, wanted)
    if entry is None:
        return None
    if entry.path.is_file() and sha256(entry.path) == entry.sha256:
        return entry
    console.note(f"the cached {program} is corrupt (its checksum changed); getting it again")
    shutil.rmtree(entry.path.parent, ignore_errors=True)
    return None


def recorded(program: str, wanted: str) -> Entry | None:
    """The entry as it was recorded, its content not looked at."""
    home = _home(program, wanted)
    try:
        record = json.loads((home / "entry.json").read_text())
        return Entry(home / program, record["origin"], record["version"], record["sha256"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        shutil.rmtree(home, ignore_errors=True)
        return None


def store(program: str, wanted: str, source: Path, origin: str, version: str) -> Entry:
    """Move ``source`` into the cache, whole or not at all, as what answers for the version ``wanted``.

    ``origin`` says how it was had, ``version`` what it says it is.
    """
    home = _home(program, wanted)
    home.parent.mkdir(parents=True, exist_ok=True)
    digest = sha256(source)
    draft = Path(tempfile.mkdtemp(prefix=f".{wanted}.", dir=home.parent))
    try:
        shutil.move(source, draft / program)
        (draft / program).chmod(0o755)
        record = {"origin": origin, "version": version, "sha256": digest, "made": _now()}
        (draft / "entry.json").write_text(json.dumps(record, indent=1))
        shutil.rmtree(home, ignore_errors=True)
        draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Entry(home / program, origin, version, digest)


@contextlib.contextmanager
def locked(what: str) -> Iterator[None]:
    """Let one command at a time get ``what``; others wait, and are told so."""
    locks = folder() / "locks"
    locks.mkdir(exist_ok=True)
    with (locks / f"{what}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with console.phase(f"Waiting for another aistacks command that gets {what}"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A folder beside the cached things, so that a rename out of it is atomic; gone afterwards."""
    place = folder() / "scratch"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{what}-", dir=place) as path:
        yield Path(path)


def require_free(gib: float, what: str, *places: Path) -> None:
    """Raise UserError unless each of ``places`` (Default: the cache) has ``gib`` GiB free for ``what``."""
    for place in places or (folder(),):
        there = next(parent for parent in (place, *place.parents) if parent.exists())
        free = shutil.disk_usage(there).free / _GIB
        if free < gib:
            raise UserError(
                str(place),
                f"{free:.1f} GiB free",
                f"{gib:g} GiB for {what}",
                "Free some disk, or point AISTACKS_CACHE_DIR (and GOCACHE, GOMODCACHE) to a larger one.",
            )


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Failure:
    """Why one way to a program led nowhere. ``when`` is UTC."""

    way: str
    reason: str
    when: str


def remember(program: str, way: str, reason: str) -> None:
    """Keep, for ``doctor``, why ``way`` (for example "download") didn't give ``program``."""
    kept = {failure.way: failure for failure in failures(program)}
    kept[way] = Failure(way, reason, _now())
    path = _failures(program)
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps([asdict(failure) for failure in kept.values()], indent=1))
    draft.replace(path)


def failures(program: str) -> list[Failure]:
    """What ``remember`` kept, oldest way first."""
    try:
        return [Failure(**row) for row in json.loads(_failures(program).read_text())]
    except (FileNotFoundError, ValueError, TypeError):
        return []


def _failures(program: str) -> Path:
    return folder() / "failures" / f"{program}.json"


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _home(program: str, wanted: str) -> Path:
    return folder() / "programs" / program / wanted
