"""What a plan uses of the SDK without a promise: as it is in each minor that was tried, and told where it has moved."""

from __future__ import annotations

import re
import sys
from importlib.metadata import requires, version
from importlib.resources import files

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from aistacks_core.errors import UserError
from aistacks_review.record import sdk_internals
from aistacks_review.record.client import Job, Running

FACTS = yaml.safe_load((files("aistacks_review.record") / "sdk_internals.yaml").read_text())


def test_the_installed_minor_is_one_that_was_tried() -> None:
    installed = Version(version("pulumi"))
    assert f"{installed.major}.{installed.minor}" in FACTS["minors"]


def test_the_oldest_that_the_package_asks_for_was_tried() -> None:
    (asked,) = [r for r in map(Requirement, requires("aistacks") or []) if r.name == "pulumi" and r.marker is None]
    specifier: SpecifierSet = asked.specifier
    assert Version(min(FACTS["minors"], key=Version)) in specifier
    assert Version("3.271.9") not in specifier


def test_whatever_the_recording_takes_of_the_sdk_is_in_the_list() -> None:
    folder = files("aistacks_review.record")
    code = "".join(file.read_text() for file in folder.iterdir() if file.name.endswith(".py"))
    taken = set(re.findall(r'"(pulumi\.[\w.]+:[\w.]+)"', code))
    named = {use["name"] for use in FACTS["uses"]}
    assert len(taken) > 8
    # Of a class that is looked up, its attributes are in the list.
    assert {name for name in taken if not any(one == name or one.startswith(f"{name}.") for one in named)} == set()
    assert re.findall(r"from pulumi[\w.]* import [^\n]*\b_\w+", code) == []


@pytest.mark.parametrize("use", FACTS["uses"], ids=lambda use: use["name"])
@pytest.mark.parametrize("minor", FACTS["minors"])
def test_each_is_there_as_it_is_used(minor: str, use: dict[str, object]) -> None:
    if not version("pulumi").startswith(f"{minor}."):
        pytest.skip(f"pulumi {minor} isn't the one that is installed")
    assert next(sdk_internals._missing(use), None) is None


@pytest.mark.parametrize(
    ("name", "other", "line"),
    [
        ("pulumi.runtime.rpc:transfer_properties", None, "transfer_properties: got nothing; expected it, as in 3.272"),
        (
            "pulumi.runtime.resource:_get_stack_trace",
            lambda depth: None,
            "_get_stack_trace: got (depth); expected (), as in 3.272",
        ),
        (
            "pulumi.output:Output.__init__",
            lambda self: None,
            "Output.__init__: got a method that sets no _data; expected one that sets _data",
        ),
        (
            "pulumi.runtime.resource:register_resource",
            lambda res: None,
            "register_resource: got a function without do_register in it",
        ),
    ],
)
def test_what_has_moved_is_one_line_with_the_sdks_version(
    monkeypatch: pytest.MonkeyPatch, name: str, other: object, line: str
) -> None:
    module, _, path = name.partition(":")
    owner = sdk_internals.find(name.rpartition(".")[0]) if "." in path else sys.modules[module]
    if other is None:
        monkeypatch.delattr(owner, path.rpartition(".")[2])
    else:
        monkeypatch.setattr(owner, path.rpartition(".")[2], other)
    with pytest.raises(UserError) as told:
        sdk_internals.check()
    assert str(told.value).startswith(f"pulumi {version('pulumi')}: ")
    assert line in str(told.value)
    assert "\n" not in str(told.value)


def test_a_plan_stops_with_that_line(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The process that plans imports it before anything else.
    (tmp_path / "usercustomize.py").write_text(
        "import pulumi.runtime.resource as sdk\nsdk._get_stack_trace = lambda depth: None\n"
    )
    (tmp_path / "sitecustomize.py").write_text("import usercustomize\n")
    program = tmp_path / "program"
    program.mkdir()
    (program / "__main__.py").write_text("raise SystemExit('it ran')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(UserError, match=r"pulumi\.runtime\.resource:_get_stack_trace: got \(depth\); expected \(\)"):
        Running(Job(program, "p", "s", {})).finish()
