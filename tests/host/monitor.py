"""A stand-in for the engine: takes what a provider registers, and answers what it asks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    provider_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

_ANSWERS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": "111122223333",
        "arn": "arn:aws:iam::111122223333:role/tester",
        "id": "111122223333",
        "userId": "tester",
    },
    "aws:index/getPartition:getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-west-1", "name": "eu-west-1", "id": "eu-west-1"},
    "aws:iam/getSessionContext:getSessionContext": {"issuerArn": "arn:aws:iam::111122223333:role/tester"},
}


def _computed(type_: str, name: str) -> dict[str, Any]:
    """What AWS adds to a resource, as far as components use it."""
    added: dict[str, dict[str, Any]] = {
        "aws:s3/bucket:Bucket": {"bucket": f"{name}-bucket"},
        "aws:eks/cluster:Cluster": {
            "endpoint": f"https://{name}",
            "certificateAuthority": {"data": "Y2VydA=="},
            "identities": [{"oidcs": [{"issuer": f"https://{name}"}]}],
        },
        "aws:sqs/queue:Queue": {"url": f"https://{name}", "name": name},
    }
    return {"arn": f"arn:aws:test:eu-west-1:111122223333:{name}", **added.get(type_, {})}


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Keeps every registration. What a preview would not know is unknown to it, too."""

    def __init__(self) -> None:
        self.registered: list[Any] = []
        self.outputs: dict[str, Any] = {}

    def named(self, name: str, type_: str = "") -> Any:
        """The registration of that name (and type)."""
        (found,) = [r for r in self.registered if r.name == name and type_ in r.type]
        return found

    def GetDeploymentInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return resource_pb2.DeploymentInfo(
            supportedFeatures=[
                resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
                resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
                resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
                resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
                resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
            ]
        )

    def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.registered.append(request)
        object_ = struct_pb2.Struct()
        object_.CopyFrom(request.object)
        if request.custom:
            object_.update(_computed(request.type, request.name))
        return resource_pb2.RegisterResourceResponse(
            urn=f"urn:pulumi:test::host::{request.type}::{request.name}",
            id=f"{request.name}-id" if request.custom else "",
            object=object_,
        )

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.outputs[request.urn.rsplit("::", 1)[1]] = request.outputs
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        answer = struct_pb2.Struct()
        if request.tok == "pulumi:pulumi:getResource":
            urn = request.args["urn"]
            answer.update({"urn": urn, "id": "there-id", "state": {}})
        else:
            answer.update(_ANSWERS[request.tok])
        return provider_pb2.InvokeResponse(**{"return": answer})


class _Log(engine_pb2_grpc.EngineServicer):
    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


@contextmanager
def serving(monitor: Monitor) -> Iterator[str]:
    """Serve ``monitor``; its address."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    port = server.add_insecure_port("127.0.0.1:0")
    engine_pb2_grpc.add_EngineServicer_to_server(_Log(), server)
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)
