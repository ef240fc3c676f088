"""What the plan's rooms share."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest


@pytest.fixture
def timed() -> Callable[[Callable[[], object]], tuple[object, float]]:
    """What a call answers, and the seconds of processor that it takes: the better of two, without the garbage of
    other tests, whose collection costs more than most of what is measured."""

    def run(call: Callable[[], object]) -> tuple[object, float]:
        spent = []
        gc.disable()
        try:
            for _ in range(2):
                began = time.thread_time()
                answer = call()
                spent.append(time.thread_time() - began)
        finally:
            gc.enable()
        return answer, min(spent)

    return run
