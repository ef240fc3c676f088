"""Finds a program that waits for what nothing will ever give, at once instead of at its time limit.

Its loop is about to sleep without an end: no timer runs, no thread works, nothing is read from elsewhere. Then nobody
can wake it, and what waits for what is in the loop's tasks.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import thread as pool
from types import CodeType, FrameType
from typing import Any

from pulumi import Output, Resource

from aistacks_core.errors import UserError
from aistacks_core.registrations import STACK_TYPE

from .sdk_internals import find

_CALLS = {
    "do_register": ("ty", "name"),
    "do_read": ("ty", "name"),
    "do_get": ("ty", "urn"),
    "do_exists": ("ty", "id"),
    "do_register_resource_outputs": ("res",),
    "do_invoke_output": ("tok",),
    "do_call": ("tok",),
}
"""The SDK's calls to the engine, by function, and which of their variables name what is asked for."""
_GRACE = 1.0
"""Seconds in which a thread that just ended its work may still wake the loop, on a machine that does much else."""
_GRPC_SERVER = "grpc.aio._server"
_MOST = 3
_FOR_THE_LOOP: set[CodeType] = set()
"""Functions of ours in which a thread waits for the loop."""


class WaitsForeverError(UserError):
    """The program waits for a value that nothing gives."""


def waits_for_the_loop(function: Any) -> Any:
    """Mark ``function``: a thread that stands in it does nothing by itself."""
    _FOR_THE_LOOP.add(function.__code__)
    return function


class Selector(selectors.DefaultSelector):
    """The loop's selector. Raises ``WaitsForeverError`` instead of sleeping for ever."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._root = root
        # What ran before the program began knows nothing of its loop.
        self._strangers = set(threading.enumerate())

    def select(self, timeout: float | None = None) -> Any:
        """As the stock one's."""
        if timeout is not None:
            return super().select(timeout)
        found = super().select(0)
        while not found:
            could_be = self._may_be_woken()
            # Not without an end: what may wake the loop now may be gone before it did.
            found = super().select(_GRACE)
            if not found and not could_be and not self._may_be_woken():
                raise self._explained()
        return found

    def _may_be_woken(self) -> bool:
        own = self.loop._ssock.fileno()  # type: ignore[union-attr]
        handles = [h for key in self.get_map().values() if key.fd != own for h in key.data or () if h]
        if any(not _is_grpc(getattr(h, "_callback", None)) for h in handles) or any(_working(self._strangers)):
            return True
        # The SDK ends its server of transforms: gRPC's own thread answers.
        return any(map(waits_for_grpc, asyncio.all_tasks(self.loop)))

    def _explained(self) -> UserError:
        assert self.loop  # noqa: S101 (it runs)
        tasks = [t for t in asyncio.all_tasks(self.loop) if not t.done()]
        waits = sorted(filter(None, map(_call, tasks)), key=lambda wait: wait.text)
        owners = {id(future): wait for wait in waits for future in wait.promised()}
        for wait in waits:
            ends = [owners.get(id(end)) for end in _ends(wait.task)]
            wait.on = next((owner for owner in ends if owner), None)
        waits = [wait for wait in waits if not wait.on] or waits
        place = next((wait.place for wait in waits if wait.place), "") or self._place(tasks)
        return WaitsForeverError(
            place or self._root or "the program",
            _told(waits) if waits else "a wait for a value that nothing ever gives",
            "outputs that come from resources, functions or plain values",
            "See which future, task or dependency is never completed.",
        )

    def _place(self, tasks: list[asyncio.Task[Any]]) -> str:
        """Where in the program's own files the first of ``tasks`` stands."""
        spots = [
            f"{frame.f_code.co_filename}:{frame.f_lineno}"
            for task in tasks
            for frame in _frames(task)
            if self._root and frame.f_code.co_filename.startswith(f"{self._root}/")
        ]
        return min(spots, default="")


class _Wait:
    """One of the SDK's calls that goes on."""

    def __init__(self, task: asyncio.Task[Any], frame: FrameType) -> None:
        self.task, self._known = task, frame.f_locals
        self.on: _Wait | None = None
        parts = [self._known.get(name) for name in _CALLS[frame.f_code.co_name]]
        self.text = " ".join(self._outputs(p) if isinstance(p, Resource) else str(p) for p in parts if p)

    def _outputs(self, resource: Resource) -> str:
        given = self._known.get("outputs")
        late = [str(k) for k, v in given.items() if _is_late(v)] if isinstance(given, Mapping) else []
        owner = "the stack" if resource._type == STACK_TYPE else f"{resource._type} {resource._name}"
        return f"{owner}: output {', '.join(late[:_MOST])}" if late else f"{owner}: its outputs"

    @property
    def place(self) -> str:
        frames = getattr(self._known.get("stack_trace"), "frames", [])
        return f"{frames[0].pc.uri.removeprefix('file://')}:{frames[0].pc.line}" if frames else ""

    def promised(self) -> Iterator[Any]:
        """The futures of the outputs that this call is to give."""
        resource = self._known.get("res")
        for output in vars(resource).values() if isinstance(resource, Resource) else ():
            future = vars(output).get("_made") or vars(output).get("_data") if hasattr(output, "apply") else None
            if future is not None:
                yield future


def _is_late(value: Any) -> bool:
    future = vars(value).get("_data") if isinstance(value, Output) else value
    return isinstance(future, asyncio.Future) and not future.done()


def _told(waits: list[_Wait]) -> str:
    if waits[0].on is not None:
        around: list[str] = [waits[0].text]
        one: _Wait | None = waits[0].on
        while one is not None and one.text not in around:
            around.append(one.text)
            one = one.on
        last = one.text if one else around[0]
        return f"resources that wait for each other: {' for '.join([*around[around.index(last) :], last])}"
    names = ", ".join(wait.text for wait in waits[:_MOST])
    more = f" and {len(waits) - _MOST} more" if len(waits) > _MOST else ""
    return f"{names}{more}: a wait for a value that nothing ever gives"


def _call(task: asyncio.Task[Any]) -> _Wait | None:
    return next((_Wait(task, frame) for frame in _frames(task) if frame.f_code.co_name in _CALLS), None)


def _frames(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    """The frames of the coroutines of ``task``, outermost first."""
    inner: Any = task.get_coro()
    while inner is not None:
        frame = getattr(inner, "cr_frame", None) or getattr(inner, "gi_frame", None)
        if frame is not None:
            yield frame
        inner = getattr(inner, "cr_await", None) or getattr(inner, "gi_yieldfrom", None)


def waits_for_grpc(task: asyncio.Task[Any]) -> bool:
    """Whether ``task`` stands in the start or the end of one of gRPC's servers, which come by themselves."""
    return any(frame.f_globals.get("__name__") == _GRPC_SERVER for frame in _frames(task))


def _ends(task: asyncio.Task[Any]) -> list[Any]:
    """The futures that ``task`` waits for in the end, through other tasks."""
    found, seen, todo = [], set(), [getattr(task, "_fut_waiter", None)]
    while todo:
        future = todo.pop()
        if future is None or id(future) in seen:
            continue
        seen.add(id(future))
        inner = [*getattr(future, "_children", ()), getattr(future, "_fut_waiter", None)]
        inner = [one for one in inner if one is not None and not one.done()]
        todo += inner
        if not inner or not isinstance(future, asyncio.Task):
            found.append(future)
    return found


def _working(strangers: Collection[threading.Thread]) -> Iterator[bool]:
    """For each other thread but ``strangers``, whether it works on something that could wake the loop."""
    frames = sys._current_frames()
    for thread in threading.enumerate():
        top = frames.get(thread.ident or 0)
        if thread is threading.current_thread() or thread in strangers or top is None:
            continue
        if _is_grpc(getattr(thread, "_target", None)) or top.f_code is pool._worker.__code__:
            continue
        frame: FrameType | None = top
        while frame is not None and frame.f_code not in _FOR_THE_LOOP:
            frame = frame.f_back
        yield frame is None


def _is_grpc(function: Any) -> bool:
    """Whether ``function`` is of the server that the SDK's transforms have and that nobody calls here."""
    function = getattr(function, "func", function)
    owner = getattr(function, "__self__", None)
    return any(str(getattr(one, "__module__", "")).startswith("grpc") for one in (function, type(owner), owner))


def rpc_failure() -> Exception | None:
    """What one of the SDK's calls raised while another waits, which then never ends."""
    manager = find("pulumi.runtime.settings:_get_rpc_manager")()
    failure: Exception | None = manager.unhandled_exception
    return failure
