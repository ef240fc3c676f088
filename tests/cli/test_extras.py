"""`pip install aistacks` with no extra, or with another one: one line that names what is missing, exit code 2."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from aistacks_cli.app import app
from aistacks_cli.extras import EXTRAS, MODULES

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
OURS = {Path(package).name for package in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]}
VERBS = sorted(EXTRAS)
# Imports what it is told to, with all that isn't installed hidden.
HIDDEN = """
import json, sys
hidden = set(json.loads(sys.argv.pop(1)))
class Hide:
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hide)
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name.split(".")[0] in hidden else real(name, package)
"""
COMMAND = f"{HIDDEN}\nfrom aistacks_cli.start import main\nsys.argv[0] = 'aistacks'\nmain()"
IMPORTS = f"{HIDDEN}\nfor name in sys.argv[1:]:\n    importlib.import_module(name)"


def requirements(extra):
    """The direct requirements of the distribution with ``extra``, its own other extras resolved."""
    found = [Requirement(text) for text in PROJECT["dependencies"]]
    wanted = [extra] if extra else []
    while wanted:
        for text in PROJECT["optional-dependencies"][wanted.pop()]:
            requirement = Requirement(text)
            if requirement.name == "aistacks":
                wanted += requirement.extras
            else:
                found.append(requirement)
    return found


def installed(extra):
    """Names of the distributions that `pip install aistacks[extra]` brings, those of the requirements included."""
    names, waiting = set(), [(canonicalize_name(r.name), frozenset(r.extras)) for r in requirements(extra)]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        names.add(name)
        try:
            texts = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        for requirement in map(Requirement, texts):
            environments = [{"extra": each} for each in (*extras, "")]
            if requirement.marker is None or any(requirement.marker.evaluate(each) for each in environments):
                more = (canonicalize_name(requirement.name), frozenset(requirement.extras))
                if more not in seen:
                    seen.add(more)
                    waiting.append(more)
    return names


def hidden(extra):
    """Top-level modules of this environment that `pip install aistacks[extra]` doesn't bring."""
    has = installed(extra)
    found = metadata.packages_distributions().items()
    return sorted(m for m, names in found if m not in OURS and not has & {canonicalize_name(n) for n in names})


def python(code, extra, *words):
    argv = [sys.executable, "-c", code, json.dumps(hidden(extra)), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)


def test_every_group_of_verbs_has_its_extra():
    groups = {group.name for group in app.registered_groups}
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert groups | commands == set(EXTRAS)
    assert set(EXTRAS.values()) == set(MODULES)


@pytest.mark.parametrize("extra", sorted(MODULES))
def test_the_modules_asked_for_are_those_that_the_extra_brings(extra):
    of = metadata.packages_distributions()
    names = {canonicalize_name(name) for module in MODULES[extra] for name in of[module]}
    base = {canonicalize_name(requirement.name) for requirement in requirements("")}
    assert names == {canonicalize_name(requirement.name) for requirement in requirements(extra)} - base


@pytest.mark.parametrize("verb", VERBS)
def test_without_an_extra_each_verb_names_its_own_in_one_line(verb):
    done = python(COMMAND, "", verb)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        rf"error: aistacks {verb}: got no module \w+; expected the extra aistacks\[{EXTRAS[verb]}\]\. "
        rf"Install it: pip install 'aistacks\[{EXTRAS[verb]}\]'\n",
        done.stderr,
    )


@pytest.mark.parametrize("words", [(), ("--help",), ("nonsense",)])
def test_without_an_extra_the_command_itself_names_them_all(words):
    done = python(COMMAND, "", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: aistacks: got no module rich; expected the extra aistacks[models] or ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("extra", "verb"), [("plan", "models"), ("plan", "sandbox"), ("models", "plan")])
def test_another_extra_is_told_by_name(extra, verb):
    done = python(COMMAND, extra, verb)
    assert done.returncode == 2
    assert f"expected the extra aistacks[{EXTRAS[verb]}]" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", VERBS)
def test_with_its_extra_each_verb_helps(verb):
    done = python(COMMAND, EXTRAS[verb], verb, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: aistacks" in done.stdout


def modules(*packages):
    """Every module below ``packages`` (folders below a source root), by its full name."""
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT / package.split("/")[0]).with_suffix("").as_posix().replace("/", ".")
            if not name.endswith("__main__"):
                yield name.removesuffix(".__init__")


CORE = "core/aistacks_core"
PARTS = {
    "": ("components/aistacks",),
    "plan": (CORE, "catalog/aistacks_catalog", "policies/aistacks_policies", "review/aistacks_review"),
    "models": (CORE, "model_images/aistacks_models/store", "model_images/aistacks_models/workflows"),
    "sandbox": (CORE, "sandbox/aistacks_sandbox", "cli/aistacks_cli"),
}
BESIDE = {
    "models": ("aistacks_models.signing", "aistacks_sandbox.model_store", "aistacks_sandbox.model_servers.triton")
}
"""Modules of other packages that an extra's verbs import."""


@pytest.mark.parametrize("extra", sorted(PARTS))
def test_what_an_extra_is_for_can_be_imported_with_it_alone(extra):
    names = [*modules(*PARTS[extra]), *BESIDE.get(extra, ())]
    assert len(names) > 15
    done = python(IMPORTS, extra, *names)
    assert done.returncode == 0, done.stderr


def test_the_components_tests_need_the_library_alone():
    """Without what `pip install aistacks pytest pytest-timeout` doesn't bring all are collected, and some run."""
    has = {*installed(""), "pytest", "pytest-timeout", "pluggy", "iniconfig", "packaging", "pygments"}
    found = metadata.packages_distributions().items()
    absent = sorted(m for m, names in found if m not in OURS and not has & {canonicalize_name(n) for n in names})
    assert {"boto3", "moto", "hypothesis", "pydantic", "kubernetes_validate"} <= set(absent)
    # Nor the rooms whose own requirements are missing.
    absent += ["aistacks_cli", "aistacks_models", "aistacks_policies", "aistacks_review", "aistacks_sandbox"]
    code = f"{HIDDEN}\nimport pytest\nsys.exit(pytest.main(sys.argv[1:]))"
    some = "test_network.py or test_component.py or test_model_store.py"
    words = [ROOT / "tests" / "components", "-q", "-k", some, "-p", "no:cacheprovider", "--rootdir", ROOT]
    argv = [sys.executable, "-c", code, json.dumps(absent), *map(str, words)]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"
    }
    argv += ["-p", "pytest_timeout"]
    done = subprocess.run(argv, cwd=ROOT, env=clean, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 50
