"""Projects whose engine is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import hanging_proxy
from aistacks_core.errors import UserError
from aistacks_sandbox.engine import operations
from aistacks_sandbox.state import State
from interrupted_project import REGION, Make, Project


@pytest.fixture
def project(tmp_path: Path, emulator: str) -> Iterator[Make]:
    try:
        operations.environment(State(tmp_path / "state"), emulator, REGION)
    except UserError as error:
        pytest.skip(f"no engine: {error}")
    with hanging_proxy.before(emulator) as (proxied, proxy):

        def make(name: str, url: str = "") -> Project:
            return Project(tmp_path / name, emulator, proxied, proxy, url)

        yield make
