"""A Pulumi project's own files."""

import pytest

from aistacks_core.errors import UserError
from aistacks_core.project import read_project, read_settings
from aistacks_core.symbols import holds_symbol


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    return tmp_path


def test_where_things_lie(folder):
    (folder / "infra").mkdir()
    (folder / "infra" / "__main__.py").write_text("")
    (folder / "config").mkdir()
    (folder / "config" / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "Pulumi.yaml").write_text(
        "name: shop\nruntime: {name: python, options: {virtualenv: venv}}\nmain: infra\nstackConfigDir: config\n"
    )
    project = read_project(folder)
    assert (project.name, project.program, project.stacks()) == ("shop", folder / "infra", ["dev"])
    assert project.settings_path("dev") == folder / "config" / "Pulumi.dev.yaml"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("runtime: python\n", "name: got None; expected the project's name"),
        ("name: shop\nruntime: nodejs\n", "runtime: got 'nodejs'; expected python"),
        (
            "name: shop\nruntime: python\nmain: ../elsewhere\n",
            "main: got '../elsewhere'; expected a place",
        ),
        ("name: shop\nruntime: python\nmain: missing\n", "got no __main__.py there"),
        ("name: [\n", "Pulumi.yaml:2"),
        ("", "an empty file"),
        ("- a\n", "got a list; expected a mapping"),
        ("name: shop\nruntime: python\nconfig: 3\n", "config: got 3; expected a mapping"),
    ],
)
def test_refused(folder, text, line):
    (folder / "Pulumi.yaml").write_text(text)
    with pytest.raises(UserError) as told:
        read_project(folder)
    assert line in str(told.value)
    assert "\n" not in str(told.value)


def test_settings_are_texts_by_their_full_keys(folder):
    (folder / "Pulumi.dev.yaml").write_text(
        "config:\n  aws:region: eu-west-1\n  size: 3\n  ready: true\n  shop:table: {a: [1, x]}\n"
    )
    settings = read_settings(read_project(folder), "dev")
    assert settings.config == {
        "aws:region": "eu-west-1",
        "shop:size": "3",
        "shop:ready": "true",
        "shop:table": '{"a": [1, "x"]}',
    }
    assert settings.encrypted == ()


def test_what_is_encrypted_is_a_symbol(folder):
    (folder / "Pulumi.dev.yaml").write_text(
        "config:\n  shop:key:\n    secure: v1:abc\n  shop:table: {user: me, password: {secure: v1:def}}\n"
    )
    settings = read_settings(read_project(folder), "dev")
    assert settings.encrypted == ("shop:key", "shop:table")
    assert holds_symbol(settings.config["shop:key"])
    assert holds_symbol(settings.tables["shop:table"]["password"])
    assert "v1:" not in str(settings)


def test_defaults_of_the_project_hold_until_the_stack_says_otherwise(folder):
    (folder / "Pulumi.yaml").write_text(
        "name: shop\nruntime: python\nconfig:\n  aws:region: {value: eu-west-1}\n  size: {type: integer, default: 2}\n"
        "  colour: red\n  needed: {type: string}\n"
    )
    (folder / "Pulumi.dev.yaml").write_text("config:\n  shop:colour: blue\n")
    config = read_settings(read_project(folder), "dev").config
    assert config == {"aws:region": "eu-west-1", "shop:size": "2", "shop:colour": "blue"}


def test_a_stack_without_a_file_has_no_settings(folder):
    assert read_settings(read_project(folder), "other").config == {}


def test_settings_that_are_no_mapping_are_refused(folder):
    (folder / "Pulumi.dev.yaml").write_text("config: [1]\n")
    with pytest.raises(UserError, match="config: got a list; expected a mapping"):
        read_settings(read_project(folder), "dev")
