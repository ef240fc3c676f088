"""An engine that is stopped in the middle: what is kept, what is said, and that the next up works."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from aistacks_sandbox.engine import checkpoint
from aistacks_sandbox.engine.operations import OperationError
from frozen import frozen_in_the_middle, state_of, wait_for

SLOW = """
    import pathlib, time
    import pulumi, pulumi_aws as aws
    def once_it_stands_still(_):
        while not pathlib.Path({gate!r}).exists():
            time.sleep(0.01)
        return "second"
    first = aws.sqs.Queue("first")
    second = aws.sns.Topic("second", name=first.url.apply(once_it_stands_still))
    third = aws.sqs.Queue("third", opts=pulumi.ResourceOptions(depends_on=[second]))
"""


def slow(stack: Any) -> Path:
    """Write that program; the file for whose sake its second resource waits."""
    gate: Path = stack.folder / "frozen"
    stack.write(SLOW.format(gate=str(gate)))
    return gate


def engines(parent: psutil.Process) -> list[psutil.Process]:
    return [p for p in parent.children(recursive=True) if p.name() == "pulumi" and "up" in p.cmdline()]


def test_a_killed_engine_is_told_and_the_next_up_goes_on(stack: Any) -> None:
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
        (engine,) = engines(psutil.Process())
        engine.kill()
        worker.join()
    assert len(failures) == 1 and "\n" not in failures[0]
    held, begun = state_of(stack)
    assert "first" in held and begun == ["second"]
    assert checkpoint.interrupted(stack.sandbox.state.backend, stack.folder.name, stack.name)

    stack.up()
    held, begun = state_of(stack)
    assert {"first", "second", "third"} <= set(held) and not begun
    assert not checkpoint.interrupted(stack.sandbox.state.backend, stack.folder.name, stack.name)


def test_ctrl_c_ends_what_is_in_flight_and_the_next_up_goes_on(stack: Any, tmp_path: Path) -> None:
    gate = slow(stack)
    command = [Path(sys.executable).with_name("aistacks"), "sandbox", "run", "--project", stack.sandbox.project]
    said = tmp_path / "said"
    with frozen_in_the_middle(stack, gate) as emulator, said.open("w") as stderr:
        process = subprocess.Popen([*map(str, command), str(stack.folder)], stdout=subprocess.DEVNULL, stderr=stderr)
        wait_for(lambda: emulator.status() == psutil.STATUS_STOPPED and state_of(stack)[1])
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        # This is said just before the engine is told; that it has heard shows nowhere.
        wait_for(lambda: "stopping the engine: it finishes what is in flight" in said.read_text())
        time.sleep(1)
        emulator.resume()
        process.wait(timeout=90)
    told = said.read_text()
    assert process.returncode == 130, told
    assert told.splitlines()[-1] == "interrupted; nothing is lost: the same command goes on from here"
    assert "Traceback" not in told
    assert not psutil.wait_procs(family, timeout=30)[1]
    held, begun = state_of(stack)
    assert {"first", "second"} <= set(held) and "third" not in held and not begun

    after = stack.up()
    assert after.changes == {"same": 3, "create": 1}


def test_a_child_that_dies_without_an_answer_is_told_with_its_log(stack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.write("import os\nos._exit(7)\n")
    with pytest.raises(OperationError, match=r"the engine ended without an answer \(exit code 7\); see .*up\.log"):
        stack.up()
