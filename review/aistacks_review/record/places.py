"""Which line of the program declared a resource."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pulumi.runtime.proto import source_pb2

from .sdk_internals import replaced


@contextmanager
def placed(root: Path | None) -> Iterator[None]:
    """While it holds, the SDK notes the innermost frame inside ``root`` (any frame, without one) instead of the
    whole stack: reading every frame's source line is a third of what registering costs."""
    inside = f"{root.resolve()}/" if root else ""

    def trace() -> source_pb2.StackTrace:
        file, line = frame_inside(inside)
        if not file:
            return source_pb2.StackTrace()
        spot = source_pb2.SourcePosition(uri=file, line=line)
        return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=spot)])

    with replaced("pulumi.runtime.resource:_get_stack_trace", lambda _stock: trace):
        yield


def frame_inside(inside: str) -> tuple[str, int]:
    """File and line of the innermost frame, but for the caller's own, in a file whose path begins with ``inside``."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        file = frame.f_code.co_filename
        if file.startswith(inside) and "/site-packages/" not in file[len(inside) :] and file.endswith(".py"):
            return file, frame.f_lineno
    return "", 0


def place(request: object, root: str) -> tuple[str, int]:
    """File and line in a request: the first frame inside ``root``; ``("", 0)`` where there is none."""
    frames = [getattr(request, "sourcePosition", None), *getattr(getattr(request, "stackTrace", None), "frames", [])]
    for frame in frames:
        spot = getattr(frame, "pc", frame)
        uri = getattr(spot, "uri", "")
        file = unquote(urlsplit(uri).path) if uri.startswith("file://") else uri
        if file.startswith("project://"):
            file = f"{root}/{file.removeprefix('project://').lstrip('/')}"
        if file and (not root or file.startswith(f"{root}/")):
            return file, int(spot.line)
    return "", 0
