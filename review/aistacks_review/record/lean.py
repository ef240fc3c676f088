"""Makes the SDK do less for each resource, while a plan is recorded.

Stock, it starts a task for every output of every resource, hands each call to a thread, computes a URN that only its
mocks want, and looks through each property's type; at thousands of resources that is most of a plan's time. What a
program sees is the same. ``sdk_internals`` holds each part of the SDK that is replaced here to what is known of it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from pulumi import Output

from .late import keeping, outputs_are_late, wanted
from .made_up import seen
from .mismatch import forgiving
from .provenance import Source, name, provenance
from .sdk_internals import find, replaced

_DATA = find("pulumi.output:_OutputData")
_SERVICER = find("pulumi.runtime._callbacks:_CallbackServicer")
_CONTEXT = "pulumi.runtime._context"
"""The module whose functions the SDK hands to a thread."""


class LateOutput(Output[Any]):
    """A resource's output that costs next to nothing until somebody wants it."""

    def __init__(self, owner: Any, name_: str) -> None:
        # Not the stock one's: it would start the task.
        self._owner, self._name = owner, name_
        name(self, owner, name_)
        self._answer: tuple[Any, bool, bool, set[Any], Exception | None] | None = None
        self._made: asyncio.Future[Any] | None = None

    @property
    def _data(self) -> asyncio.Future[Any]:  # type: ignore[override]
        if self._made is None:
            self._made = asyncio.Future()
            self._pass_on()
        return self._made

    def resolve(
        self, value: Any, is_known: bool, is_secret: bool, deps: set[Any] | None, failed: Exception | None
    ) -> None:
        """Take what the resource's registration gave."""
        self._answer = (value, is_known, is_secret, deps or set(), failed)
        self._pass_on()

    def _pass_on(self) -> None:
        if self._made is None or self._answer is None:
            return
        value, is_known, is_secret, deps, failed = self._answer
        if value is None and not is_known and failed is None:
            value = wanted(self._owner, self._name)
            is_known = value is not None
        if failed is not None:
            self._made.set_exception(failed)
        else:
            source = Source(self._owner, self._name, value)
            data = _DATA({*deps, self._owner, source}, value, is_known, is_secret)
            self._made.set_result(data)


class LateId(LateOutput):
    """A resource's id, which says whose it is as its other outputs do."""

    def __init__(self, owner: Any, stock: Output[Any]) -> None:
        super().__init__(owner, "id")
        self._stock = stock

    @property
    def _data(self) -> asyncio.Future[Any]:  # type: ignore[override]
        if self._made is None:
            self._made = asyncio.Future()
            self._stock._data.add_done_callback(self._take)
        return self._made

    def _take(self, done: asyncio.Future[Any]) -> None:
        if self._made is None or self._made.done():
            return
        if done.cancelled():
            self._made.cancel()
        elif failed := done.exception():
            self._made.set_exception(failed)
        else:
            data = done.result()
            source = Source(self._owner, "id", data.value)
            self._made.set_result(_DATA({*data.resources, source}, data.value, data.is_known, data.is_secret))


def _transfer(owner: Any, props: Any, custom: bool) -> dict[str, Any]:
    """As ``rpc.transfer_properties``, with outputs that wait to be wanted."""
    seen(owner)
    if custom:
        # A URN is known before anything is deployed, so it needs nothing of the kind.
        owner.__dict__["id"] = LateId(owner, owner.__dict__["id"])
    resolvers = {}
    for key in props:
        if key != "urn" and not (key == "id" and custom):
            late = owner.__dict__[key] = LateOutput(owner, key)
            resolvers[key] = late.resolve
    return resolvers


class _Nothing:
    async def future(self) -> None:
        """What no monitor asks for."""


_NOTHING = _Nothing()


def _no_mock_urn(stock: Callable[..., Any]) -> Callable[..., Any]:
    def create_urn(*args: Any, **options: Any) -> Any:
        # Only where there is no monitor is it used by the registration itself; an alias needs it.
        if sys._getframe(1).f_code.co_name == "do_register":
            return _NOTHING
        return stock(*args, **options)

    return create_urn


def _get(self: Any, owner: Any, _type: type | None = None) -> Any:
    """As the SDK's property of a context, which looks its value up twice."""
    if owner is None:
        return self
    value = self.fget()
    return self if isinstance(value, dict) else value


def _remembering(stock: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of a type alone, asked for each property of each resource."""
    known: dict[int, tuple[Any, Any]] = {}

    def remembered(type_: Any) -> Any:
        # By identity, for hashing a type takes as long as asking; it is kept, so that no other takes its place.
        found = known.get(id(type_))
        if found is None:
            found = known[id(type_)] = (type_, stock(type_))
        return found[1]

    return remembered


def _unheard(*_words: Any, **_options: Any) -> None:
    """What nobody listens to in a plan."""


@contextmanager
def lean_sdk() -> Iterator[None]:
    """While it holds, registering is cheap."""
    with (
        provenance(),
        replaced("pulumi.runtime.rpc:transfer_properties", lambda _stock: _transfer),
        replaced("pulumi.runtime.rpc:resolve_outputs", forgiving),
        replaced("pulumi.runtime.rpc:resolve_outputs", keeping),
        outputs_are_late(),
        replaced("pulumi.runtime.resource:create_urn", _no_mock_urn),
        replaced("pulumi.log:debug", lambda _stock: _unheard),
        replaced("pulumi._types:unwrap_type", _remembering),
        replaced("pulumi._types:unwrap_optional_type", _remembering),
        replaced("pulumi._utils:ContextProperty.__get__", lambda _stock: _get),
    ):
        yield


def _wrapped(fn: Any) -> str:
    """The name of the function that the SDK's ``wrap_with_context`` wrapped twice."""
    for variable in ("run", "fn"):
        fn = fn.__closure__[fn.__code__.co_freevars.index(variable)].cell_contents
    return str(fn.__name__)


class Inline(ThreadPoolExecutor):
    """Runs the SDK's calls to our monitor at once: they never wait, and a thread each is dear.

    Transforms do wait, for the program's own loop: with one about, registrations go to threads again. So does all that
    isn't the SDK's. A function is still asked at once, for a transform may wait for its answer while each thread waits
    for a transform.
    """

    def __init__(self) -> None:
        super().__init__()
        self.functions_wait: Callable[[], bool] = lambda: False
        """Whether functions have transforms, too."""
        self._functions = ThreadPoolExecutor()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """As the stock one."""
        ours = getattr(fn, "__module__", "") == _CONTEXT
        if not ours:
            return super().submit(fn, *args, **options)
        if _SERVICER._servicers:
            if _wrapped(fn) != "do_invoke":
                return super().submit(fn, *args, **options)
            if self.functions_wait():
                return self._functions.submit(fn, *args, **options)
        answer: Future[Any] = Future()
        try:
            answer.set_result(fn(*args, **options))
        except Exception as error:  # noqa: BLE001 (whoever waits raises it)
            answer.set_exception(error)
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As the stock one."""
        self._functions.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)
