"""The program's own Python environment: which it is, what is told of it, and that nothing is written to it."""

import base64
import hashlib
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from aistacks_core import environments
from aistacks_core.project import read_project
from aistacks_review.record.client import MEMORY
from aistacks_review.record.planning import Limits, plan_environments

OURS = Path(next(path for path in sys.path if path.endswith("site-packages")))
PROGRAM = """
import platform, sys
import pulumi, pulumi_aws as aws
from teamlib import TEAM
aws.sqs.Queue("jobs", tags={"team": TEAM, "prefix": sys.prefix})
"""


def git(folder, *words):
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *names, *words], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path_factory):
    """No environment of the tester's own is in the way."""
    for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "POETRY_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("POETRY_VIRTUALENVS_PATH", str(tmp_path_factory.mktemp("poetry")))


@pytest.fixture
def shop(tmp_path):
    """A project in a repository without commits."""
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / ".gitignore").write_text(".venv\nvenv\n")
    return folder


def environment(folder, team, *, pulumi=True):
    """A virtual environment with ``teamlib``, and with our own Pulumi in it by links."""
    venv.create(folder, with_pip=False, symlinks=True)
    (place,) = folder.glob("lib/python*/site-packages")
    if pulumi:
        for entry in OURS.iterdir():
            if not entry.name.endswith(".pth") and not (place / entry.name).exists():
                (place / entry.name).symlink_to(entry)
    library(place, team)
    return folder


def library(place, team, version="1.0"):
    (place / "teamlib.py").write_text(f"TEAM = {team!r}\n")
    about = place / f"teamlib-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: teamlib\nVersion: {version}\n")


def planned(folder, base="", **limits):
    found, _, _ = plan_environments(read_project(folder), [], base, Limits(60, MEMORY, **limits))
    (only,) = found
    return only


def files_below(folder):
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if ".git" not in path.parts}


def test_a_program_runs_in_its_own_environment_and_nothing_is_written_there(shop):
    own = environment(shop / ".venv", "own")
    before = files_below(shop)
    head = planned(shop).head
    assert head.error == ""
    assert head.plan["jobs"].inputs["tags"] == {"team": "own", "prefix": str(own)}
    assert (head.plan["jobs"].file, head.plan["jobs"].line) == ("__main__.py", 5)
    (note,) = head.notes
    python = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
    assert note.startswith(f"Planned in the program's own environment: .venv ({python}, pulumi 3.")
    assert files_below(shop) == before


def test_what_its_environment_lacks_is_missing_although_we_have_it(shop):
    own = environment(shop / ".venv", "own")
    (place,) = own.glob("lib/python*/site-packages")
    (place / "typer").unlink()
    (shop / "__main__.py").write_text("import typer\n")
    line = planned(shop).head.error
    assert line == "__main__.py:1: got No module named 'typer'; expected it in the program's environment (.venv)"


def test_an_environment_without_pulumi_gives_its_packages_to_our_own(shop):
    environment(shop / "venv", "own", pulumi=False)
    before = files_below(shop)
    head = planned(shop).head
    assert head.plan["jobs"].inputs["tags"] == {"team": "own", "prefix": sys.prefix}
    (note,) = head.notes
    assert note.startswith("Planned with the packages of venv (Python")
    assert "but with aistacks's own Python" in note
    assert "No module named 'pulumi'" in note
    assert files_below(shop) == before


def test_a_sdk_that_a_plan_can_t_use_is_replaced_by_ours_and_named(shop):
    own = environment(shop / ".venv", "own")
    (place,) = own.glob("lib/python*/site-packages")
    linked = (place / "pulumi").resolve()
    (place / "pulumi").unlink()
    (place / "pulumi").mkdir()
    for entry in linked.iterdir():
        if entry.name not in ("runtime", "__pycache__"):
            (place / "pulumi" / entry.name).symlink_to(entry)
    (place / "pulumi" / "runtime").mkdir()
    for entry in (linked / "runtime").iterdir():
        if entry.name != "__pycache__":
            (place / "pulumi" / "runtime" / entry.name).symlink_to(entry)
    resource = place / "pulumi" / "runtime" / "resource.py"
    text = resource.read_text()
    resource.unlink()
    resource.write_text(text.replace("def create_urn(", "def make_urn_another_way("))
    head = planned(shop).head
    assert head.plan["jobs"].inputs["tags"]["team"] == "own"
    (note,) = head.notes
    assert "but with aistacks's own" in note


@pytest.mark.parametrize("version", ["3.9.18", "2.7.18"])
def test_a_python_that_is_too_old_only_lends_its_packages(shop, version):
    own = environment(shop / ".venv", "own", pulumi=False)
    minor = ".".join(version.split(".")[:2])
    (own / "lib").rename(own / "old")
    (own / "lib").mkdir()
    next((own / "old").iterdir()).rename(own / "lib" / f"python{minor}")
    (own / "pyvenv.cfg").write_text(f"home = /nowhere\nversion = {version}\n")
    head = planned(shop).head
    assert head.plan["jobs"].inputs["tags"]["team"] == "own"
    assert f"its Python {minor} is older than 3.11" in head.notes[0]


def test_an_interpreter_that_does_not_start_only_lends_its_packages(shop):
    own = environment(shop / ".venv", "own", pulumi=False)
    (own / "bin" / "python").unlink()
    (own / "bin" / "python").write_text("#!/nowhere/python\n")
    (own / "bin" / "python").chmod(0o755)
    head = planned(shop).head
    assert head.plan["jobs"].inputs["tags"]["team"] == "own"
    assert "but with aistacks's own" in head.notes[0]


def test_the_base_is_planned_in_the_same_environment_with_its_own_modules(shop):
    environment(shop / ".venv", "own")
    (shop / "sizes.py").write_text("DELAY = 1\n")
    (shop / "__main__.py").write_text(PROGRAM + "from sizes import DELAY\naws.sqs.Queue('d', delay_seconds=DELAY)\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "first")
    (shop / "sizes.py").write_text("DELAY = 2\n")
    only = planned(shop, "HEAD")
    assert (only.base.plan["d"].inputs["delaySeconds"], only.head.plan["d"].inputs["delaySeconds"]) == (1, 2)
    assert only.base.plan["jobs"].inputs["tags"]["team"] == "own"
    assert only.base.notes == ()


FINDER = """
import importlib.util, sys
MAPPING = {"common": %r}
class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        place = MAPPING.get(name)
        return importlib.util.spec_from_file_location(name, place + "/__init__.py") if place else None
def install():
    sys.meta_path.append(Finder)
"""


@pytest.mark.parametrize("pulumi", [True, False])
@pytest.mark.parametrize("how", ["path", "finder"])
def test_an_editable_library_of_the_repository_is_the_base_s_own(shop, how, pulumi):
    own = environment(shop / ".venv", "own", pulumi=pulumi)
    (place,) = own.glob("lib/python*/site-packages")
    library_folder = shop / "libs" / "common"
    library_folder.mkdir(parents=True)
    if how == "path":
        (place / "common.pth").write_text(f"{shop / 'libs'}\n")
    else:
        (place / "__editable___common_finder.py").write_text(FINDER % str(library_folder))
        (place / "common.pth").write_text("import __editable___common_finder; __editable___common_finder.install()\n")
    (library_folder / "__init__.py").write_text("SIZE = 1\n")
    (shop / "__main__.py").write_text(PROGRAM + "from common import SIZE\naws.sqs.Queue('d', delay_seconds=SIZE)\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "first")
    (library_folder / "__init__.py").write_text("SIZE = 2\n")
    only = planned(shop, "HEAD")
    assert (only.base.plan["d"].inputs["delaySeconds"], only.head.plan["d"].inputs["delaySeconds"]) == (1, 2)


def bare(folder):
    """An environment as far as it is looked for."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text("version_info = 3.12.1.final.0\n")
    return folder


def found_in(shop, root=None):
    made = environments.find(read_project(shop), root or shop)
    return made.folder if made else None


def runtime(shop, options):
    (shop / "Pulumi.yaml").write_text(f"name: shop\nruntime: {{name: python, options: {options}}}\n")


def test_the_option_comes_before_what_lies_there(shop):
    bare(shop / ".venv")
    wanted = bare(shop / "envs" / "mine")
    runtime(shop, "{virtualenv: envs/mine}")
    assert found_in(shop) == wanted


def test_uv_s_lies_beside_its_lock(shop):
    wanted = bare(shop.parent / ".venv")
    (shop.parent / "uv.lock").write_text("version = 1\n")
    bare(shop / "venv")
    assert found_in(shop, shop.parent) == wanted
    runtime(shop, "{toolchain: pip}")
    assert found_in(shop, shop.parent) == shop / "venv"


def test_uv_s_variable_names_another_place(shop, monkeypatch):
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", "elsewhere")
    (shop / "uv.lock").write_text("version = 1\n")
    wanted = bare(shop / "elsewhere")
    assert found_in(shop) == wanted


def test_poetry_s_is_found_by_the_hash_of_the_project_s_path(shop):
    (shop / "pyproject.toml").write_text("[tool.poetry]\nname = 'shop'\n")
    (shop / "poetry.lock").write_text("")
    mark = base64.urlsafe_b64encode(hashlib.sha256(os.path.realpath(shop).encode()).digest()).decode()[:8]
    wanted = bare(Path(os.environ["POETRY_VIRTUALENVS_PATH"]) / f"shop-{mark}-py3.12")
    assert found_in(shop) == wanted


def test_the_active_one_comes_before_one_above(shop, monkeypatch):
    above = bare(shop.parent / ".venv")
    assert found_in(shop, shop.parent) == above
    active = bare(shop.parent / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    assert found_in(shop, shop.parent) == active


def test_nothing_is_looked_for_above_the_repository(shop):
    bare(shop.parent / ".venv")
    assert found_in(shop) is None


def test_the_running_environment_is_none_of_its_own(shop):
    (shop / ".venv").symlink_to(sys.prefix)
    assert found_in(shop) is None


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("{virtualenv: [a]}", "runtime.options.virtualenv: got a list"),
        ("{toolchain: conda}", "got 'conda'; expected pip"),
    ],
)
def test_options_that_pulumi_refuses_are_refused(shop, options, line):
    runtime(shop, options)
    with pytest.raises(Exception, match="expected") as told:
        read_project(shop)
    assert line in str(told.value)


def wheel(folder, team, version):
    """``teamlib`` as an installer takes it."""
    about = f"teamlib-{version}.dist-info"
    with zipfile.ZipFile(folder / f"teamlib-{version}-py3-none-any.whl", "w") as made:
        made.writestr("teamlib.py", f"TEAM = {team!r}\n")
        made.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: teamlib\nVersion: {version}\n")
        made.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{about}/RECORD", f"teamlib.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """The only place that packages are installed from, and a cache of the test's own."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel(folder, "first", "1.0")
    wheel(folder, "second", "2.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(tmp_path / "cache"))
    return folder


def test_without_an_environment_the_line_says_what_is_missing_and_how_to_get_it(shop):
    (shop / "requirements.txt").write_text("pulumi>=3\nteamlib==1.0\nother-lib\n")
    assert planned(shop).head.error == (
        "__main__.py:4: got No module named 'teamlib'; expected the packages of requirements.txt, which aren't"
        " installed here (other-lib, teamlib). Make its environment: python -m venv venv && venv/bin/pip install -r"
        " requirements.txt; or add --install to have one made outside the project."
    )


def test_one_is_made_outside_the_project_and_the_base_gets_its_own(shop, wheels):
    (shop / "requirements.txt").write_text("teamlib==1.0  # pinned\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "first")
    (shop / "requirements.txt").write_text("teamlib==2.0\n")
    before = files_below(shop)
    only = planned(shop, "HEAD", install=True)
    assert only.head.plan["jobs"].inputs["tags"]["team"] == "second"
    assert only.base.plan["jobs"].inputs["tags"]["team"] == "first"
    assert not [o for o in only.head.plan.opaque if o.kind == "can't be compared"]
    assert files_below(shop) == before
    # The next one needs nobody's leave, for it is there.
    assert planned(shop, "HEAD").base.plan["jobs"].inputs["tags"]["team"] == "first"


def test_what_can_t_be_installed_is_one_line(shop, wheels):
    (shop / "requirements.txt").write_text("teamlib==3.0\n")
    with pytest.raises(Exception, match=r"--install: requirements.txt: got .*teamlib==3\.0"):
        planned(shop, install=True)


def test_another_lock_of_the_base_that_has_no_environment_is_told_as_unseen(shop):
    environment(shop / ".venv", "own")
    (shop / "requirements.txt").write_text("teamlib==0.9\n")
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "first")
    assert not [o for o in planned(shop, "HEAD").head.plan.opaque if o.kind == "can't be compared"]
    (shop / "requirements.txt").write_text("teamlib==1.0\n")
    (told,) = [o.what for o in planned(shop, "HEAD").head.plan.opaque if o.kind == "can't be compared"]
    assert told.startswith("packages: teamlib (0.9, now 1.0); both revisions were planned with the head's")


def test_an_environment_that_isn_t_as_the_lock_says_is_told(shop):
    environment(shop / ".venv", "own")
    (shop / "requirements.txt").write_text("teamlib>=1.5\n")
    notes = planned(shop).head.notes
    assert "requirements.txt asks for other versions than .venv: teamlib >=1.5 (there: 1.0)." in notes
