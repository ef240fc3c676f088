"""Locked environments made on demand: whole or not at all, re-made when broken, never unlocked."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from aistacks_core import python_env
from aistacks_core.errors import UserError

NAMES = ("models", "triton")


@pytest.fixture
def small_lock(tmp_path, monkeypatch):
    """A lock of one tiny package, which lies beside it and needs no network, and a cache of its own."""
    wheel = tmp_path / "wheels" / "aistacks_tiny-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    about = "aistacks_tiny-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("aistacks_tiny.py", f"NOTE = {'x' * 200!r}\n")
        made.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: aistacks-tiny\nVersion: 1.0\n")
        made.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{about}/RECORD", "")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in {"CONFIG_FILE": os.devnull, "NO_INDEX": "1", "FIND_LINKS": str(wheel.parent)}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    lock = tmp_path / "models.txt"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"aistacks-tiny==1.0 \\\n    --hash=sha256:{digest}\n")
    monkeypatch.setattr(python_env, "lock_file", lambda name: lock)
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(tmp_path / "cache"))
    return lock


def forbid_making(monkeypatch):
    def refuse(*words):
        raise AssertionError(f"made again: {words}")

    monkeypatch.setattr(python_env, "_make", refuse)


@pytest.mark.programs
def test_environment_is_made_once_and_made_again_when_broken(small_lock, tmp_path, monkeypatch):
    env = python_env.ensure("models")
    subprocess.run([env.python, "-c", "import aistacks_tiny"], check=True)
    assert env.folder.parent == tmp_path / "cache" / "envs"
    assert list((tmp_path / "cache" / "scratch").iterdir()) == []
    with monkeypatch.context() as patch:
        forbid_making(patch)
        assert python_env.ensure("models") == env

    module = env.site_packages / "aistacks_tiny.py"
    whole = module.read_text()
    module.write_text(whole[:100])
    assert not python_env.is_whole(env)
    assert python_env.ensure("models") == env
    assert module.read_text() == whole

    (env.folder / "bin" / "python").unlink()
    assert not python_env.is_whole(env)
    (env.folder / "bin" / "python").symlink_to(sys.executable)
    (env.folder / "ready.json").write_text("{")
    assert not python_env.is_whole(env)


@pytest.mark.programs
def test_a_package_whose_hash_differs_is_refused_and_leaves_nothing(small_lock, tmp_path):
    text = small_lock.read_text()
    small_lock.write_text(text.splitlines()[0] + "\n    --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(UserError) as refused:
        python_env.ensure("models")
    assert "hash" in str(refused.value).lower()
    assert not list((tmp_path / "cache").glob("envs/*"))
    assert not list((tmp_path / "cache" / "scratch").iterdir())


def test_another_lock_is_another_environment(small_lock, monkeypatch):
    made = []
    monkeypatch.setattr(python_env, "_make", lambda env, interpreter, lock: made.append(env.folder))
    python_env.ensure("models")
    small_lock.write_text(small_lock.read_text() + "# changed\n")
    python_env.ensure("models")
    assert len(set(made)) == 2


def test_no_fitting_python_is_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(
        python_env,
        "_probe",
        lambda path: python_env.Interpreter(path, "3.19", shared=True, library_folder=""),
    )
    with pytest.raises(UserError) as refused:
        python_env.find_interpreter("triton")
    line = str(refused.value)
    assert "\n" not in line
    assert "got Python 3.19; expected Python 3.11 to 3.12 on PATH" in line
    assert "apt install python3.12-venv libpython3.12" in line


def test_a_python_without_its_shared_library_does_for_models_and_not_for_triton(monkeypatch):
    bare = python_env.Interpreter(sys.executable, "3.11", shared=False, library_folder="")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(python_env, "_probe", lambda path: bare)
    assert python_env.find_interpreter("models") == bare
    with pytest.raises(UserError, match=r"without libpython3\.11\.so"):
        python_env.find_interpreter("triton")


@pytest.mark.parametrize("name", NAMES)
def test_lock_has_a_hash_for_every_package_and_names_no_index(name):
    text = python_env.lock_file(name).read_text()
    assert "://" not in text
    assert "index-url" not in text
    blocks = text.replace("\\\n", " ").splitlines()
    pins = [line for line in blocks if line and not line.lstrip().startswith("#")]
    assert pins
    for pin in pins:
        assert "==" in pin
        assert "--hash=sha256:" in pin
