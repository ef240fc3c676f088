"""A package tried in a real Triton and a real TorchServe, one of each."""

import shutil
import time
from pathlib import Path

import psutil
import pytest

from aistacks_core.errors import UserError
from aistacks_models.workflows import trial
from aistacks_sandbox.model_servers import torchserve, triton
from aistacks_sandbox.model_servers.trial_servers import TorchServeTrial, TritonTrial
from aistacks_sandbox.state import State

SERVERS = {"triton": TritonTrial(), "torchserve": TorchServeTrial()}


@pytest.fixture(scope="module")
def package(inside, tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny") / "package"
    inside("package_tiny.py", root)
    return root


class Remembered:
    """A server that keeps where it was started, so that it can be seen what is left of it."""

    def __init__(self, server, states):
        self.server, self.states = server, states

    def start(self, folder, package, name):
        self.states.append(State(folder))
        return self.server.start(folder, package, name)

    def stop(self, folder):
        self.server.stop(folder)


@pytest.fixture(scope="module")
def states():
    return []


@pytest.fixture(scope="module")
def tried(package, states):
    servers = {kind: Remembered(server, states) for kind, server in SERVERS.items()}
    began = time.monotonic()
    found = {done.server: done for done in trial.run(package, servers)}
    assert 0 < sum(done.ready_seconds for done in found.values()) < time.monotonic() - began
    return found


@pytest.mark.parametrize("server", ["triton", "torchserve"])
def test_samples_are_answered_over_http_and_grpc_as_verified(tried, server):
    done = tried[server]
    assert done.model == "tiny"
    assert [asked.over for asked in done.answers.asked] == ["HTTP", "gRPC"]
    for asked in done.answers.asked:
        assert (asked.rows, asked.requests, asked.wrong) == (20, 3 + 20, 0)
        assert asked.difference < done.answers.absolute
        assert 0 < asked.p50_ms <= asked.p99_ms
    assert done.answers.version
    assert done.ready_seconds > 0


@pytest.mark.parametrize("server", ["triton", "torchserve"])
def test_every_malformed_request_is_answered_by_an_error(tried, server):
    answers = tried[server].answers
    assert len({(one.over, one.sent) for one in answers.refused}) == 28
    assert [one for one in answers.refused if not one.good] == []
    assert answers.right_afterwards
    grpc = {one.got.split()[0] for one in answers.refused if one.over == "gRPC" and "model" not in one.sent}
    assert grpc == {"INVALID_ARGUMENT"}


def test_nothing_is_left(tried, states):
    assert len(states) == 2
    for state in states:
        assert not state.root.exists()
        assert not torchserve._scratch(state).exists()
        assert not list(Path("/dev/shm").glob(f"{triton._name(state)}*"))
    roots = [str(state.root) for state in states]
    running = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert [line for line in running if any(root in line for root in roots)] == []


def test_a_package_is_after_its_trial_what_it_was_before(tried, package):
    """Triton's Python writes bytecode beside `model.py`, and a package with a file too many is refused by any store."""
    assert not [path for path in package.rglob("*") if "pycache" in path.name or path.suffix == ".pyc"]


def test_answers_that_differ_from_the_samples_are_one_line(package, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(package, other)
    text = (other / "samples.json").read_text()
    label = text.index('"label":[[') + len('"label":[[')
    (other / "samples.json").write_text(f"{text[:label]}{(int(text[label]) + 1) % 3}{text[label + 1 :]}")
    with pytest.raises(UserError) as refused:
        trial.run(other, {"triton": TritonTrial()})
    line = str(refused.value)
    assert line.startswith("tiny in triton: got 1 values over HTTP differ from samples.json, by up to ")
    assert "\n" not in line


def test_a_folder_that_is_no_package_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"manifest\.json: got .*expected the manifest of a package"):
        trial.run(tmp_path, SERVERS)


def test_an_archive_that_does_not_load_says_why(package, tmp_path):
    (tmp_path / "torchserve").mkdir()
    shutil.copyfile(package / "torchserve" / "config.properties", tmp_path / "torchserve" / "config.properties")
    (tmp_path / "torchserve" / "tiny.mar").write_bytes(b"no archive")
    state = State(tmp_path / "state")
    with pytest.raises(UserError, match=r"TorchServe's tiny: got .*an archive that loads"):
        torchserve.serve_folder(state, tmp_path / "torchserve", "tiny")
    assert not torchserve.stop(state)


def test_a_repository_that_does_not_load_says_why(package, tmp_path):
    shutil.copytree(package / "triton", tmp_path / "triton")
    (tmp_path / "triton" / "tiny" / "1" / "model.onnx").write_bytes(b"no network")
    state = State(tmp_path / "state")
    with pytest.raises(UserError, match=r"triton: got it ended"):
        triton.serve_folder(state, tmp_path / "triton", "tiny")
    triton.stop(state)
