"""Where in the program a function or a method is asked, and what type its answer has: the protocol carries neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .places import frame_inside
from .sdk_internals import replaced

_FUNCTIONS = ("invoke", "invoke_single", "invoke_async", "invoke_output", "invoke_output_single")
_METHODS = ("call", "call_single")


@dataclass(frozen=True)
class Asked:
    """``type``: the class of the answer; ``None`` where the SDK declares none."""

    file: str = ""
    line: int = 0
    type: Any = None


_NOTHING = Asked()
ASKED: ContextVar[Asked] = ContextVar("asked", default=_NOTHING)
"""Of the function or method that is being asked. The SDK's tasks and threads take it along."""


@contextmanager
def asking(root: Path | None) -> Iterator[None]:
    """While it holds, ``ASKED`` is kept. ``root``: the program's folder, as ``placed`` takes it."""
    inside = f"{root.resolve()}/" if root else ""

    def noting(stock: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*args: Any, **options: Any) -> Any:
            type_ = options.get("typ", args[3] if len(args) > 3 else None)
            token = ASKED.set(Asked(*frame_inside(inside), type_))
            try:
                return stock(*args, **options)
            finally:
                ASKED.reset(token)

        return ask

    with ExitStack() as stack:
        for name in (*_FUNCTIONS, *_METHODS):
            stack.enter_context(replaced(f"pulumi.runtime:{name}", noting))
        yield
