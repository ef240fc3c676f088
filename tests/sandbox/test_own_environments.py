"""The program's own Python environment in the sandbox: which Python runs it, with whose packages, and what is told."""

from __future__ import annotations

import sys
import venv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aistacks_core import environments
from aistacks_core.environments import Environment
from aistacks_sandbox.engine import child

Command = Callable[..., Any]
OURS = Path(next(path for path in sys.path if path.endswith("site-packages")))
PROGRAM = """
import sys
import pulumi
from teamlib import TEAM
pulumi.export("team", TEAM)
pulumi.export("prefix", sys.prefix)
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    folder = tmp_path / "shop"
    (folder / ".git").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: own-environment\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def environment(folder: Path, *, pulumi: bool) -> Environment:
    venv.create(folder, with_pip=False, symlinks=True)
    (place,) = folder.glob("lib/python*/site-packages")
    if pulumi:
        for entry in OURS.iterdir():
            # Ours are found without being installed there.
            if not entry.name.startswith(("aistacks", "__editable__")) and entry.suffix != ".pth":
                (place / entry.name).symlink_to(entry)
    (place / "teamlib.py").write_text("TEAM = 'own'\n")
    found = environments.at(folder)
    assert found
    return found


@pytest.mark.parametrize("pulumi", [True, False])
def test_a_program_runs_in_its_own_environment_or_with_its_packages(
    sandbox: Any, command: Command, shop: Path, *, pulumi: bool
) -> None:
    own = environment(shop / ".venv", pulumi=pulumi)
    before = {path: path.lstat().st_mtime_ns for path in own.folder.rglob("*")}
    words = ("sandbox", "run", "--stack", "own", "--project", sandbox.project)
    try:
        done = command(*words, "--", shop)
        assert done.code == 0, done.err
        assert "team: own" in done.out
        assert f"prefix: {own.folder if pulumi else sys.prefix}" in done.out
        how = "runs in its own environment: .venv (Python" if pulumi else "with the packages of .venv (Python"
        assert how in done.err
        assert pulumi or "No module named 'pulumi'" in done.err
        assert {path: path.lstat().st_mtime_ns for path in own.folder.rglob("*")} == before
    finally:
        assert command(*words, "--destroy", "--", shop).code == 0


def test_one_that_is_too_old_or_does_not_start_only_lends_its_packages(shop: Path) -> None:
    own = environment(shop / ".venv", pulumi=True)
    assert child.of(own).command[0] == str(own.python)
    old = child.of(replace(own, version=(3, 9)))
    assert (old.command[0], old.site_packages) == (sys.executable, str(replace(own, version=(3, 9)).site_packages))
    assert old.note.endswith("its Python is older than 3.11")
    own.python.unlink()
    own.python.write_text("#!/nowhere/python\n")
    own.python.chmod(0o755)
    lent = child.of(own)
    assert (lent.command[0], lent.site_packages) == (sys.executable, str(own.site_packages))
    assert lent.note.endswith("its Python can't be run on this machine")
    assert child.of(None).site_packages == child.of(None).note == ""
