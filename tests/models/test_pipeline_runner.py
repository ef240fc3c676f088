"""The pipeline as the command runs it: in the other environment, remembered, interrupted, wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from aistacks_core import checksums
from aistacks_core.errors import UserError
from aistacks_models.workflows import pipeline_runner

TINY = Path(__file__).with_name("inside") / "tiny_model.py"
UNCACHED = """
import sys
from pathlib import Path
from aistacks_models.workflows import pipeline_runner
pipeline_runner.root = lambda: Path(sys.argv[1])
pipeline_runner.build(sys.argv[2], until="train", training=["epochs=100000"])
"""


@pytest.fixture
def own(tmp_path, monkeypatch, models_python):
    """A model of one's own, and nothing built before."""
    shutil.copy(TINY, tmp_path / "greater.py")
    monkeypatch.setattr(pipeline_runner, "root", lambda: tmp_path / "work")
    return tmp_path


def test_what_is_built_is_remembered_until_an_input_changes(own):
    first = pipeline_runner.build("greater", folders=[own], until="train")
    assert first.fresh
    again = pipeline_runner.build("greater", folders=[own], until="train")
    assert not again.fresh
    assert again.folders == first.folders
    other = pipeline_runner.build("greater", folders=[own], until="train", training=["epochs=2"])
    assert other.fresh
    assert other.folders != first.folders
    text = (own / "greater.py").read_text()
    (own / "greater.py").write_text(text + "# another thought\n")
    assert not pipeline_runner.build("greater", folders=[own], until="train").fresh
    (own / "greater.py").write_text(text.replace("hidden: int = 8", "hidden: int = 9"))
    assert pipeline_runner.build("greater", folders=[own], until="train").fresh


def test_what_was_altered_is_made_anew_to_the_same_bytes(own):
    first = pipeline_runner.build("greater", folders=[own], until="train")
    weights = first.folders["train"] / "weights.safetensors"
    bytes_before = weights.read_bytes()
    weights.write_bytes(b"altered" + bytes_before[7:])
    assert pipeline_runner.build("greater", folders=[own], until="train").fresh
    assert weights.read_bytes() == bytes_before
    assert checksums.complete(first.folders["train"])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("import numpy as np", "import nothing_such", r"greater\.py:\d+: got ModuleNotFoundError: .*nothing_such"),
        ("def loss(self, raw, targets):", "def loss(self, raw):", r"got .*expected"),
        ("nn.Linear(2, self", "nn.Linear(3, self", r"got .*expected"),
        ("return functional", "return float('nan') * functional", r"got .*expected"),
        ('name = "greater"', 'name = "../greater"', r"Greater\.name: got '\.\./greater'; expected lower-case"),
    ],
)
def test_a_mistake_in_ones_own_file_is_one_line(own, before, after, said):
    text = (own / "greater.py").read_text()
    assert before in text
    (own / "greater.py").write_text(text.replace(before, after))
    with pytest.raises(UserError, match=said) as caught:
        pipeline_runner.build("greater", folders=[own], until="train")
    assert "\n" not in str(caught.value)


def test_an_unknown_option_is_one_line(own):
    with pytest.raises(UserError, match=r"--size: got 'depth'; expected one of the options hidden, rows"):
        pipeline_runner.build("greater", folders=[own], until="train", size=["depth=3"])
    with pytest.raises(UserError, match=r"--training: got 'fast'; expected NAME=VALUE"):
        pipeline_runner.build("greater", folders=[own], until="train", training=["fast"])


def test_a_pipeline_that_dies_is_one_line(own):
    text = (own / "greater.py").read_text()
    (own / "greater.py").write_text(text.replace("import numpy as np", "import os; os._exit(9)"))
    with pytest.raises(UserError, match=r"the models environment: got exit status 9; expected the pipeline to end"):
        pipeline_runner.build("greater", folders=[own], until="train")


def test_ctrl_c_ends_the_pipeline_too(own):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.Popen(
        [sys.executable, "-c", UNCACHED, str(own / "work"), str(own / "greater.py")],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 300
    while not list((own / "work").glob("greater/train-*.part/*")):
        assert child.poll() is None and time.monotonic() < deadline, "it never came to training"
        time.sleep(0.1)
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate(timeout=90)[1]
    assert child.returncode != 0
    assert "greater/train" not in str(list((own / "work").glob("greater/train-*[0-9a-f]"))), said
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


def test_the_pipeline_ends_with_a_command_that_was_killed(own):
    """Else it would go on writing into the folder that the same command's next run takes up."""
    child = subprocess.Popen(
        [sys.executable, "-c", UNCACHED, str(own / "work"), str(own / "greater.py")], start_new_session=True
    )
    deadline = time.monotonic() + 300
    while not list((own / "work").glob("greater/train-*.part/*")):
        assert child.poll() is None and time.monotonic() < deadline, "it never came to training"
        time.sleep(0.1)
    (pipeline,) = psutil.Process(child.pid).children()
    child.kill()
    child.wait()
    psutil.wait_procs([pipeline], timeout=20)
    assert not pipeline.is_running()
