"""Answers recorded in a trusted run, from a real SDK against a small monitor of our own."""

import json
import subprocess
import sys
from concurrent import futures

import grpc
import pytest
import yaml
from google.protobuf import struct_pb2
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc

from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_core.stated_answers import file_of
from aistacks_review.record.answer_recording import record_answers, recorded_in, write
from aistacks_review.record.client import MEMORY
from aistacks_review.record.planning import Limits, plan_environments

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter22"}
PARAMETER = "aws:ssm/getParameter:getParameter"


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Answers as an engine with a cloud behind it."""

    def SupportsFeature(self, request, context):  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in ("secrets",))

    def Invoke(self, request, context):  # noqa: N802
        answer = struct_pb2.Struct()
        answer.update(
            {"name": request.args["name"], "value": f"cloud-{request.args['name']}", "secretString": "pass-word"}
        )
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})

    def ReadResource(self, request, context):  # noqa: N802
        answer = struct_pb2.Struct()
        answer.update(request.properties)
        answer.update({"outputs": {"vpcId": "vpc-9", "admin": SECRET}})
        return resource_pb2.ReadResourceResponse(urn="urn:pulumi:dev::shop::a:b:C::x", properties=answer)

    def RegisterResource(self, request, context):  # noqa: N802
        return resource_pb2.RegisterResourceResponse(
            urn="urn:pulumi:dev::shop::a:b:C::x", id="x", object=request.object
        )

    def RegisterResourceOutputs(self, request, context):  # noqa: N802
        from google.protobuf import empty_pb2

        return empty_pb2.Empty()


@pytest.fixture
def monitor():
    server = grpc.server(futures.ThreadPoolExecutor(4))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Monitor(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0)


PROGRAM = """
import pulumi, pulumi_aws as aws
size = aws.ssm.get_parameter(name="/size").value
network = pulumi.StackReference("acme/network/prod")
aws.sqs.Queue("jobs", tags={"size": size, "vpc": network.get_output("vpcId")})
"""
ENGINE = """
import sys
from pulumi.runtime import settings
from pulumi.runtime.stack import run_in_stack
import asyncio, runpy
settings.configure(settings.Settings(project="shop", stack="dev", monitor=sys.argv[1], engine=None, dry_run=True))
async def program():
    runpy.run_path("__main__.py", run_name="__main__")
asyncio.new_event_loop().run_until_complete(run_in_stack(lambda: runpy.run_path("__main__.py", run_name="__main__")))
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path.parent / "engine.py").write_text(ENGINE)
    return tmp_path


def test_a_recorded_preview_answers_the_plan_without_its_secrets(shop, monitor):
    command = [sys.executable, str(shop.parent / "engine.py"), monitor]
    recorded = record_answers(command, shop)
    assert recorded.answers[PARAMETER] == [
        {
            "args": {"name": "/size"},
            "result": {"name": "/size", "value": "cloud-/size", "secretString": {"secure": "left out"}},
        }
    ]
    assert recorded.answers["pulumi:pulumi:StackReference"] == {
        "acme/network/prod": {"vpcId": "vpc-9", "admin": {"secure": "left out"}}
    }
    file = file_of(read_project(shop), "dev")
    write(recorded, file, ["pulumi", "preview"])
    assert "hunter22" not in file.read_text()
    assert "pass-word" not in file.read_text()
    found, _, _ = plan_environments(read_project(shop), [], "", Limits(60, MEMORY))
    head = next(found).head
    assert head.error == ""
    queue = head.plan.one("aws:sqs/queue:Queue", "jobs")
    assert queue.inputs["tags"] == {"size": "cloud-/size", "vpc": "vpc-9"}


def test_the_command_writes_the_file_and_names_what_it_left_out(shop, monitor):
    words = ["answers", "record", "dev", "--", sys.executable, str(shop.parent / "engine.py"), monitor]
    command = [sys.executable, "-m", "aistacks_cli.start", *words]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 answers in" in done.stdout
    assert f"left out: {PARAMETER}: secretString" in done.stderr + done.stdout
    assert set(yaml.safe_load((shop / "answers.dev.yaml").read_text())) == {"answers", "left_out"}


@pytest.mark.parametrize(("words", "line"), [(["false"], "got exit code 1"), (["no-such-program"], "got no such file")])
def test_a_preview_that_fails_records_nothing(shop, words, line):
    with pytest.raises(UserError, match=line):
        record_answers(words, shop)


def note(result, args=None, token="a:b/c:get"):
    return {"kind": "function", "token": token, "args": args or {}, "result": result}


def test_a_text_that_contains_a_secret_is_left_out_too():
    recorded = recorded_in([note({"password": "hunter22", "url": "https://u:hunter22@db", "size": 3.0})])
    (answer,) = recorded.answers["a:b/c:get"]
    assert answer["result"] == {"password": {"secure": "left out"}, "url": {"secure": "left out"}, "size": 3.0}
    assert "hunter22" not in json.dumps(recorded.answers)


def test_a_secure_parameter_s_value_and_a_secret_argument_are_left_out():
    recorded = recorded_in([note({"type": "SecureString", "value": "abc-def"}, {"name": "n", "token": "sesame"})])
    assert recorded.answers["a:b/c:get"] == [
        {"args": {"name": "n"}, "result": {"type": "SecureString", "value": {"secure": "left out"}}}
    ]
    assert recorded.left_out == ["a:b/c:get: value", "a:b/c:get: args.token"]


def test_two_answers_for_the_same_arguments_are_none():
    several = [note({"id": one}) for one in ("1", "2", "3", "1")]
    recorded = recorded_in([*several, note({"id": "3"}, {"x": 1})])
    assert recorded.answers == {"a:b/c:get": [{"args": {"x": 1}, "result": {"id": "3"}}]}
    assert recorded.left_out == ["a:b/c:get: it has several answers for the same arguments"]
