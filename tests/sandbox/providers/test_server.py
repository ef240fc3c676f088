# ruff: noqa: A002
from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from aistacks_core.diffs import Diff, diff
from aistacks_core.property_values import UNKNOWN, Props, Secret
from aistacks_core.wire import from_struct, to_struct
from aistacks_sandbox.providers.autoname import Naming, fill_name
from aistacks_sandbox.providers.failures import CheckError, PartialFailure, ProviderError
from aistacks_sandbox.providers.provider import Created, Found, Provider, Resource
from aistacks_sandbox.providers.server import start

TYPE = "toy:index:Thing"
URN = f"urn:pulumi:dev::project::{TYPE}::thing"


@dataclass
class Toy(Provider):
    things: dict[str, Props] = field(default_factory=dict)

    def check(self, resource: Resource, old: Props | None, new: Props, naming: Naming) -> Props:
        if new.get("size") == 0:
            raise CheckError({"size": "got 0; expected at least 1"})
        return fill_name(new, "name", naming, old)

    def diff(self, resource: Resource, id: str, old: Props, state: Props, new: Props) -> Diff:
        return diff(old, new, lambda path: path == "name", delete_first=True)

    def create(self, resource: Resource, inputs: Props, *, preview: bool, timeout: float) -> Created:
        if preview:
            return Created("", {**inputs, "arn": UNKNOWN})
        if inputs.get("size") == 13:
            raise RuntimeError("a bug\nof two lines")
        if inputs.get("size") == 14:
            raise PartialFailure("made, but not tagged", "half", {**inputs, "arn": "a"}, inputs)
        self.things["1"] = inputs
        return Created("1", {**inputs, "arn": "arn:1", "token": Secret("t")})

    def read(self, resource: Resource, id: str, inputs: Props, state: Props) -> Found | None:
        found = self.things.get(id)
        return None if found is None else Found(id, found, {**found, "arn": "arn:1"})

    def update(
        self,
        resource: Resource,
        id: str,
        old: Props,
        state: Props,
        new: Props,
        *,
        preview: bool,
        timeout: float,
    ) -> Props:
        return new

    def delete(self, resource: Resource, id: str, inputs: Props, state: Props, *, timeout: float) -> None:
        raise ProviderError("it is\nprotected")

    def invoke(self, token: str, args: Props, *, preview: bool) -> Props:
        return {"echo": args} if token == "toy:index:echo" else super().invoke(token, args, preview=preview)


@pytest.fixture
def stub() -> Iterator[proto.ResourceProviderStub]:
    server, port = start(Toy("toy", "1.2.3"))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield proto.ResourceProviderStub(channel)
    server.stop(None).wait()


def check(stub: proto.ResourceProviderStub, news: Props, olds: Props | None = None, **more: Any) -> Any:
    return stub.Check(
        provider_pb2.CheckRequest(urn=URN, news=to_struct(news), olds=to_struct(olds or {}), randomSeed=b"seed", **more)
    )


def create(stub: proto.ResourceProviderStub, inputs: Props, *, preview: bool = False) -> Any:
    return stub.Create(provider_pb2.CreateRequest(urn=URN, properties=to_struct(inputs), preview=preview))


def test_check_names_what_has_no_name_the_same_way_for_one_seed(stub: proto.ResourceProviderStub) -> None:
    first, second = (from_struct(check(stub, {"size": 1}).inputs) for _ in range(2))
    assert first == second
    assert first["name"].startswith("thing-")
    assert len(first["name"]) == len("thing-") + 7


def test_check_keeps_the_name_of_old_inputs(stub: proto.ResourceProviderStub) -> None:
    assert from_struct(check(stub, {"size": 2}, {"name": "thing-abc"}).inputs)["name"] == "thing-abc"


def test_check_honours_the_name_that_the_engine_enforces(stub: proto.ResourceProviderStub) -> None:
    options = provider_pb2.CheckRequest.AutonamingOptions(
        proposed_name="exact", mode=provider_pb2.CheckRequest.AutonamingOptions.ENFORCE
    )
    assert from_struct(check(stub, {}, autonaming=options).inputs)["name"] == "exact"


def test_check_fails_by_path_when_automatic_names_are_disabled(stub: proto.ResourceProviderStub) -> None:
    options = provider_pb2.CheckRequest.AutonamingOptions(mode=provider_pb2.CheckRequest.AutonamingOptions.DISABLE)
    with pytest.raises(grpc.RpcError, match="automatic naming is disabled"):
        check(stub, {}, autonaming=options)


def test_check_reports_failures_with_their_path(stub: proto.ResourceProviderStub) -> None:
    (failure,) = check(stub, {"size": 0}).failures
    assert (failure.property, failure.reason) == ("size", "got 0; expected at least 1")


def test_secrets_stay_secret_through_check_and_create(stub: proto.ResourceProviderStub) -> None:
    inputs = {"name": "n", "password": Secret("p"), "nested": {"key": Secret(UNKNOWN)}}
    assert from_struct(check(stub, inputs).inputs) == inputs
    made = from_struct(create(stub, {"password": Secret("p"), "list": [Secret(1), 2]}).properties)
    assert made == {"password": Secret("p"), "list": [Secret(1), 2], "arn": "arn:1", "token": Secret("t")}


def test_preview_gives_unknowns(stub: proto.ResourceProviderStub) -> None:
    answer = create(stub, {"name": "n"}, preview=True)
    assert (answer.id, from_struct(answer.properties)["arn"]) == ("", UNKNOWN)


def test_diff_tells_changed_paths_and_replacement(stub: proto.ResourceProviderStub) -> None:
    answer = stub.Diff(
        provider_pb2.DiffRequest(
            urn=URN,
            id="1",
            old_inputs=to_struct({"name": "a", "tags": {"x.y": "1"}, "same": 1}),
            news=to_struct({"name": "b", "tags": {"x.y": "2"}, "same": 1}),
        )
    )
    kinds = {path: entry.kind for path, entry in answer.detailedDiff.items()}
    expected = {
        "name": provider_pb2.PropertyDiff.UPDATE_REPLACE,
        'tags["x.y"]': provider_pb2.PropertyDiff.UPDATE,
    }
    assert kinds == expected
    assert list(answer.replaces) == ["name"]
    assert list(answer.diffs) == ["name", "tags"]
    assert answer.deleteBeforeReplace
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME


def test_equal_inputs_make_no_diff(stub: proto.ResourceProviderStub) -> None:
    same = to_struct({"a": [1, {"b": None}]})
    answer = stub.Diff(provider_pb2.DiffRequest(urn=URN, id="1", old_inputs=same, news=to_struct({"a": [1, {}]})))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_what_is_gone_reads_as_an_empty_answer(stub: proto.ResourceProviderStub) -> None:
    assert stub.Read(provider_pb2.ReadRequest(urn=URN, id="none")).id == ""
    create(stub, {"name": "n"})
    assert stub.Read(provider_pb2.ReadRequest(urn=URN, id="1")).id == "1"


def test_a_failure_for_the_user_is_one_line(stub: proto.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError) as failure:
        stub.Delete(provider_pb2.DeleteRequest(urn=URN, id="1"))
    assert failure.value.details() == "it is protected"


def test_a_bug_is_one_line_that_names_the_log(
    stub: proto.ResourceProviderStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISTACKS_SANDBOX_LOGS", str(tmp_path))
    with pytest.raises(grpc.RpcError) as failure:
        create(stub, {"size": 13})
    (log,) = tmp_path.iterdir()
    assert "\n" not in failure.value.details()
    assert "RuntimeError: a bug" in failure.value.details()
    assert str(log) in failure.value.details()
    assert "Traceback" in log.read_text()


def test_a_partial_failure_carries_the_id_and_the_outputs(stub: proto.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError) as failure:
        create(stub, {"size": 14, "password": Secret("p")})
    trailers = dict(failure.value.trailing_metadata())
    status = proto.status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == "half"
    assert from_struct(detail.properties)["password"] == Secret("p")
    assert list(detail.reasons) == ["made, but not tagged"]


def test_functions_answer_or_are_named(stub: proto.ResourceProviderStub) -> None:
    answer = stub.Invoke(provider_pb2.InvokeRequest(tok="toy:index:echo", args=to_struct({"a": 1})))
    assert from_struct(getattr(answer, "return")) == {"echo": {"a": 1}}
    with pytest.raises(grpc.RpcError, match="toy:index:other: the sandbox's toy provider doesn't answer"):
        stub.Invoke(provider_pb2.InvokeRequest(tok="toy:index:other"))


def test_the_engine_learns_version_and_protocol(stub: proto.ResourceProviderStub) -> None:
    assert stub.GetPluginInfo(empty_pb2.Empty()) == plugin_pb2.PluginInfo(version="1.2.3")
    shake = stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    assert shake.accept_secrets
    assert not shake.accept_outputs


def test_a_remote_component_is_refused_in_one_line(stub: proto.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError, match="toy:index:Component: components inside the vendor's toy plugin"):
        stub.Construct(provider_pb2.ConstructRequest(type="toy:index:Component", name="x"))


PLUGIN = textwrap.dedent(
    """
    from aistacks_sandbox.providers.provider import Provider
    from aistacks_sandbox.providers.server import serve

    Provider.__abstractmethods__ = frozenset()
    serve(Provider("toy", "1.0.0"))
    """
)


@pytest.fixture
def plugin() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PLUGIN, "127.0.0.1:1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_a_plugin_prints_its_port_and_goes_when_the_engine_dies(plugin: subprocess.Popen[str]) -> None:
    assert plugin.stdin
    assert plugin.stdout
    assert int(plugin.stdout.readline()) > 0
    plugin.stdin.close()
    assert plugin.wait(timeout=60) == 0
    plugin.stdin = None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_plugin_goes_on_the_engine_s_signal(plugin: subprocess.Popen[str], number: int) -> None:
    assert plugin.stdout
    plugin.stdout.readline()
    plugin.send_signal(number)
    assert plugin.wait(timeout=60) == 0
