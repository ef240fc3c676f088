"""The child process in which a program is planned: ``python -m aistacks_review.record.worker``.

It reads its job as JSON from standard input and writes one JSON answer: a plan, or the one line that says why there is
none. It has no secrets in its environment (its parent leaves them out), opens no connection, and ends when its parent
says so.
"""

from __future__ import annotations

import faulthandler
import gc

# Importing makes hundreds of thousands of objects, and no garbage.
gc.disable()

import json  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import runpy  # noqa: E402
import site  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
from dataclasses import replace  # noqa: E402
from importlib.metadata import version  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import pulumi  # noqa: E402

from aistacks_core.errors import UserError  # noqa: E402
from aistacks_core.redaction import Redactor, tells  # noqa: E402
from aistacks_core.secret_inputs import secret_inputs  # noqa: E402
from aistacks_core.snapshot import Opaque, Plan  # noqa: E402
from aistacks_core.stated_answers import Stated, to_paste  # noqa: E402

from . import sdk_internals, sources  # noqa: E402
from .answers import OfflineAnswers  # noqa: E402
from .level import Level  # noqa: E402
from .read_fields import fields_read  # noqa: E402
from .recorder import record  # noqa: E402
from .transport import dumps  # noqa: E402
from .waiting import WaitsForeverError  # noqa: E402

_NETWORK = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}
)


class NetworkRefusedError(PermissionError):
    """The program wanted a connection."""


def main() -> None:
    """Do the job and answer."""
    moved = _moved_sdk()
    given = sys.stdin.read()
    if not given:
        return  # Nobody had a job for us.
    job = json.loads(given)
    os.environ.update(job.get("variables", {}))
    answers = os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    faults = os.fdopen(job["faults"], "w") if job.get("faults") else None
    if faults:
        faulthandler.enable(faults)
        # By the caller's clock, which is ours: it looks a second after that, however late this began.
        faulthandler.dump_traceback_later(max(job["ends"] - time.monotonic(), 0.001), file=faults)
    _limit(job["memory"])
    try:
        answer = _unusable(job, moved) if moved else _plan(job)
    except MemoryError:
        answer = _mistake(f"{job['program']}: got more than {job['memory'] >> 20} MiB of memory; expected less")
    with answers:
        answers.write(answer)
    # Threads that the program left behind don't keep the answer waiting.
    os._exit(0)


def _moved_sdk() -> str:
    """The line that says which part of the SDK isn't as a plan needs it; empty where all are."""
    try:
        sdk_internals.check()
    except UserError as error:
        return str(error)
    return ""


def _plan(job: dict[str, Any]) -> str:
    program = Path(job["program"])
    folder = program if program.is_dir() else program.parent
    known = OfflineAnswers(job["config"].get("aws:region", ""), Stated.from_json(job.get("answers") or {}))
    if job.get("site_packages"):
        _adopt(job["site_packages"], job["bytecode"])
    if job.get("moved"):
        old, new = job["moved"]
        _move(old, new, job.get("environment", ""))
        # The base was deployed: what of it holds on one day only held on its own.
        os.environ["AISTACKS_DEPLOYED"] = "1"
    # The base's library lies where this revision's does, for one who keeps bytecode elsewhere by its path.
    sources.as_written(folder, *([Path(job["moved"][1])] if job.get("moved") else []))
    sys.addaudithook(_no_network)
    # What is loaded by now stays; nobody needs to look through it.
    gc.freeze()

    def run() -> None:
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        runpy.run_path(str(program), run_name="__main__")

    try:
        plan = record(
            run,
            project=job["project"],
            stack=job["stack"],
            config=job["config"],
            secret_keys=tuple(job["encrypted"]),
            environments=tuple(job.get("environments", ())),
            answers=known,
            root=folder,
            symbols=Level(job["symbols"]),
        )
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 (whatever a program does, it is one line)
        return _without_secrets(_error_line(error, folder), error, job.get("variables", {}))
    return f'{{"plan":{dumps(_complete(plan, job, known))}}}'


def _complete(plan: Plan, job: dict[str, Any], known: OfflineAnswers) -> Plan:
    opaque = list(plan.opaque)
    opaque += [Opaque("encrypted config", key) for key in job["encrypted"]]
    opaque += [Opaque("ESC environment", name, job["settings_file"]) for name in job.get("environments", ())]
    opaque += [Opaque("assumed answer", f"{token}: {text}") for token, text in known.assumed.items()]
    return replace(plan, opaque=opaque)


def _adopt(site_packages: str, bytecode: str) -> None:
    """Prefer the packages of the program's environment to ours, but for those that are loaded: Pulumi's own SDK."""
    sys.pycache_prefix = bytecode
    before = list(sys.path)
    site.addsitedir(site_packages)
    sys.path[:] = [*(path for path in sys.path if path not in before), *before]


def _move(old: str, new: str, environment: str = "") -> None:
    """Take what lies below ``old`` from ``new``: the base revision's own library, not this one.

    What the base doesn't have stays: a package of ours that is younger than the base is what this process works with.
    """
    mine = tuple(f"{folder}/" for folder in (sys.prefix, sys.base_prefix, environment) if folder)
    sys.path[:] = [
        _moved(p, old, new) if (p == old or p.startswith(f"{old}/")) and not p.startswith(mine) else p for p in sys.path
    ]
    gone = []
    for name, module in list(sys.modules.items()):
        if name.startswith("__editable__"):
            _move_editable(module, old, new)
        file = getattr(module, "__file__", None) or ""
        package = name.split(".")[0]
        ours = name == "__main__" or package == "aistacks_review"
        if file.startswith(f"{old}/") and "/site-packages/" not in file and not ours:
            root = str(Path(getattr(sys.modules.get(package), "__file__", None) or file).parent)
            if _moved(root, old, new) != root:
                gone.append(name)
    for name in gone:
        del sys.modules[name]


def _move_editable(finder: Any, old: str, new: str) -> None:
    """Where setuptools finds an editable package by a table of folders, move those below ``old``, too."""
    for table in (getattr(finder, "MAPPING", {}), getattr(finder, "NAMESPACES", {})):
        for package, place in list(table.items()):
            moved = [_moved(p, old, new) if p.startswith(f"{old}/") else p for p in _listed(place)]
            table[package] = moved if isinstance(place, list) else moved[0]


def _moved(path: str, old: str, new: str) -> str:
    """Where the base has ``path``; where it hasn't, ``path``."""
    there = new + path[len(old) :]
    return there if Path(there).exists() else path


def _listed(place: str | list[str]) -> list[str]:
    return place if isinstance(place, list) else [place]


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _no_network(event: str, args: tuple[Any, ...]) -> None:
    if event not in _NETWORK:
        return
    where = args[1] if event == "socket.connect" and len(args) > 1 else args[0]
    if isinstance(where, (str, bytes)) and event == "socket.connect":
        return  # a Unix socket: it leads nowhere else
    raise NetworkRefusedError(f"a network connection to {where!r}")


def _without_secrets(answer: str, error: BaseException, variables: dict[str, str]) -> str:
    """An answer that quotes no secret of what the program had registered until it failed, nor of its environment."""
    given = [value for name, value in variables.items() if tells(name)]
    redactor = Redactor([*secret_inputs(getattr(error, "recorded", ())), *given])
    found: dict[str, Any] = json.loads(answer)
    return json.dumps({**found, "error": redactor.without(found["error"])})


def _error_line(error: BaseException, folder: Path) -> str:
    """The one line of a program that failed; whether it may go better without symbols."""
    text = _message_of(error)
    at = _place(error, folder)
    refused = _refusal(error)
    if refused is not None:
        got = _message_of(refused)
        return _mistake(f"{at}: got {got}; expected a program that asks nothing of the network while it is planned")
    if isinstance(error, WaitsForeverError):
        # Made-up outputs may be why; if they aren't, it is told after the second try.
        return _mistake(text, retry=True)
    # By what it has: a base revision's program brings a class of its own.
    if hasattr(error, "got") and hasattr(error, "expected"):
        return _mistake(text, refused=True)
    if isinstance(error, pulumi.RunError):
        return _mistake(f"{at}: {text}")
    if isinstance(error, SyntaxError):
        file = error.filename if error.filename and Path(error.filename).is_absolute() else _main(folder)
        return _mistake(f"{file}:{error.lineno or 0}: got {type(error).__name__}: {error.msg}; expected Python")
    if isinstance(error, SystemExit):
        return _mistake(
            f"{at}: the program ended itself with exit code {error.code or 0}; expected it to run to its end"
        )
    if isinstance(error, ModuleNotFoundError):
        line = f"{at}: got {text}; expected it to be installed where aistacks runs ({sys.prefix})"
        return json.dumps({"error": line, "missing": (error.name or "").split(".")[0]})
    if isinstance(error, KeyError) and _asks_environment(error):
        name = str(error.args[0])
        return _mistake(
            f"{at}: got no variable {name}; expected it among those that the program may see. Set it, and pass it with"
            f" --env {name}."
        )
    unanswered = getattr(error, "unanswered", [])
    asked = [f for f in traceback.extract_tb(error.__traceback__) if "/pulumi/runtime/invoke.py" in f.filename]
    if unanswered and (asked or isinstance(error, (AssertionError, TypeError, AttributeError))):
        token, args = unanswered[-1]
        file, _, line = at.rpartition(":")
        fields = fields_read(file, int(line)) if line.isdigit() else []
        return _mistake(
            f"{at}: got {token}, which only the cloud can answer; expected its `…_output` form, or its answer in the"
            f" environment's file: {to_paste(pulumi.get_project(), token, args, fields)}",
            retry=True,
        )
    return _mistake(f"{at}: {type(error).__name__}: {text}", retry=True)


def _asks_environment(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].filename in (os.__file__, "<frozen os>") and len(error.args) == 1


def _place(error: BaseException, folder: Path) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(f"{folder}/")]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(_main(folder))


def _main(folder: Path) -> Path:
    file = folder / "__main__.py"
    return file if file.is_file() else folder


def _message_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 (a program's own exception may do anything)
        text = "no message that could be read"
    return " ".join(text[:5000].split())[:500] or "no message"


def _refusal(error: BaseException) -> BaseException | None:
    """The refused connection behind ``error``, which the libraries wrap in errors of their own."""
    seen: list[BaseException] = []
    todo: list[Any] = [error]
    while todo:
        one = todo.pop()
        if not isinstance(one, BaseException) or any(one is s for s in seen):
            continue
        if isinstance(one, NetworkRefusedError):
            return one
        seen.append(one)
        todo += [one.__cause__, one.__context__, *getattr(one, "args", ())]
    return None


def _unusable(job: dict[str, Any], moved: str) -> str:
    """Another SDK than a plan needs is no mistake in the program's own environment: ours can take its place."""
    if not job.get("environment") or job.get("site_packages"):
        return _mistake(moved)
    what = moved.partition(". Install")[0].partition(": ")[2]
    return json.dumps({"unusable": f"a plan can't record with pulumi {version('pulumi')} ({what})"})


def _mistake(line: str, *, retry: bool = False, refused: bool = False) -> str:
    return json.dumps({"error": line, "retry": retry, "refused": refused})


if __name__ == "__main__":
    main()
