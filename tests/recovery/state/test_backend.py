"""Which backend a project is in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aistacks_core.errors import UserError
from aistacks_recovery.state.backend import Backend, backend_of
from aistacks_recovery.state.file_store import FileStore
from aistacks_recovery.state.s3_store import S3Store


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: cloud\nruntime: python\nbackend: {url: s3://of-the-project}\n")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "credentials.json").write_text(json.dumps({"current": "s3://logged-in"}))
    return {"PULUMI_HOME": str(tmp_path / "home")}


def test_the_variable_goes_before_the_project_and_the_project_before_the_login(
    project: Path, home: dict[str, str]
) -> None:
    assert backend_of(project, {**home, "PULUMI_BACKEND_URL": "s3://said"}).url == "s3://said"
    assert backend_of(project, home).url == "s3://of-the-project"
    (project / "Pulumi.yaml").write_text("name: cloud\nruntime: python\n")
    found = backend_of(project, home)
    assert found.url == "s3://logged-in"
    assert found.said_by.endswith("credentials.json")


def test_credentials_may_lie_elsewhere(project: Path, home: dict[str, str], tmp_path: Path) -> None:
    (project / "Pulumi.yaml").write_text("name: cloud\nruntime: python\n")
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "s3://elsewhere"}))
    assert backend_of(project, {**home, "PULUMI_CREDENTIALS_PATH": str(tmp_path)}).url == "s3://elsewhere"


@pytest.mark.parametrize("content", [None, "{}", '{"current": ""}', "[]"])
def test_without_a_login_it_is_said_where_one_could_name_it(project: Path, tmp_path: Path, content: str | None) -> None:
    (project / "Pulumi.yaml").write_text("name: cloud\nruntime: python\n")
    if content is not None:
        (tmp_path / "credentials.json").write_text(content)
    with pytest.raises(UserError, match=r"no backend.*pulumi login"):
        backend_of(project, {"PULUMI_HOME": str(tmp_path)})


def test_a_damaged_login_is_no_login(project: Path, tmp_path: Path) -> None:
    (project / "Pulumi.yaml").write_text("name: cloud\nruntime: python\n")
    (tmp_path / "credentials.json").write_text('{"curr')
    with pytest.raises(UserError, match="no JSON"):
        backend_of(project, {"PULUMI_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("file://./state", "here/state"),
        ("file://state", "here/state"),
        ("file:///srv/state?no_tmp_dir=true", "/srv/state"),
        ("file:///srv/my%20state", "/srv/my state"),
        ("file://~", "~"),
        ("file://~/state", "~/state"),
    ],
)
def test_a_folder_is_found_as_the_engine_finds_it(tmp_path: Path, url: str, root: str) -> None:
    store = Backend(url, "", tmp_path / "here").store()
    assert isinstance(store, FileStore)
    assert store.root == (tmp_path / Path(root).expanduser())


def test_a_bucket_has_its_prefix_and_its_parameters(tmp_path: Path) -> None:
    store = Backend("s3://bucket/team/a?region=eu-west-1&awssdk=v2", "", tmp_path).store()
    assert store == S3Store("bucket", "team/a/", {"region": "eu-west-1", "awssdk": "v2"})
    assert store.shown(".pulumi/x") == "s3://bucket/team/a/.pulumi/x"


@pytest.mark.parametrize("url", ["https://api.pulumi.com", "gs://bucket", "azblob://box", "postgres://u:secret@h/db"])
def test_of_another_backend_it_is_said_what_it_keeps_itself_and_no_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match="pulumi cancel") as refused:
        Backend(url, "PULUMI_BACKEND_URL", tmp_path).store()
    assert "secret" not in str(refused.value)
