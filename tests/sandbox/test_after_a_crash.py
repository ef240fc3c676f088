"""Commands, engines and providers that are killed in the middle: what they had made is taken up; nothing is left."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from aistacks_core.errors import UserError
from aistacks_sandbox.engine import survivors
from aistacks_sandbox.engine.operations import OperationError
from aistacks_sandbox.recover import recover
from aistacks_sandbox.run import run
from frozen import frozen_in_the_middle, state_of, wait_for

SHOP = """
    import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
    data = aws.s3.Bucket("data", tags={"Name": "data"})
    base = aws.glue.CatalogDatabase("base", name="after-a-crash", description="kept")
    work = aws.sqs.Queue("work", visibility_timeout_seconds=45, tags={"Name": "work"})
    vpc = aws.ec2.Vpc("net", cidr_block="10.9.0.0/16", tags={"Name": "after-a-crash"})
    subnet = aws.ec2.Subnet("net", vpc_id=vpc.id, cidr_block="10.9.1.0/24", tags={"Name": "after-a-crash"})
    settings = k8s.core.v1.ConfigMap("settings", data={"a": "b"})
    pulumi.export("ids", pulumi.Output.all(data.id, base.id, work.id, vpc.id, subnet.id, settings.id))
    pulumi.export("queue", work.url)
"""
SLOW = """
    import pathlib, time
    import pulumi, pulumi_aws as aws
    def once_it_stands_still(_):
        while not pathlib.Path({gate!r}).exists():
            time.sleep(0.01)
        return "slow-second"
    first = aws.sqs.Queue("first")
    second = aws.glue.CatalogDatabase("second", name=first.url.apply(once_it_stands_still))
    third = aws.sqs.Queue("third", opts=pulumi.ResourceOptions(depends_on=[second]))
"""


def slow(stack: Any) -> Path:
    gate: Path = stack.folder / "frozen"
    stack.write(SLOW.format(gate=str(gate)))
    return gate


def forget(stack: Any, *names: str) -> None:
    """Put the state back to where the creation of ``names`` had begun and not ended."""
    state = json.loads(stack.checkpoint.read_text())
    latest = state["checkpoint"]["latest"]
    gone = [each for each in latest["resources"] if each["urn"].rpartition("::")[2] in names]
    latest["resources"] = [each for each in latest["resources"] if each not in gone]
    begun = [{key: value for key, value in each.items() if key not in ("id", "outputs")} for each in gone]
    latest["pending_operations"] = [{"type": "creating", "resource": each} for each in begun]
    stack.checkpoint.write_text(json.dumps(state))


def test_what_was_made_and_not_noted_is_taken_in_and_finished(stack: Any) -> None:
    first = stack.up(SHOP)
    sqs = stack.sandbox.aws("sqs")
    queue = first.outputs["queue"]
    sqs.untag_queue(QueueUrl=queue, TagKeys=["Name"])
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "30"})
    forget(stack, "data", "base", "work", "net", "settings")
    before = stack.checkpoint.read_bytes()

    stack.preview()
    assert stack.checkpoint.read_bytes() == before, "a preview changed the state"

    after = stack.up()
    assert after.outputs == first.outputs, "something was made twice"
    assert "create" not in after.changes
    assert state_of(stack)[1] == []
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"Name": "work"}
    seen = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert seen == {"VisibilityTimeout": "45"}
    assert stack.up().changed == 0


def test_recover_without_an_environment_takes_up_and_makes_nothing(stack: Any) -> None:
    first = stack.up(SHOP)
    forget(stack, "data", "base", "work", "net", "settings")
    assert recover(stack.sandbox.project)[stack.key]
    assert {"data", "base", "work", "net", "settings"} <= set(state_of(stack)[0]) and not state_of(stack)[1]
    assert not recover(stack.sandbox.project)[stack.key]
    after = stack.up()
    assert (after.outputs, after.changed) == (first.outputs, 0)


def test_a_destruction_takes_what_was_made_and_not_noted_with_it(stack: Any) -> None:
    vpc = stack.up(SHOP).outputs["ids"][3]
    forget(stack, "data", "base", "work", "net", "settings")
    stack.destroy()
    assert not stack.is_up
    assert vpc not in [each["VpcId"] for each in stack.sandbox.aws("ec2").describe_vpcs()["Vpcs"]]
    assert "after-a-crash" not in [each["Name"] for each in stack.sandbox.aws("glue").get_databases()["DatabaseList"]]


def begin(stack: Any, name: str, *, gone: bool = False, **inputs: Any) -> None:
    """Put the state to where ``name`` was being replaced; ``gone``: what it replaces was deleted first."""
    state = json.loads(stack.checkpoint.read_text())
    latest = state["checkpoint"]["latest"]
    (old,) = [each for each in latest["resources"] if each["urn"].rpartition("::")[2] == name and each["custom"]]
    new = {key: value for key, value in old.items() if key not in ("id", "outputs")}
    new["inputs"] = {**old["inputs"], **inputs}
    latest["pending_operations"] = [{"type": "creating", "resource": new}]
    if gone:
        old["pendingReplacement"] = True
    stack.checkpoint.write_text(json.dumps(state))


def test_a_replacement_that_was_made_first_is_taken_in_and_the_old_one_goes(stack: Any) -> None:
    text = """
        import pulumi, pulumi_aws as aws
        net = aws.ec2.Vpc("net", cidr_block={cidr!r}, tags={{"Name": "replaced"}})
        pulumi.export("vpc", net.id)
    """
    old = stack.up(text.format(cidr="10.11.0.0/16")).outputs["vpc"]
    ec2 = stack.sandbox.aws("ec2")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "replaced"}]}]
    new = ec2.create_vpc(CidrBlock="10.12.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    begin(stack, "net", cidrBlock="10.12.0.0/16")
    after = stack.up(text.format(cidr="10.12.0.0/16"))
    assert after.outputs["vpc"] == new and "create" not in after.changes
    named = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["replaced"]}])["Vpcs"]
    assert [vpc["VpcId"] for vpc in named] == [new] != [old]
    assert stack.up().changed == 0


def test_a_replacement_whose_predecessor_was_deleted_first_is_taken_in_under_the_same_name(stack: Any) -> None:
    text = """
        import pulumi_aws as aws
        aws.glue.CatalogDatabase("base", name="replaced-in-place")
    """
    stack.up(text)
    begin(stack, "base", gone=True)
    after = stack.up()
    assert "create" not in after.changes
    (base,) = [each for each in after.inventory.entries if each.name == "base"]
    assert base.id.endswith(":replaced-in-place")
    assert stack.up().changed == 0


def test_a_state_that_was_cut_off_is_taken_from_its_backup(stack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    first = stack.up(SHOP)
    whole = stack.checkpoint.read_bytes()
    stack.checkpoint.write_bytes(whole[: len(whole) // 2])
    capsys.readouterr()
    after = stack.up()
    assert "cut off or overwritten" in capsys.readouterr().err
    assert (after.outputs, after.changed) == (first.outputs, 0)


def test_a_killed_command_leaves_an_engine_that_the_next_one_waits_for(
    stack: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = slow(stack)
    command = [Path(sys.executable).with_name("aistacks"), "sandbox", "run", "--project", stack.sandbox.project]
    with frozen_in_the_middle(stack, gate) as emulator, (tmp_path / "said").open("w") as said:
        process = subprocess.Popen([*map(str, command), str(stack.folder)], stdout=said, stderr=said)
        wait_for(lambda: emulator.status() == psutil.STATUS_STOPPED and state_of(stack)[1])
        process.kill()
        process.wait()
        assert [each.name() for each in survivors.working(stack.sandbox.state)].count("pulumi") == 1
        threading.Timer(3, emulator.resume).start()
        stack.up()
    assert "Waiting for the engine of an earlier command (pid" in capsys.readouterr().err
    assert set(state_of(stack)[0]) >= {"first", "second", "third"} and not state_of(stack)[1]
    names = [each["Name"] for each in stack.sandbox.aws("glue").get_databases()["DatabaseList"]]
    assert names.count("slow-second") == 1


def test_what_a_provider_had_made_when_it_was_killed_is_found(stack: Any) -> None:
    """The engine takes it out of its notes: for it, the creation failed."""
    gate = slow(stack)
    failures: list[str] = []

    def up() -> None:
        try:
            stack.up()
        except OperationError as error:
            failures.append(str(error))

    worker = threading.Thread(target=up)
    with frozen_in_the_middle(stack, gate) as emulator:
        worker.start()
        wait_for(lambda: emulator.status() == psutil.STATUS_STOPPED and state_of(stack)[1])
        # The note goes before the call to the provider, and that before the provider's own to the emulator.
        time.sleep(5)
        working = survivors.working(stack.sandbox.state)
        for each in working:
            if any(word.endswith("aistacks_sandbox.providers.aws") for word in each.cmdline()):
                each.kill()
        worker.join()
    assert len(failures) == 1
    # What the emulator had been asked for it does once it moves on.
    wait_for(lambda: "slow-second" in [d["Name"] for d in stack.sandbox.aws("glue").get_databases()["DatabaseList"]])
    assert "second" not in {*state_of(stack)[0], *state_of(stack)[1]}
    stack.up()
    assert set(state_of(stack)[0]) >= {"first", "second", "third"}


def test_a_second_command_is_told_who_works_and_may_wait(stack: Any, tmp_path: Path) -> None:
    gate = slow(stack)
    command = [Path(sys.executable).with_name("aistacks"), "sandbox", "run", "--project", stack.sandbox.project]
    with frozen_in_the_middle(stack, gate) as emulator, (tmp_path / "said").open("w") as said:
        process = subprocess.Popen([*map(str, command), str(stack.folder)], stdout=said, stderr=said)
        wait_for(lambda: emulator.status() == psutil.STATUS_STOPPED and state_of(stack)[1])
        who = rf"another aistacks command \(`aistacks sandbox run`, pid {process.pid}, since \d\d:\d\d:\d\d\)"
        with pytest.raises(UserError, match=rf"got {who} at work; expected one at a time"):
            stack.up()
        with pytest.raises(UserError, match=rf"got {who} still at work after \d+ s"):
            run(stack.sandbox.project, stack.folder, stack.name, wait=1)
        threading.Timer(2, emulator.resume).start()
        waited = run(stack.sandbox.project, stack.folder, stack.name, wait=120)
        assert process.wait(timeout=5) == 0
    assert waited.changed == 0


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def move_the_clock(folder: Path, days: int) -> None:
    """As if this machine's clock had been moved by ``days``: every time that was noted lies as far in the past."""
    back = timedelta(days=days)
    for file in [each for each in folder.rglob("*") if each.is_file()]:
        seen = file.stat()
        if file.suffix in (".json", ".bak", ".attrs"):
            text = file.read_text(errors="surrogateescape")
            moved = _TIME.sub(lambda at: (datetime.fromisoformat(at[0]) - back).isoformat(), text)
            file.write_text(moved, errors="surrogateescape")
        os.utime(file, (seen.st_atime - back.total_seconds(), seen.st_mtime - back.total_seconds()))


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_was_moved_by_a_day_meanwhile_changes_nothing(stack: Any, days: int) -> None:
    first = stack.up(SHOP)
    forget(stack, "data", "base", "work", "net", "settings")
    noted = stack.checkpoint.read_text()
    move_the_clock(stack.checkpoint.parent, days)
    move_the_clock(stack.sandbox.state.logs, days)
    assert stack.checkpoint.read_text() != noted
    assert stack.up().outputs == first.outputs
    stack.checkpoint.write_bytes(stack.checkpoint.read_bytes()[:-100])
    move_the_clock(stack.checkpoint.parent, days)
    after = stack.up()
    assert (after.outputs, after.changed) == (first.outputs, 0)
