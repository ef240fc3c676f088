"""What an `up` works with and loses in the middle: the emulated AWS, the API server, room on the disk."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from aistacks_core.errors import UserError
from aistacks_recovery.state.checkpoint import read_checkpoint
from aistacks_sandbox import cloud, processes
from aistacks_sandbox.cluster import server as cluster
from frozen import state_of, wait_for

GATED = """
    import pathlib, time
    import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
    def once_it_is_open(_):
        while not pathlib.Path({gate!r}).exists():
            time.sleep(0.01)
        return "lost-second"
    first = aws.sqs.Queue("first")
    early = k8s.core.v1.ConfigMap("early", data={{"a": "b"}})
    name = pulumi.Output.all(first.url, early.id).apply(once_it_is_open)
    aws.glue.CatalogDatabase("second", name=name)
    k8s.core.v1.ConfigMap("third", metadata={{"name": name}}, data={{"a": "b"}})
"""
NAMES = {"first", "early", "second", "third"}
MANY = """
    import pulumi, pulumi_aws as aws
    before = []
    for at in range(10):
        # One after the other: the engine tries each write for half a minute before it gives up.
        opts = pulumi.ResourceOptions(depends_on=before)
        before = [aws.sqs.Queue(f"full-{at}", name=f"full-{at}", tags={"Name": "x" * 250}, opts=opts)]
"""
_KIB = 1024


def lost(stack: Any, name: str, restart: Callable[[], Any] | None = None) -> str:
    """Kill ``name`` while an `up` stands in its middle, and let it go on; in which line it ended."""
    gate = stack.folder / "open"
    stack.write(GATED.format(gate=str(gate)))
    said: list[str] = []

    def up() -> None:
        try:
            stack.up()
        except UserError as error:
            said.append(str(error))

    worker = threading.Thread(target=up)
    worker.start()
    try:
        wait_for(lambda: {"first", "early"} <= set(state_of(stack)[0]))
        found = processes.find(stack.sandbox.state, name)
        assert found
        victim = psutil.Process(found.pid)
        victim.kill()
        victim.wait(10)
        if restart:
            restart()
    finally:
        gate.touch()
        worker.join()
    (line,) = said or [""]
    assert "\n" not in line and "Traceback" not in line
    return line


def converges(stack: Any) -> None:
    stack.up()
    held, begun = state_of(stack)
    assert set(held) >= NAMES and not begun
    assert stack.up().changed == 0
    databases = stack.sandbox.aws("glue").get_databases()["DatabaseList"]
    assert [each["Name"] for each in databases].count("lost-second") == 1
    assert len(stack.sandbox.aws("sqs").list_queues().get("QueueUrls", [])) == 1


def test_the_emulated_aws_is_killed_in_the_middle(stack: Any) -> None:
    assert lost(stack, cloud.EMULATOR)
    converges(stack)


def test_the_emulated_aws_is_killed_and_restarted_in_the_middle(stack: Any) -> None:
    """It comes back empty, at its old address: what was made before is gone, and the engine doesn't know."""
    lost(stack, cloud.EMULATOR, lambda: cloud.start(stack.sandbox.state))
    converges(stack)


def test_the_api_server_is_killed_in_the_middle(stack: Any) -> None:
    assert lost(stack, cluster.APISERVER)
    converges(stack)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Callable[[int], None]]:
    """``folder`` on a file system of ``size`` bytes; gives what sets another size."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")

    def resize(other: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={other}", str(folder)], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_full_in_the_middle_is_told_and_nothing_is_made_twice(stack: Any) -> None:
    with small_disk(stack.checkpoint.parent, 48 * _KIB) as resize:
        with pytest.raises(UserError, match="no space left on device"):
            stack.up(MANY)
        resize(8 * _KIB * _KIB)
        stack.up()
        checkpoint = read_checkpoint(stack.checkpoint.read_bytes())
        assert len(checkpoint.ids) == 10 and not checkpoint.deployment.pending
        assert len(stack.sandbox.aws("sqs").list_queues()["QueueUrls"]) == 10
        stack.destroy()
    assert "QueueUrls" not in stack.sandbox.aws("sqs").list_queues()
