"""Backends with a stack of the real engine's in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine_stacks import EngineStack
from s3_backends import bucket_url, s3_client, versions_of


@pytest.fixture(scope="session")
def s3_endpoint(emulator: str) -> Iterator[str]:
    """Host and port of an emulated S3."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "sandbox")
        patch.delenv("AWS_PROFILE", raising=False)
        yield emulator.removeprefix("http://")


@pytest.fixture
def s3(s3_endpoint: str) -> Any:
    return s3_client(s3_endpoint)


@pytest.fixture(scope="session")
def brought_up(tmp_path_factory: pytest.TempPathFactory) -> EngineStack:
    """A stack in a folder that had a; a and b; then only b. Not to be changed: `in_folder` is a copy."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "backend").mkdir()
    stack = EngineStack(folder / "program", (folder / "backend").as_uri())
    for names in (("a",), ("a", "b"), ("b",)):
        stack.up(*names)
    return stack


@pytest.fixture
def in_folder(brought_up: EngineStack, tmp_path: Path) -> EngineStack:
    backend = Path(brought_up.url.removeprefix("file://"))
    shutil.copytree(backend, tmp_path / "backend")
    return replace(brought_up, url=(tmp_path / "backend").as_uri())


@pytest.fixture(scope="session")
def brought_up_in_bucket(tmp_path_factory: pytest.TempPathFactory, s3_endpoint: str) -> EngineStack:
    stack = EngineStack(tmp_path_factory.mktemp("bucket"), bucket_url(s3_endpoint, "states"))
    for names in (("a",), ("a", "b"), ("b",)):
        stack.up(*names)
    return stack


@pytest.fixture
def in_bucket(brought_up_in_bucket: EngineStack, s3: Any) -> Iterator[EngineStack]:
    """The same in a bucket that keeps versions; what a test writes there is dropped after it."""
    before = versions_of(s3, "states")
    yield brought_up_in_bucket
    for key, version in versions_of(s3, "states") - before:
        s3.delete_object(Bucket="states", Key=key, VersionId=version)
