"""When Python looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 50_000
_NEVER = 1_000_000


@contextmanager
def young_garbage() -> Iterator[None]:
    """Only what is young is looked through for garbage: where much is made and hardly any thrown away, looking through
    the old again and again finds nothing and takes longer the more there is."""
    enabled, thresholds = gc.isenabled(), gc.get_threshold()
    gc.set_threshold(_YOUNG, _NEVER, _NEVER)
    gc.enable()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if not enabled:
            gc.disable()
