"""`aistacks models image`: what it asks of a container engine, which is a stand-in here, as none runs."""

import stat
from pathlib import Path

import pytest

from aistacks_core import checksums
from aistacks_core.errors import UserError
from aistacks_models.workflows.image import image

ENGINE = """#!/bin/sh
echo "$PWD: $*" >> {log}
[ "$1" != {fails} ]
"""


@pytest.fixture
def package(tmp_path):
    root = tmp_path / "package"
    (root / "triton" / "tiny").mkdir(parents=True)
    (root / "triton" / "tiny" / "config.pbtxt").write_text("name: tiny")
    (root / "VERIFIED").write_text("0" * 64)
    checksums.write(root)
    return root


@pytest.fixture
def engine(tmp_path, monkeypatch):
    def make(name="docker", fails="nothing"):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        file = folder / name
        file.write_text(ENGINE.format(log=tmp_path / "log", fails=fails))
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return tmp_path / "log"

    return make


def test_build_is_told_the_digest_and_takes_the_packages_folder(package, engine):
    log = engine()
    digest = checksums.complete(package)
    assert image(package, "torchserve") == f"tiny-torchserve:{digest[:12]}"
    words = f"build --file docker/torchserve.Dockerfile --build-arg MODEL_DIGEST={digest}"
    assert log.read_text().splitlines() == [
        f"{Path.cwd()}: info",
        f"{package}: {words} --tag tiny-torchserve:{digest[:12]} .",
    ]


def test_a_tag_of_ones_own_is_taken(package, engine):
    engine("podman")
    assert image(package, tag="models/tiny:1", engines=["podman"]) == "models/tiny:1"


def test_an_engine_that_does_not_answer_is_one_line(package, engine):
    engine("docker", fails="info")
    with pytest.raises(UserError, match=r"got docker, whose service doesn't answer; expected docker or podman"):
        image(package, engines=["docker", "no-such-engine"])


def test_no_engine_is_one_line(package):
    with pytest.raises(UserError, match="got neither no-engine nor none-either on PATH"):
        image(package, engines=["no-engine", "none-either"])


def test_a_build_that_fails_is_one_line(package, engine):
    engine(fails="build")
    with pytest.raises(UserError, match="docker build: got exit status 1; expected an image"):
        image(package, engines=["docker"])


@pytest.mark.parametrize("spoil", ["alter", "unverified"])
def test_what_was_not_verified_becomes_no_image(package, engine, spoil):
    log = engine()
    if spoil == "alter":
        (package / "triton" / "tiny" / "config.pbtxt").write_text("name: tinx")
    else:
        (package / "VERIFIED").unlink()
        checksums.write(package)
    with pytest.raises(UserError, match="an intact package that passed its gates"):
        image(package)
    assert not log.exists()


def test_another_server_is_refused(package):
    with pytest.raises(UserError, match="--server: got 'vllm'; expected one of triton, torchserve"):
        image(package, "vllm")
