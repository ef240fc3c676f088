"""Dockerfiles: linted by hadolint, and held against what a hardened image must have.

What this can't prove: that they build; no container engine is asked for here.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import aistacks_models

ROOM = Path(aistacks_models.__file__).parent / "packaging"
LOCK = Path(__file__).parents[2] / "locks" / "models.txt"
HADOLINT = Path(sys.executable).with_name("hadolint")
SERVERS = ("triton", "torchserve")


@pytest.fixture(scope="module")
def package(inside, tmp_path_factory):
    root = tmp_path_factory.mktemp("package")
    return root, inside("package_dockerfiles.py", root)


def text(package, server):
    return (package[0] / "docker" / f"{server}.Dockerfile").read_text()


@pytest.mark.parametrize("server", SERVERS)
def test_hadolint_has_nothing_to_say(package, server):
    file = package[0] / "docker" / f"{server}.Dockerfile"
    done = subprocess.run([HADOLINT, "--failure-threshold", "style", file], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("server", SERVERS)
def test_base_is_pinned_by_digest(package, server):
    bases = re.findall(r"^FROM (\S+)", text(package, server), re.MULTILINE)
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"\S+:[\w.-]+@sha256:[0-9a-f]{64}", bases[0])


@pytest.mark.parametrize("server", SERVERS)
def test_runs_as_nobody_in_particular_and_says_how_it_is(package, server):
    last = text(package, server).split("\nFROM ")[-1]
    assert "USER 1000:1000" in last
    assert "HEALTHCHECK" in last
    assert 'VOLUME ["/tmp"]' in last
    assert 'io.aistacks.model.digest="${MODEL_DIGEST}"' in last
    assert 'org.opencontainers.image.licenses="CC-BY-4.0"' in last
    assert last.index("COPY") < last.index("USER")


@pytest.mark.parametrize("server", SERVERS)
def test_nothing_is_taken_that_does_not_prove_itself(package, server):
    assert re.search(r'echo "\$\{MODEL_DIGEST\}  SHA256SUMS" \| sha256sum --check --strict', text(package, server))
    assert "test -f VERIFIED" in text(package, server)


def test_words_of_the_model_cannot_leave_their_label(package):
    assert 'description="images with \\"quotes\\" and \\$words, served by Triton"' in text(package, "triton")


def test_context_is_the_package_and_nothing_beside_it(package):
    lines = (package[0] / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    wanted = {".dockerignore", "SHA256SUMS", "VERIFIED", "api", "docker", "manifest.json", "report", *SERVERS}
    assert {line.removeprefix("!") for line in lines[2:]} == wanted


def blocks(text):
    """Distribution → what stands for it, once for each marker."""
    found = {}
    for part in re.split(r"(?m)^(?=[a-z0-9])", text):
        lines = "".join(f"{line}\n" for line in part.splitlines() if not line.strip().startswith("#"))
        if match := re.match(r"([a-z0-9._-]+)==", part):
            found[match[1]] = found.get(match[1], "") + lines
    return found


def test_requirements_of_torchserve_are_those_of_the_lock():
    lock, file = blocks(LOCK.read_text()), ROOM / "requirements.txt"
    mine = blocks(file.read_text())
    if os.environ.get("AISTACKS_UPDATE"):
        head = [line for line in file.read_text().splitlines() if line.startswith("#")]
        file.write_text("\n".join(head) + "\n" + "".join(lock[name] for name in mine))
        mine = blocks(file.read_text())
    assert {"torchserve", "torch", "onnxruntime", "numpy", "pyyaml"} <= set(mine)
    assert {name: lock.get(name) for name in mine} == mine
