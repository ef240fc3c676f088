"""`aistacks recover` after a real engine that was killed in the middle of its `up`, in a backend of files and of S3.

The providers are the sandbox's stand-ins, so what an import by the vendor's would read isn't proven here.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

import hanging_proxy
from aistacks_core.errors import UserError
from aistacks_sandbox.engine import operations
from aistacks_sandbox.state import State
from hanging_proxy import HangingProxy
from s3_backends import bucket_url

REGION = "us-west-2"
_PROGRAM = """
import json, pathlib, sys, pulumi
from pulumi.automation import LocalWorkspace, Stack

def program():
    for kind, name, inputs in json.loads(pathlib.Path("resources.json").read_text()):
        pulumi.CustomResource(kind, name, inputs)

stack = Stack.select(sys.argv[1], LocalWorkspace(work_dir=".", program=program))
stack.up(on_output=print)
"""
"""The engine comes without the host of a language: the program runs inline."""
GLUE = "aws:glue/catalogDatabase:CatalogDatabase"
VPC = "aws:ec2/vpc:Vpc"
QUEUE = "aws:sqs/queue:Queue"


class Project:
    """A project with a backend of its own, whose AWS is behind a proxy that can keep an answer."""

    def __init__(self, folder: Path, endpoint: str, proxied: str, proxy: HangingProxy, url: str = "") -> None:
        self.folder, self.proxy, self.name = folder, proxy, folder.name
        folder.mkdir(parents=True, exist_ok=True)
        state = State(folder / ".state")
        operations.plugins(state)
        backend = folder / "backend"
        backend.mkdir()
        common = {**os.environ, **operations.environment(state, endpoint, REGION)}
        python = str(Path(sys.executable).parent)
        common |= {"PULUMI_BACKEND_URL": url or backend.as_uri(), "PATH": f"{python}:{common['PATH']}"}
        self.env = common
        self.behind = {**common, "AWS_ENDPOINT_URL": proxied, "AISTACKS_SANDBOX_AWS_ENDPOINT": proxied}
        (folder / "Pulumi.yaml").write_text(json.dumps({"name": self.name, "runtime": "python"}))
        (folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"aws:region": REGION}}))
        (folder / "__main__.py").write_text("")
        (folder / "driver.py").write_text(_PROGRAM)
        self.engine("stack", "init", "dev")

    def declare(self, *resources: tuple[str, str, dict[str, Any]]) -> None:
        (self.folder / "resources.json").write_text(json.dumps(resources))

    def engine(self, *words: str) -> str:
        command = ["pulumi", *words, "--non-interactive"]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self, stack: str = "dev") -> None:
        command = [sys.executable, "driver.py", stack]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def killed_at(self, mark: str, verb: str = "up") -> None:
        """The engine, killed with all it started once AWS has done what ``mark`` asks for."""
        self.proxy.keep(mark)
        command = [sys.executable, "driver.py", "dev"]
        if verb != "up":
            command = ["pulumi", verb, "--yes", "--skip-preview", "--stack", "dev", "--non-interactive"]
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.behind, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout
        reached = self.proxy.reached.wait(60)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        # The engine first: it would note that its provider is gone.
        for each in sorted(family, key=lambda each: each.name() != "pulumi"):
            each.kill()
        said = process.stdout.read()
        process.stdout.close()
        process.wait(30)
        self.proxy.released.set()
        assert reached, said

    def recover(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "aistacks_cli.start", "recover", "dev", *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    def report(self, *words: str) -> dict[str, Any]:
        done = self.recover("--json", *words)
        assert done.returncode in (0, 3), done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def state(self) -> dict[str, Any]:
        deployment: dict[str, Any] = json.loads(self.engine("stack", "export", "--stack", "dev"))["deployment"]
        return deployment

    def ids(self) -> dict[str, str]:
        found = self.state().get("resources") or []
        return {
            each["urn"].rpartition("::")[2]: each.get("id", "") for each in found if each["type"].startswith("aws:")
        }

    def locks(self) -> list[Path]:
        return list((self.folder / "backend" / ".pulumi" / "locks").rglob("*.json"))


Make = Callable[..., Project]


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


def aws(emulator: str, service: str) -> Any:
    make: Any = boto3.Session("sandbox", "sandbox", region_name=REGION).client
    return make(service, endpoint_url=emulator)


def test_what_was_made_and_not_noted_is_taken_in(project: Make) -> None:
    made = project("takes")
    queue = (QUEUE, "queue", {"name": "takes-queue"})
    made.declare(queue)
    made.up()
    made.declare(queue, (GLUE, "lake", {"name": "takes_lake"}))
    made.killed_at("AWSGlue.CreateDatabase")
    assert [each["type"] for each in made.state()["pending_operations"]] == ["creating"]
    assert len(made.locks()) == 1

    plan = made.recover()
    assert plan.returncode == 3
    assert "takes_lake" in plan.stdout and "take into the state" in plan.stdout and "left locked by" in plan.stdout
    assert made.state().get("pending_operations") and len(made.locks()) == 1

    report = made.report("--yes")
    assert [(each["name"], each["action"]) for each in report["operations"]] == [("lake", "adopt")]
    assert report["done"] is True and report["left"] == 0
    assert not made.state().get("pending_operations") and made.locks() == []
    assert made.ids()["lake"] == "123456789012:takes_lake"
    lake = next(each for each in made.state()["resources"] if each["type"] == GLUE)
    assert lake["outputs"]["arn"].endswith("database/takes_lake")

    made.up()
    again = made.recover()
    assert again.returncode == 0 and "nothing was left unfinished" in again.stdout


def test_the_same_in_a_bucket(project: Make, emulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    made = project("bucket", bucket_url(emulator.removeprefix("http://"), "recover-backend"))
    made.declare(
        (VPC, "net", {"cidrBlock": "10.70.0.0/16", "tags": {"Name": "net", "aistacks:component": "Network/net"}})
    )
    made.killed_at("Action=CreateVpc")
    report = made.report("--yes")
    assert [(each["action"], each["found"][0]["certain"]) for each in report["operations"]] == [("adopt", True)]
    assert len(report["locks"]) == 1
    assert made.ids()["net"] == report["operations"][0]["found"][0]["id"]
    made.up()


def test_what_was_not_made_is_forgotten(project: Make) -> None:
    made = project("forgets")
    made.declare((QUEUE, "queue", {"name": "forgets-queue"}))
    made.killed_at("AmazonSQS.CreateQueue")
    aws(made.env["AWS_ENDPOINT_URL"], "sqs").delete_queue(
        QueueUrl=aws(made.env["AWS_ENDPOINT_URL"], "sqs").get_queue_url(QueueName="forgets-queue")["QueueUrl"]
    )
    report = made.report("--yes")
    assert [(each["action"], each["found"]) for each in report["operations"]] == [("drop", [])]
    assert not made.state().get("pending_operations")
    made.up()
    assert "queue" in made.ids()


def test_what_is_not_sure_is_decided_by_somebody(project: Make, emulator: str) -> None:
    made = project("decides")
    made.declare((VPC, "net", {"cidrBlock": "10.71.0.0/16"}))
    made.killed_at("Action=CreateVpc")
    mine = aws(emulator, "ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.71.0.0/16"]}])["Vpcs"][0][
        "VpcId"
    ]

    unsure = made.recover("--yes")
    assert unsure.returncode == 3
    assert f"aistacks recover dev --take net={mine}" in unsure.stdout
    assert f"aistacks recover dev --remove net={mine}" in unsure.stdout
    assert made.state()["pending_operations"] and len(made.locks()) == 1

    wrong = made.recover("--take", "nett=vpc-1")
    assert wrong.returncode == 2 and "net" in wrong.stderr
    other = made.recover("--take", "net=vpc-1")
    assert other.returncode == 2 and mine in other.stderr

    done = made.recover("--yes", "--take", f"net={mine}")
    assert done.returncode == 0, done.stderr
    assert made.ids() == {"net": mine}


def test_what_is_to_go_is_deleted_by_its_provider(project: Make, emulator: str) -> None:
    made = project("removes")
    made.declare((VPC, "net", {"cidrBlock": "10.72.0.0/16"}))
    made.killed_at("Action=CreateVpc")
    done = made.recover("--yes", "--remove", "net")
    assert done.returncode == 0, done.stderr
    assert made.ids() == {} and not made.state().get("pending_operations")
    assert aws(emulator, "ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.72.0.0/16"]}])["Vpcs"] == []


def test_what_was_being_deleted_is_read_again(project: Make, emulator: str) -> None:
    made = project("deletes")
    made.declare((QUEUE, "queue", {"name": "deletes-queue"}), (GLUE, "lake", {"name": "deletes_lake"}))
    made.up()
    made.killed_at("AWSGlue.DeleteDatabase", "destroy")
    report = made.report("--yes")
    assert {each["operation"]: each["action"] for each in report["operations"]}["deleting"] == "read"
    assert "lake" not in made.ids() and not made.state().get("pending_operations")


def test_a_neighbours_network_is_not_taken(project: Make, emulator: str) -> None:
    made = project("neighbours")
    made.declare((VPC, "net", {"cidrBlock": "10.73.0.0/16", "tags": {"Name": "net"}}))
    made.engine("stack", "init", "other")
    (made.folder / "Pulumi.other.yaml").write_text((made.folder / "Pulumi.dev.yaml").read_text())
    made.up("other")
    made.killed_at("Action=CreateVpc")
    theirs, mine = sorted(
        aws(emulator, "ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.73.0.0/16"]}])["Vpcs"],
        key=lambda vpc: str(vpc["VpcId"]) in str(made.state()),
    )
    report = made.report("--yes")
    taken = made.ids()["net"]
    assert [each["id"] for each in report["operations"][0]["found"]] == [taken]
    other = json.loads(made.engine("stack", "export", "--stack", "other"))["deployment"]["resources"]
    assert taken not in {each.get("id") for each in other} and taken in (theirs["VpcId"], mine["VpcId"])


def lock(made: Project, **about: Any) -> None:
    folder = made.folder / "backend" / ".pulumi" / "locks" / "organization" / made.name / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    full = {"pid": os.getpid(), "username": "ada", "hostname": socket.gethostname(), "timestamp": now, **about}
    (folder / "1.json").write_text(json.dumps(full))


def test_a_living_run_is_left_alone(project: Make) -> None:
    made = project("lives")
    lock(made)
    refused = made.recover("--yes")
    assert refused.returncode == 2 and "ada@" in refused.stderr and "Wait until it ends" in refused.stderr
    lock(made, hostname="elsewhere")
    refused = made.recover("--yes")
    assert refused.returncode == 2 and "ada@elsewhere" in refused.stderr and "pulumi cancel" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert len(made.locks()) == 1


def test_without_an_engine_it_says_so(project: Make) -> None:
    made = project("engineless")
    made.env["PATH"] = str(made.folder)
    refused = made.recover()
    assert refused.returncode == 2 and "no pulumi" in refused.stderr


def test_a_stack_that_is_not_there_is_the_engines_own_line(project: Make) -> None:
    made = project("nowhere")
    command = [sys.executable, "-m", "aistacks_cli.start", "recover", "staging"]
    refused = subprocess.run(command, cwd=made.folder, env=made.env, capture_output=True, text=True)
    assert refused.returncode == 2 and "no stack named" in refused.stderr
