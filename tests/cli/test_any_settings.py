"""Whatever YAML stands at whatever place of a project's files, a command goes on or says one line: no traceback.

The machine's own parts are stopped at their door: what is tried is all that happens before them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from aistacks_core import python_env
from aistacks_core.errors import UserError
from aistacks_core.model_package import ModelPackage
from aistacks_core.project import read_project, read_settings
from aistacks_models.workflows.environment_file import EnvironmentFile
from aistacks_models.workflows.stores import store_of_environment
from aistacks_sandbox import cloud
from aistacks_sandbox.engine.workspace import prepare
from aistacks_sandbox.programs import engine as engine_tool
from aistacks_sandbox.run import run
from aistacks_sandbox.state import State
from aistacks_sandbox.up import digests, up

PACKAGE = ModelPackage("digits", "d" * 64, Path("nowhere"))
PROJECT = {
    "name": "aistacks",
    "runtime": {"name": "python", "options": {"virtualenv": "venv"}},
    "main": "stacks",
    "stackConfigDir": "stacks",
    "config": {"aws:region": {"default": "eu-west-1"}},
}
SETTINGS = {
    "secretsprovider": "awskms://alias/x",
    "encryptionsalt": "v1:x",
    "config": {
        "aws:region": "eu-west-1",
        "aistacks:store": {"bucket": "models", "prefix": "a/", "endpoint": "", "profile": "", "trusted_keys": ""},
        "aistacks:environment": {"services": {"digits": {"model": "digits", "digest": "sha256:" + "0" * 64}}},
    },
}
RAW = (
    "!!int x",
    "!!timestamp x",
    "&a [*a]",
    "2026-11-30",
    "0x" + "f" * 20_000,
    r'"\ud800"',
    "!!set {a}",
    "!!binary aGk=",
)


def paths(value: Any) -> Iterator[tuple[str, ...]]:
    """Every place in a document, the whole of it first."""
    yield ()
    for key, inside in value.items() if isinstance(value, dict) else ():
        yield from ((key, *path) for path in paths(inside))


def with_value(document: Any, path: tuple[str, ...], value: Any) -> Any:
    return {**document, path[0]: with_value(document[path[0]], path[1:], value)} if path else value


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
VALUES = st.recursive(
    SCALARS, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(SCALARS, inside, max_size=3), max_leaves=6
)
PLACES = [(0, path) for path in paths(PROJECT)] + [(1, path) for path in paths(SETTINGS)]


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    """The text of both files, one of them with something else at one place."""
    which, path = draw(st.sampled_from(PLACES))
    mark = "put-it-here"
    text, value = draw(st.sampled_from(RAW) | st.none()), draw(VALUES)
    documents = [PROJECT, SETTINGS]
    documents[which] = with_value(documents[which], path, mark if text else value)
    project, settings = (yaml.safe_dump(document).replace(mark, text or mark) for document in documents)
    return project, settings


class Started(Exception):  # noqa: N818 (nothing went wrong)
    """The sandbox would start now."""


@contextmanager
def one_line() -> Iterator[None]:
    """The body ends well, gets to where the sandbox would start, or refuses in one line."""
    try:
        yield
    except Started:
        pass
    except UserError as refused:
        line = str(refused)
        assert "\n" not in line
        assert "got " in line and "expected " in line
        line.encode()


@pytest.fixture(scope="module")
def stopped() -> Iterator[None]:
    """No sandbox starts, and nothing is looked for on this machine."""

    def started(*_: object) -> None:
        raise Started

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cloud, "start", started)
        patch.setattr(engine_tool, "ensure", lambda: None)
        patch.setattr(python_env, "find_interpreter", lambda _: None)
        yield


def write(folder: Path, project: str, settings: str) -> None:
    (folder / "stacks").mkdir()
    (folder / "stacks" / "__main__.py").touch()
    (folder / "Pulumi.yaml").write_text(project, encoding="utf-8")
    (folder / "stacks" / "Pulumi.dev.yaml").write_text(settings, encoding="utf-8")


@pytest.mark.usefixtures("stopped")
@given(files())
@example((yaml.safe_dump(PROJECT), "config: 7\n"))
@example((yaml.safe_dump(PROJECT), "config: {aistacks:environment: {services: {digits: 7}}}\n"))
@example((yaml.safe_dump(PROJECT), "config: {aistacks:environment: 7, aws:region: [eu]}\n"))
@example((yaml.safe_dump(PROJECT), "config: {aistacks:store: {bucket: models, endpoint: nowhere}}\n"))
@example((yaml.safe_dump(PROJECT), 'config: {aistacks:store: {bucket: models, trusted_keys: "\\0"}}\n'))
def test_any_yaml_at_any_place_is_one_line_of_every_command(texts: tuple[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, *texts)
        with one_line():
            up(folder, "dev", None, lambda *_: None)  # type: ignore[arg-type]  # it isn't asked before the sandbox starts
        with one_line():
            run(folder, folder, "dev")
        with one_line():
            settings = read_settings(read_project(folder), "dev")
            prepare(State(folder / "state"), folder, "dev", overrides=digests(settings, PACKAGE))
        with one_line():
            store_of_environment(read_project(folder), "dev", lambda *_: None)
        with one_line():
            list(EnvironmentFile.read(read_project(folder), "dev").services)


@pytest.mark.usefixtures("stopped")
def test_the_right_files_get_to_where_the_sandbox_starts(tmp_path: Path) -> None:
    write(tmp_path, yaml.safe_dump(PROJECT), yaml.safe_dump(SETTINGS))
    with pytest.raises(Started):
        up(tmp_path, "dev", None, lambda *_: None)  # type: ignore[arg-type]
    settings = read_settings(read_project(tmp_path), "dev")
    assert digests(settings, PACKAGE) == {"aistacks:environment": {"services": {"digits": {"digest": "d" * 64}}}}
    assert store_of_environment(read_project(tmp_path), "dev", lambda *_: None).bucket.name == "models"
