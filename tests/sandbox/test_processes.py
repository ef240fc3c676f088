"""Background processes: real children on loopback, found again, never mistaken, stopped for sure."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from aistacks_core.errors import UserError
from aistacks_core.loopback import free_port, free_ports
from aistacks_sandbox import processes
from aistacks_sandbox.state import State

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(120)"]


@pytest.fixture
def state(tmp_path):
    made = State(tmp_path / ".aistacks" / "sandbox")
    yield made
    for process in processes.running(made):
        processes.stop(made, process.name, timeout=2)


def test_the_state_folder_is_ignored_by_git_and_private(state):
    assert state.logs.is_dir()
    assert (state.root / ".gitignore").read_text() == "*\n"
    assert state.root.stat().st_mode & 0o077 == 0


def test_what_nobody_collects_has_ended_all_the_same(state):
    """The first process of many containers collects nobody's exit status."""
    started = (
        "from pathlib import Path; from aistacks_sandbox import processes; from aistacks_sandbox.state import State\n"
    )
    started += (
        f"processes.start(State(Path({str(state.root)!r})), 'sleeper', {SLEEP!r}); print('up', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", started], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as careless:
        assert careless.stdout.readline()
        began = time.monotonic()
        assert processes.stop(state, "sleeper")
        assert time.monotonic() - began < 5
        assert processes.find(state, "sleeper") is None
        careless.communicate(b"\n")


def test_looking_at_a_state_that_never_was_makes_nothing(tmp_path):
    state = State(tmp_path / "none")
    assert not state.exists()
    assert processes.running(state) == []
    assert not state.root.exists()


def test_a_process_is_detached_recorded_and_found_again(state):
    process = processes.start(state, "sleeper", SLEEP, port=4321)
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    assert processes.find(state, "sleeper") == process
    record = json.loads((state.run / "sleeper.json").read_text())
    assert record["pid"] == process.pid
    assert record["port"] == 4321


def test_starting_the_same_again_leaves_it_alone_and_another_replaces_it(state):
    first = processes.start(state, "sleeper", SLEEP)
    assert processes.start(state, "sleeper", SLEEP) == first
    second = processes.start(state, "sleeper", [*SLEEP, "other"])
    assert second.pid != first.pid
    assert not first.is_running()


def test_stop_ends_it_and_says_whether_there_was_one(state):
    process = processes.start(state, "sleeper", SLEEP)
    assert processes.stop(state, "sleeper")
    assert not psutil.pid_exists(process.pid)
    assert not processes.stop(state, "sleeper")
    assert processes.running(state) == []


def test_one_that_ignores_the_request_is_killed_with_its_children(state):
    stubborn = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "code = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(120)'\n"
        "print(subprocess.Popen([sys.executable, '-c', code]).pid, flush=True)\n"
        "time.sleep(120)\n"
    )
    process = processes.start(state, "stubborn", [sys.executable, "-c", stubborn])
    log = Path(process.log)
    processes.wait_ready(process, lambda: log.read_text().strip() != "", timeout=60)
    child = int(log.read_text())
    time.sleep(0.3)
    processes.stop(state, "stubborn", timeout=0.3)
    assert not process.is_running()
    assert processes._start_ticks(child) is None, "neither gone nor a zombie"


@pytest.mark.parametrize("lie", [{"started": 1}, {"boot": "another boot"}])
def test_a_recycled_pid_is_neither_taken_for_ours_nor_killed(state, lie):
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as stranger:
        process = processes.start(state, "sleeper", SLEEP)
        processes.stop(state, "sleeper")
        record = {
            **process.__dict__,
            "pid": stranger.pid,
            "started": processes._start_ticks(stranger.pid),
            **lie,
        }
        (state.run / "sleeper.json").write_text(json.dumps(record))
        assert processes.find(state, "sleeper") is None
        assert not processes.stop(state, "sleeper")
        assert stranger.poll() is None
        stranger.kill()


def test_a_broken_record_is_forgotten(state):
    (state.run / "sleeper.json").write_text("{half")
    assert processes.find(state, "sleeper") is None
    assert list(state.run.iterdir()) == []


def test_one_that_dies_at_start_tells_its_last_words(state):
    process = processes.start(state, "brief", [sys.executable, "-c", "raise SystemExit('no room for me')"])
    with pytest.raises(UserError, match=r"brief: got it ended with status 1: no room for me; .*brief\.log"):
        processes.wait_ready(process, lambda: False, timeout=60)


def test_one_that_never_answers_is_given_up(state, nobody):
    process = processes.start(state, "mute", SLEEP)
    with pytest.raises(UserError, match=r"mute: got no answer: .*expected ready in 1 s"):
        processes.wait_ready(process, f"{nobody}/", timeout=1)


def test_a_url_that_answers_is_ready(state, tmp_path):
    port = free_port()
    argv = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = processes.start(state, "web", argv, port=port, cwd=tmp_path)
    processes.wait_ready(process, f"http://127.0.0.1:{port}/", timeout=60)


def test_a_program_that_is_missing_is_one_clear_line(state):
    with pytest.raises(UserError, match=r"ghost: got .*No such file.*expected a program that starts"):
        processes.start(state, "ghost", ["/no/such/program"])
    assert processes.find(state, "ghost") is None


def test_the_log_of_the_run_before_is_kept(state):
    for word in ("first", "second"):
        process = processes.start(state, "speaker", [sys.executable, "-c", f"print('{word}')"])
        processes._children[process.pid].wait(timeout=60)
    assert (state.logs / "speaker.log").read_text() == "second\n"
    assert (state.logs / "speaker.log.1").read_text() == "first\n"


def test_a_port_in_use_is_one_line_that_names_its_holder():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(UserError) as caught:
            free_port(port, "emulator")
    line = str(caught.value)
    assert line.startswith(f"emulator: got port {port}, which is in use")
    assert f"(pid {os.getpid()})" in line
    assert "\n" not in line
    assert free_port(port, "emulator") == port


def test_free_ports_differ_and_nobody_gets_them_by_chance():
    found = free_ports(5)
    given_away = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert len(set(found)) == 5
    assert all(20_000 <= port < given_away for port in found)


def test_ctrl_c_of_the_parent_leaves_the_process_running(tmp_path):
    script = (
        "import sys, time; from pathlib import Path\n"
        "from aistacks_sandbox import processes; from aistacks_sandbox.state import State\n"
        "processes.start(State(Path(sys.argv[1])), 'sleeper', sys.argv[2:])\n"
        "print('started', flush=True); time.sleep(60)\n"
    )
    argv = [sys.executable, "-c", script, str(tmp_path / "s"), *SLEEP]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"started\n"
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.wait(timeout=60) != 0
    state = State(tmp_path / "s")
    assert processes.find(state, "sleeper")
    assert processes.stop(state, "sleeper")
