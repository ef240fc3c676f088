"""Two first requests at once: what either makes is no part of a fresh account."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from moto.core.base_backend import AccountSpecificBackend
from moto.ec2.models import ec2_backends

from aistacks_sandbox.emulator.moto_shim import holdings


def test_what_two_first_requests_make_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountSpecificBackend, "__getitem__", AccountSpecificBackend.__getitem__)
    listed: Any = holdings._items

    def slowly(*given: Any) -> Any:
        time.sleep(0.5)
        return listed(*given)

    held = holdings.Holdings()
    monkeypatch.setattr(holdings, "_items", slowly)
    made: list[str] = []
    both = threading.Barrier(2)

    def first(at: int) -> None:
        both.wait()
        time.sleep(at * 0.2)
        made.append(ec2_backends["111122223333"]["ap-south-1"].create_vpc(f"10.{at}.0.0/16").id)

    threads = [threading.Thread(target=first, args=(at,)) for at in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    told = " ".join(held.read()["ec2"])
    assert all(each in told for each in made), (made, told)
