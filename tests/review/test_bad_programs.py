"""What hostile and broken programs do to `aistacks plan`: one clear line, exit code 2, and nothing that goes on."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from aistacks_core.pid_namespace import prefix

DECLARES = "import pulumi_aws as aws\naws.s3.Bucket('data')\n"
STUBBORN = "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass\n"


@dataclass(frozen=True)
class Ended:
    """How the command ended. ``told``: its one line of error."""

    code: int
    out: str
    told: str
    seconds: float


class Shop:
    """A project whose program is hostile. What it leaves behind is known by the folder that it works in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")

    def plan(self, program: str | None, *words: str, most: float = 60) -> Ended:
        if program is not None:
            (self.folder / "__main__.py").write_text(program)
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "aistacks_cli.start", "plan", "dev", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=most,
            stdin=subprocess.DEVNULL,
        )
        assert "Traceback" not in done.stderr + done.stdout
        told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert len(told) <= 1, done.stderr
        return Ended(
            done.returncode, done.stdout, told[0].removeprefix("error: ") if told else "", time.monotonic() - began
        )

    def refused(self, program: str | None, *words: str, most: float = 60) -> Ended:
        """The program can't be planned."""
        ended = self.plan(program, *words, most=most)
        assert ended.code == 2, ended
        assert ended.told, ended
        assert len(ended.told) < 1000
        return ended

    @property
    def left(self) -> list[psutil.Process]:
        """What still works in this project's folder, or comes from it."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid != os.getpid() and process.cwd().startswith(str(self.folder)):
                    found.append(process)
            except psutil.Error:
                continue
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A project; that no process of it is left is part of each test."""
    made = Shop(tmp_path)
    yield made
    left = made.left
    for process in left:
        process.kill()
    assert left == []


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("x = (\n", "__main__.py:1: got SyntaxError"),
        ("import pulumi\n\tpulumi.log\n", "__main__.py:2: got"),
        (DECLARES + "raise ValueError('no\\nway')\n", "__main__.py:3: ValueError: no way"),
        (DECLARES + "1 / 0\n", "__main__.py:3: ZeroDivisionError"),
        (DECLARES + "def deeper():\n    return deeper()\ndeeper()\n", "__main__.py:4: RecursionError"),
        (DECLARES + "raise BaseException('x' * 100_000)\n", "__main__.py:3: BaseException: xxx"),
        (DECLARES + "raise KeyboardInterrupt\n", "__main__.py:3"),
        (DECLARES + "raise GeneratorExit\n", "__main__.py:3"),
        (DECLARES + "raise type('Own', (Exception,), {'__str__': lambda self: 1 / 0})()\n", "__main__.py:3: Own"),
        (DECLARES + "import asyncio; raise asyncio.CancelledError\n", "__main__.py:3"),
        (DECLARES + "open('config.yaml')\n", "__main__.py:3: FileNotFoundError"),
        (DECLARES + "input('go on? ')\n", "__main__.py:3: EOFError"),
        (DECLARES + "import nowhere\n", "__main__.py:3: got No module named 'nowhere'"),
        (DECLARES + "aws.s3.Bucket('data')\n", "data"),
        (DECLARES + "aws.s3.Bucket('')\n", "__main__.py:3"),
        (DECLARES + "aws.s3.Bucket('x', bucket=object())\n", "__main__.py"),
        (
            DECLARES + "import pulumi; pulumi.export('a', pulumi.Output.from_input(1).apply(lambda v: 1 / 0))\n",
            "__main__",
        ),
        ("import pulumi\npulumi.Config().require('size')\n", "__main__.py:2: Missing required configuration"),
        (b"\xff\xfe".decode("latin-1") + "\x00", "__main__.py"),
    ],
)
def test_what_raises_is_one_line_with_its_place(shop: Shop, program: str, said: str) -> None:
    assert said in shop.refused(program).told


@pytest.mark.parametrize("code", ["0", "3", "'a text'", ""])
def test_a_program_that_ends_itself(shop: Shop, code: str) -> None:
    told = shop.refused(f"{DECLARES}import sys\nsys.exit({code})\n").told
    assert told.startswith("__main__.py:4: the program ended itself")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os\nos._exit(0)\n", "ended without an answer (exit code 0)"),
        ("import os\nos._exit(9)\n", "ended without an answer (exit code 9)"),
        ("import ctypes\nctypes.string_at(0)\n", "__main__.py:2: got a process that ended without an answer"),
        ("import os\nos.abort()\n", "__main__.py:2: got a process that ended without an answer"),
        ("import os\nos.closerange(0, 256)\nos._exit(0)\n", "ended without an answer"),
        ("import os\nos.write(1, b'{}')\nos._exit(0)\n", "ended without an answer"),
    ],
)
def test_a_process_that_dies(shop: Shop, program: str, said: str) -> None:
    assert said in shop.refused(program).told


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        (DECLARES + "while True: pass\n", [3]),
        (DECLARES + "while True:\n    pass\n", [3, 4]),
        (DECLARES + "import time\nwhile True: time.sleep(1)\n", [4]),
        (DECLARES + STUBBORN, [4, 5, 6, 7, 8]),
        (DECLARES + "import threading\nthreading.Event().wait()\n", [4]),
        ("import signal, time\nfor s in (15, 2, 1):\n    signal.signal(s, signal.SIG_IGN)\ntime.sleep(600)\n", [4]),
        (DECLARES + "import os\nos.read(os.pipe()[0], 1)\n", [4]),
    ],
)
def test_what_never_ends_ends_by_its_limit(shop: Shop, program: str, lines: list[int]) -> None:
    """``lines``: where it can stand when its time is up, any one of a loop's."""
    ended = shop.refused(program, "--timeout", "3")
    assert "no end within 3 s" in ended.told and "--timeout" in ended.told
    where = ended.told.partition(": got ")[0]
    assert where in [f"__main__.py:{line}" for line in lines]
    # Of 60 without a limit of its own; how slow a machine starts Python is nobody's promise.
    assert ended.seconds < 30


@pytest.fixture
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what came in there."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                heard.append(b"somebody")
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], heard
        done.set()
        thread.join()


@pytest.mark.parametrize(
    "call",
    [
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}')",
        "import socket; socket.create_connection(('127.0.0.1', {port}))",
        "import socket; socket.getaddrinfo('example.com', 443)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
        "import http.client; http.client.HTTPConnection('127.0.0.1', {port}).request('GET', '/')",
    ],
)
def test_the_network_is_refused(shop: Shop, listening: tuple[int, list[bytes]], call: str) -> None:
    port, heard = listening
    told = shop.refused(DECLARES + call.format(port=port) + "\n").told
    assert told.startswith("__main__.py:3: got a network connection to")
    assert heard == []


def test_a_flood_of_output_is_nowhere(shop: Shop) -> None:
    flood = "import sys, os\nfor _ in range(60):\n    print('x' * 1_000_000)\n    os.write(2, b'y' * 1_000_000)\n"
    ended = shop.plan(DECLARES + flood)
    assert ended.code in (1, 3)
    assert len(ended.out) < 100_000


def test_a_memory_hog_is_stopped(shop: Shop) -> None:
    ended = shop.refused(
        DECLARES + "hog = []\nwhile True:\n    hog.append(bytearray(50_000_000))\n", "--memory", "1024"
    )
    assert "1024 MiB" in ended.told
    assert ended.seconds < 30


LEAVES = [
    "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n",
    "import subprocess\n"
    "subprocess.Popen(['setsid', 'sh', '-c', 'trap \"\" TERM HUP INT; while :; do sleep 1; done'])\n",
    # Twice over, so that its parent is gone before anybody looks; in a session of its own.
    "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(300)\n"
    "    os._exit(0)\n",
    "import os, time\nfor _ in range(40):\n    if os.fork() == 0:\n        time.sleep(300)\n",
]


@pytest.mark.skipif(sys.platform != "linux", reason="orphans can only be adopted on Linux")
@pytest.mark.parametrize("leaves", LEAVES)
@pytest.mark.parametrize("end", ["", "import os; os._exit(4)\n", "import time; time.sleep(300)\n"])
def test_nothing_that_a_program_started_outlives_it(shop: Shop, leaves: str, end: str) -> None:
    # Only what sleeps meets its limit; the others have time for it.
    ended = shop.plan(DECLARES + leaves + end, *(["--timeout", "4"] if "sleep" in end else []))
    assert ended.code == (2 if end else 3) or (ended.code == 1 and not end)
    # The fixture looks once more; here it is at once.
    assert shop.left == []


@pytest.mark.skipif(not prefix(), reason="this machine gives a process no PID namespace of its own")
def test_what_drops_its_environment_and_its_folder_is_found_too(shop: Shop) -> None:
    # Its number is none of ours, so it is known by its words.
    seconds = f"300.{os.getpid()}"
    text = f"import subprocess\nsubprocess.Popen(['sleep', '{seconds}'], env={{}}, cwd='/', start_new_session=True)\n"
    shop.plan(DECLARES + text)
    assert [p for p in psutil.process_iter(["cmdline"]) if seconds in (p.info["cmdline"] or [])] == []


def test_missing_and_unreadable_files(shop: Shop, tmp_path: Path) -> None:
    assert "no __main__.py there" in shop.refused(None).told
    (shop.folder / "Pulumi.dev.yaml").unlink()
    (shop.folder / "Pulumi.prod.yaml").write_text("config: {}\n")
    assert "expected one of the environments prod" in shop.refused(DECLARES).told
    (shop.folder / "Pulumi.dev.yaml").mkdir()
    assert "Pulumi.dev.yaml" in shop.refused(DECLARES).told
    (shop.folder / "Pulumi.dev.yaml").rmdir()
    (shop.folder / "Pulumi.dev.yaml").write_bytes(b"config: \xff\n")
    assert "Pulumi.dev.yaml" in shop.refused(DECLARES).told


def test_a_fork_that_goes_on_with_the_program_answers_once(shop: Shop) -> None:
    # Both halves share a loop that belongs to one: it ends well or by its limit, and leaves nobody.
    ended = shop.plan("import os\nos.fork()\n" + DECLARES, "--timeout", "8")
    assert ended.code in (1, 2, 3)


@pytest.mark.parametrize(
    "program", [DECLARES + "import sys\nsys.stdout = sys.stderr = None\n", "import os\nos.close(1)\n" + DECLARES]
)
def test_closed_streams_are_nothing_special(shop: Shop, program: str) -> None:
    assert shop.plan(program).code in (1, 3)


@pytest.mark.parametrize(
    "breaks",
    [
        "import json; json.dumps = None",
        "import sys; sys.modules['aistacks_review.record.transport'] = None",
        "import os; os.chdir('/')",
        "import threading; threading.Thread(target=lambda: __import__('time').sleep(600)).start()",
        "import atexit, time; atexit.register(time.sleep, 600)",
        "import gc; gc.enable(); gc.set_threshold(1)",
        "import sys; sys.setrecursionlimit(50)",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))",
        "import builtins; builtins.len = None",
    ],
)
def test_a_program_that_breaks_its_own_process_hurts_nobody(shop: Shop, breaks: str) -> None:
    """It is planned, or refused in a line; it neither hangs (8 s, and 8 more without symbols) nor shows a traceback."""
    ended = shop.plan(f"{DECLARES}{breaks}\n", "--timeout", "8")
    assert ended.code in (1, 3) or (ended.code == 2 and ended.told)
    assert ended.seconds < 40


def test_an_error_quotes_no_secret_that_was_registered(shop: Shop) -> None:
    program = (
        "import pulumi, pulumi_aws as aws\n"
        "word = 'canary-' + 'in-the-error'\n"
        "p = aws.ssm.Parameter('p', type='SecureString', value=pulumi.Output.secret(word))\n"
        "def fail(_id):\n"
        "    raise ValueError(f'{word} is no number; as seen in postgres://a:' + 'hunter' + '2x@db')\n"
        "p.urn.apply(fail)\n"
    )
    ended = shop.plan(program)
    assert ended.code == 2
    assert "(secret) is no number" in ended.told
    assert "canary" not in ended.out + ended.told
    assert "hunter2x" not in ended.out + ended.told
