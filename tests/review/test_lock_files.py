"""What of a lock is installed, and what a program asks for by its files."""

import sys

import pytest

from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_review.record import requirements
from aistacks_review.record.environment_making import wanted
from aistacks_review.record.lock_files import lines_of

UV = """
version = 1
[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "pulumi-aws" },
    { name = "colour", marker = "sys_platform == 'win32'" },
    { name = "web", extra = ["fast"] },
    { name = "common" },
]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "common"
version = "0.1.0"
source = { editable = "libs/common" }
dependencies = [{ name = "split", version = "1.0", marker = "python_full_version < '3.4'" },
    { name = "split", version = "2.0", marker = "python_full_version >= '3.4'" }]
[[package]]
name = "pulumi-aws"
version = "7.1.0"
source = { registry = "https://registry.invalid/simple" }
sdist = { url = "x", hash = "sha256:aa" }
wheels = [{ url = "y", hash = "sha256:bb" }]
[[package]]
name = "colour"
version = "1.0"
source = { registry = "https://registry.invalid/simple" }
sdist = { url = "x", hash = "sha256:cc" }
[[package]]
name = "web"
version = "3.0"
source = { registry = "https://registry.invalid/simple" }
sdist = { url = "x", hash = "sha256:dd" }
[package.optional-dependencies]
fast = [{ name = "loop" }]
slow = [{ name = "never" }]
[[package]]
name = "loop"
version = "4.0"
source = { registry = "https://registry.invalid/simple" }
sdist = { url = "x", hash = "sha256:ee" }
[[package]]
name = "never"
version = "4.0"
source = { registry = "https://registry.invalid/simple" }
sdist = { url = "x", hash = "sha256:ff" }
[[package]]
name = "pytest"
version = "8.0"
source = { registry = "https://registry.invalid/simple" }
sdist = { url = "x", hash = "sha256:00" }
[[package]]
name = "split"
version = "1.0"
source = { registry = "https://registry.invalid/simple" }
sdist = { url = "x", hash = "sha256:11" }
[[package]]
name = "split"
version = "2.0"
source = { registry = "https://registry.invalid/simple" }
sdist = { url = "x", hash = "sha256:22" }
"""
POETRY = """
[[package]]
name = "Pulumi-AWS"
version = "6.0.0"
optional = false
python-versions = ">=3.8"
groups = ["main"]
files = [{file = "a.whl", hash = "sha256:aa"}]
[package.dependencies]
semver = ">=2"
colour = {version = "*", markers = "sys_platform == 'win32'"}
extra = {version = "*", optional = true}
[[package]]
name = "semver"
version = "2.0"
optional = false
python-versions = "*"
files = []
[[package]]
name = "colour"
version = "1.0"
optional = false
python-versions = "*"
files = []
[[package]]
name = "extra"
version = "1.0"
optional = true
python-versions = "*"
files = []
[[package]]
name = "pytest"
version = "8.0"
groups = ["dev"]
optional = false
python-versions = "*"
files = []
[[package]]
name = "core"
version = "0.1.0"
optional = false
python-versions = "*"
files = []
[package.dependencies]
semver = "*"
[package.source]
type = "directory"
url = "../core"
"""
PYPROJECT = """
[tool.poetry.dependencies]
python = "^3.11"
pulumi-aws = "^6.0"
core = {path = "../core", develop = true}
[tool.poetry.group.dev.dependencies]
pytest = "*"
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    return tmp_path


def asked(shop, root=None):
    return requirements.read(read_project(shop), root or shop)


def test_of_uv_s_lock_what_this_python_needs_with_its_hashes(shop):
    (shop / "uv.lock").write_text(UV)
    found = asked(shop)
    assert (found.kind, found.direct, found.local) == ("uv", ("pulumi-aws", "colour", "web", "split"), ("libs/common",))
    assert lines_of(found) == [
        "loop==4.0 --hash=sha256:ee",
        "pulumi-aws==7.1.0 --hash=sha256:bb --hash=sha256:aa",
        "split==2.0 --hash=sha256:22",
        "web==3.0 --hash=sha256:dd",
    ]


def test_of_poetry_s_lock_what_the_program_itself_asks_for(shop):
    (shop / "poetry.lock").write_text(POETRY)
    (shop / "pyproject.toml").write_text(PYPROJECT)
    found = asked(shop)
    assert (found.kind, found.direct, found.local) == ("poetry", ("pulumi-aws",), ("../core",))
    # Not every package has hashes, so none is asked for.
    assert lines_of(found) == ["Pulumi-AWS==6.0.0", "semver==2.0"]


REQUIREMENTS = """
# ours
pulumi>=3,<4   # the SDK
Pulumi_AWS==6.1.0 \\
    --hash=sha256:aa
-r more/base.txt
--index-url https://example.com/simple
-e ./libs/common
./libs/other
old==1; python_version < "3"
"""


def test_of_requirements_files_what_they_include_too(shop):
    (shop / "more").mkdir()
    (shop / "more" / "base.txt").write_text("boto3\n-r ../requirements.txt\n")
    (shop / "requirements.txt").write_text(REQUIREMENTS)
    found = asked(shop)
    assert found.versions == {"pulumi": "<4,>=3", "pulumi-aws": "==6.1.0", "boto3": ""}
    assert found.local == ("./libs/common", "./libs/other")
    assert "--index-url https://example.com/simple" in lines_of(found)
    assert not [line for line in lines_of(found) if "libs" in line]
    before = found.digest
    (shop / "more" / "base.txt").write_text("boto3==1\n")
    assert asked(shop).digest != before


def test_a_lock_above_belongs_to_its_workspace_and_a_requirements_file_does_not(shop):
    project = shop / "infra"
    project.mkdir()
    for name in ("Pulumi.yaml", "__main__.py"):
        (shop / name).rename(project / name)
    (shop / "requirements.txt").write_text("docs\n")
    assert asked(project, shop) is None
    (shop / "uv.lock").write_text(UV)
    assert asked(project, shop).file == shop / "uv.lock"


def test_what_isn_t_as_asked_and_what_is_missing(shop):
    (shop / "requirements.txt").write_text("a==1\nb>=2\nc\nd ~= 1.4\n")
    found = asked(shop)
    assert found.unmet({"a": "1.0", "b": "1.9", "d": "2.0"}) == [("b", ">=2", "1.9"), ("d", "~=1.4", "2.0")]
    assert found.missing({"a": "1"}) == ["b", "c", "d"]


def test_versions_that_differ_between_revisions(shop):
    (shop / "requirements.txt").write_text("a==1\nb\n")
    old = asked(shop)
    (shop / "requirements.txt").write_text("# only a remark\nb\na==2\nc==1\n")
    assert requirements.differing(old, asked(shop)) == ["a (1, now 2)", "c (none, now 1)"]
    assert requirements.differing(None, old) == ["a (none, now 1)", "b (none, now any)"]


@pytest.mark.parametrize("text", ["", "[[package]]\n", "not toml ["])
def test_a_lock_that_says_nothing_asks_for_nothing(shop, text):
    (shop / "uv.lock").write_text(text)
    assert asked(shop).versions == {}


def test_the_python_that_runs_is_the_one_that_markers_are_held_against(shop):
    (shop / "requirements.txt").write_text(f"here; python_version == '{sys.version_info[0]}.{sys.version_info[1]}'\n")
    assert list(asked(shop).versions) == ["here"]


@pytest.mark.parametrize("text", ["package = 1\n", "[[package]]\nname = 'a'\nsource = 1\n"])
def test_a_lock_of_another_form_is_refused_in_one_line(shop, text):
    (shop / "uv.lock").write_text(text)
    with pytest.raises(UserError, match="expected a lock of uv"):
        asked(shop)


@pytest.mark.parametrize(
    ("version", "installed"), [("3.40.0", ["lib==1.0"]), ("3.272.0", ["grpcio==1.47.0", "lib==1.0"])]
)
def test_an_sdk_that_a_plan_can_t_record_with_isn_t_installed(shop, version, installed):
    locked = {"grpcio": "1.47.0", "lib": "1.0", "pulumi": version}
    packages = [
        f'[[package]]\nname = "{n}"\nversion = "{v}"\nsource = {{ registry = "r" }}\n' for n, v in locked.items()
    ]
    needs = ", ".join(f'{{ name = "{name}" }}' for name in locked)
    own = f'[[package]]\nname = "shop"\nsource = {{ virtual = "." }}\ndependencies = [{needs}]\n'
    (shop / "uv.lock").write_text(own + "".join(packages))
    assert [line for line in wanted(asked(shop)) if not line.startswith("pulumi==")] == installed
    assert (f"pulumi=={version}" in wanted(asked(shop))) == (version == "3.272.0")
