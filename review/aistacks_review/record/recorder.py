"""Runs a Pulumi program in process, without engine, providers or credentials, and keeps what it registers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pulumi.runtime import config as config_store
from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import run_in_stack

from aistacks_core.gc_tuning import young_garbage
from aistacks_core.snapshot import Opaque, Plan

from .asking import asking
from .esc_config import from_environments
from .lean import Inline, lean_sdk
from .level import Level
from .monitor import Answers, RecordingMonitor, no_answers
from .places import placed
from .provider_places import IDENTITY, Places
from .unreadable_config import encrypted
from .waiting import Selector, WaitsForeverError, rpc_failure

_NO_STACK: Any = object()


class _NoMocks(mocks.Mocks):
    """The recording monitor answers everything itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError(args.name)


def record(
    program: Callable[[], Any],
    *,
    project: str = "aistacks",
    stack: str = "test",
    config: Mapping[str, str] | None = None,
    secret_keys: tuple[str, ...] = (),
    environments: tuple[str, ...] = (),
    answers: Answers = no_answers,
    root: Path | None = None,
    symbols: bool | Level = False,
) -> Plan:
    """Run ``program`` and return what it registered.

    ``config``: full keys (``aistacks:environment``) to strings, as in a settings file (nested values as JSON);
    ``secret_keys``: which of them are secret. ``environments``: names of those of Pulumi ESC that may give more.
    ``answers(token, args, place)`` may answer an invoke; what it leaves (``None``) has unknown outputs.
    ``root``: the program's folder; file and line of a registration are the first frame inside it.
    ``symbols``: outputs are symbols (see ``symbols``), as if deployed; or how much of them. Default: every output is
    unknown.
    What the program raises comes out as it is; its ``recorded`` is the monitor's.
    """
    values = dict(config or {})
    monitor = RecordingMonitor(_NoMocks(), answers, root, Places(values), level=_level(symbols))
    selector = Selector(str(root.resolve()) if root else "")
    loop = selector.loop = asyncio.SelectorEventLoop(selector)
    failed: list[BaseException] = []

    def remembering() -> Any:
        try:
            return program()
        except BaseException as error:
            failed.append(error)
            raise

    # What failed is raised below, once; asyncio would print every future that waited for it, too.
    loop.set_exception_handler(lambda _loop, _context: None)
    executor = Inline()
    executor.functions_wait = lambda: monitor.transforms.hold_for_functions
    loop.set_default_executor(executor)
    asyncio.set_event_loop(loop)
    try:
        # With a root in place the mocks make none of their own.
        settings.set_root_resource(_NO_STACK)
        log = _warnings(monitor.opaque)
        mocks.set_mocks(_NoMocks(), project=project, stack=stack, preview=True, logger=log, monitor=monitor)
        settings.set_root_resource(None)  # type: ignore[arg-type]
        with (
            _config(values, secret_keys),
            encrypted(),
            placed(root),
            asking(root),
            from_environments(environments, monitor.opaque),
            young_garbage(),
            lean_sdk(),
        ):
            loop.run_until_complete(run_in_stack(remembering))
        monitor.finish()
    except WaitsForeverError as waits:
        # Whatever failed first is why the rest waits.
        error = next(iter(failed), None) or rpc_failure() or waits
        _give_up(loop)
        error.unanswered = monitor.unanswered  # type: ignore[attr-defined]
        raise error from None
    except BaseException as error:
        error.unanswered = monitor.unanswered  # type: ignore[attr-defined]
        error.recorded = list(monitor.recorded.values())  # type: ignore[attr-defined]
        raise
    finally:
        settings.set_root_resource(None)  # type: ignore[arg-type]
        # What failed stays there, and another recording would wait for it.
        settings.SETTINGS.outputs.clear()
        loop.close()
        asyncio.set_event_loop(None)
    return Plan(
        list(monitor.recorded.values()),
        monitor.exports,
        monitor.opaque,
        values.get("aws:region", ""),
        default_tags(values.get("aws:defaultTags")),
        {key.removeprefix("kubernetes:"): text for key, text in values.items() if key.startswith("kubernetes:")},
        {name: text for key, text in values.items() if (name := key.removeprefix("aws:")) in IDENTITY and name != key},
    )


def _give_up(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what waits, so that nothing of it outlives the run."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    with suppress(WaitsForeverError):
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


def _level(symbols: bool | Level) -> Level:
    if isinstance(symbols, Level):
        return symbols
    return Level.EVERYTHING if symbols else Level.NOTHING


class _Warnings(logging.Handler):
    """Keeps what a program warns of, once each: what is taken without a check is part of the plan."""

    def __init__(self, opaque: list[Opaque]) -> None:
        super().__init__(logging.WARNING)
        self._opaque = opaque

    def emit(self, record: logging.LogRecord) -> None:
        warning = Opaque("warning", record.getMessage())
        if warning not in self._opaque:
            self._opaque.append(warning)


def _warnings(opaque: list[Opaque]) -> logging.Logger:
    """The engine's log of a run; of its own, so that nothing of it reaches the process's."""
    made = logging.Logger("plan")
    made.addHandler(_Warnings(opaque))
    return made


def default_tags(text: Any) -> dict[str, str]:
    """The tags that a provider's ``defaultTags`` (JSON or a table) gives every resource."""
    try:
        table = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    tags = table.get("tags") if isinstance(table, Mapping) else None
    return {str(k): v for k, v in tags.items() if isinstance(v, str)} if isinstance(tags, Mapping) else {}


@contextmanager
def _config(values: dict[str, str], secret_keys: tuple[str, ...]) -> Iterator[None]:
    before = config_store.CONFIG.get()
    config_store.set_all_config(values, list(secret_keys))
    try:
        yield
    finally:
        config_store.CONFIG.set(before)
