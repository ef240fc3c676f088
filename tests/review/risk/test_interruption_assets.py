"""What stops a deployment because a file isn't there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aistacks_review.record.assets import MISSING, with_digest

FUNCTION = "aws:lambda/function:Function"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("dist/\n*.zip\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["ap", "app/main.txt", "nowhere/at/all"])
def test_what_is_not_there_and_no_build_output_is_missing(repository: Path, path: str) -> None:
    assert with_digest({"path": path})[MISSING] is True
    assert with_digest({"path": str(repository / path)})[MISSING] is True


@pytest.mark.parametrize("path", ["app", "app/main.py", "dist", "dist/deep/er", "app/code.zip"])
def test_what_is_there_or_is_built_later_is_not_missing(repository: Path, path: str) -> None:
    assert MISSING not in with_digest({"path": path})


@pytest.mark.parametrize("code", [{"path": "ap", MISSING: True}, {"assets": {"lib": {"path": "ap", MISSING: True}}}])
def test_the_engine_refuses_what_is_missing(resource, judge, code) -> None:
    old = resource(FUNCTION, "api", inputs={"code": {"path": "app", "hash": "1"}})
    new = resource(FUNCTION, "api", inputs={"code": code})
    for before in ([old], []):
        (risk,) = [r for r in judge(before, [new]) if "isn't there" in r.title]
        assert risk.title == "ap isn't there, so the engine refuses api: the deployment stops there."


def test_what_goes_away_may_be_missing(resource, judge) -> None:
    old = resource(FUNCTION, "api", inputs={"code": {"path": "ap", MISSING: True}})
    assert not [r for r in judge([old], []) if "isn't there" in r.title]
