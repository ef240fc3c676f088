from __future__ import annotations

import urllib.request

import pytest

from aistacks_recovery.account import Account

REGION = "eu-west-1"


def _reset(endpoint):
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()


@pytest.fixture
def account(emulator):
    """An empty account of the emulator's."""
    _reset(emulator)
    yield Account(REGION, emulator)
    _reset(emulator)
