from __future__ import annotations

import urllib.request

import boto3
import pytest

from aistacks_recovery.account import Account

REGION = "eu-west-1"


def _reset(endpoint):
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()


@pytest.fixture
def account(emulator):
    """An empty account of the emulator's."""
    _reset(emulator)
    # Keys of its own: whoever runs the tests may have none, or some of a real account's.
    yield Account(REGION, emulator, session=boto3.Session("sandbox", "sandbox", region_name=REGION))
    _reset(emulator)
