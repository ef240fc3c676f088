"""`aistacks recover` after a real engine that was killed in the middle of its `up`, in a backend of files and of S3.

The providers are the sandbox's stand-ins, so what an import by the vendor's would read isn't proven here.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from interrupted_project import GLUE, QUEUE, VPC, Make, Project, aws
from s3_backends import bucket_url


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
