"""The user's cache folder: programs with their checksums, locks between commands, and why something
failed."""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from . import console
from .checksums import of_file
from .errors import UserError
from .files import write_atomically
from .scratch import scratch_in

_GIB = 1 << 30


@dataclass(frozen=True)
class Entry:
    """A cached program: where it is, how it was had, what version it reports itself, and its sha256 in hex.

    ``pins``: the pinned versions that it was got for, which may be others where the pinned one couldn't be had.
    """

    path: Path
    origin: str
    version: str
    sha256: str
    pins: tuple[str, ...]


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


def lookup(program: str, pin: str) -> Entry | None:
    """The cached program that answers for the pinned version, its content verified against the checksum kept with it.

    A corrupt one is said, removed, and None returned, so that it is got again.
    """
    entry = recorded(program, pin)
    if entry is None:
        return None
    if entry.path.is_file() and of_file(entry.path) == entry.sha256:
        return entry
    console.note(f"the cached {program} is corrupt (its checksum changed); getting it again")
    shutil.rmtree(entry.path.parent, ignore_errors=True)
    return None


def recorded(program: str, pin: str) -> Entry | None:
    """The entry as it was recorded, its content not looked at: that version itself, else what was got in its place."""
    homes = sorted(home for home in _homes(program).glob("[!.]*") if home.is_dir())
    entries = [entry for home in homes if (entry := _entry(program, home))]
    answering = [entry for entry in entries if pin == entry.version or pin in entry.pins]
    return min(answering, key=lambda entry: entry.version != pin, default=None)


def store(program: str, pin: str, source: Path, origin: str, version: str) -> Entry:
    """Move ``source`` into the cache, whole or not at all, as what answers for the pinned version.

    ``origin`` says how it was had, ``version`` what it reports itself: by that it lies.
    """
    home = _homes(program) / version
    home.parent.mkdir(parents=True, exist_ok=True)
    before = _entry(program, home)
    pins = tuple(dict.fromkeys((*(before.pins if before else ()), pin)))
    digest = of_file(source)
    with scratch(program) as place:
        draft = place / version
        draft.mkdir(parents=True)
        shutil.move(source, draft / program)
        (draft / program).chmod(0o755)
        record = {"origin": origin, "version": version, "sha256": digest, "pins": pins, "made": _now()}
        (draft / "entry.json").write_text(json.dumps(record, indent=1))
        shutil.rmtree(home, ignore_errors=True)
        draft.rename(home)
    return Entry(home / program, origin, version, digest, pins)


def _entry(program: str, home: Path) -> Entry | None:
    """What the record in ``home`` says. A folder without one that reads is removed."""
    try:
        record = json.loads((home / "entry.json").read_text())
        version = record["version"]
        # Without pins: written when folders were named after the pin, whatever version the program was.
        pins = tuple(record.get("pins") or (home.name,))
        found = Entry(home / program, record["origin"], version, record["sha256"], pins)
    except FileNotFoundError:
        return None
    except (AttributeError, ValueError, KeyError, TypeError):
        shutil.rmtree(home, ignore_errors=True)
        return None
    return found if version == home.name else _moved(found, home)


def _moved(entry: Entry, home: Path) -> Entry | None:
    """``entry``, brought to where its own version says; None where that place is taken."""
    there = home.with_name(entry.version)
    if there.exists():
        shutil.rmtree(home, ignore_errors=True)
        return None
    record = json.loads((home / "entry.json").read_text())
    write_atomically(home / "entry.json", json.dumps({**record, "pins": entry.pins}, indent=1))
    home.rename(there)
    return replace(entry, path=there / entry.path.name)


@contextlib.contextmanager
def locked(what: str) -> Iterator[None]:
    """Let one command at a time get ``what``; others wait, and are told so."""
    locks = folder() / "locks"
    locks.mkdir(exist_ok=True)
    lock = FileLock(locks / f"{what}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        with console.phase(f"Waiting for another aistacks command that gets {what}"):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def scratch(what: str, end: Callable[[Path], None] | None = None) -> Iterator[Path]:
    """A folder beside the cached things, so that a rename out of it is atomic; gone afterwards.

    What killed commands left of theirs is removed first; ``end``: as `scratch_in` has it.
    """
    with scratch_in(folder() / "scratch", what, end) as path:
        yield path


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
    write_atomically(path, json.dumps([asdict(failure) for failure in kept.values()], indent=1))


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


def _homes(program: str) -> Path:
    return folder() / "programs" / program
