"""The table of programs and the modules that pin their builds."""

import re
from importlib import resources

import pytest
import yaml

from aistacks_sandbox import programs
from aistacks_sandbox.programs.facts import facts

FOLDER = resources.files(programs)
TABLE = yaml.safe_load(FOLDER.joinpath("programs.yaml").read_text())
BUILT = [program for program, row in TABLE["programs"].items() if "go" in row]


@pytest.mark.parametrize("program", BUILT)
def test_the_go_module_pins_the_version_of_the_table(program):
    row = facts(program)
    pinned = FOLDER.joinpath("gomodules", row.go.module, "go.mod").read_text()
    requirements = dict(re.findall(r"^\s+(\S+) (v\S+)(?: // indirect)?$", pinned, re.M))
    owner = max((module for module in requirements if row.go.package.startswith(module)), key=len)
    assert requirements[owner] == row.version
    oldest = re.search(r"^go (\S+)$", pinned, re.M).group(1)
    assert oldest == row.go.oldest_go


@pytest.mark.parametrize("program", BUILT)
def test_a_version_stamp_is_a_variable_of_a_pinned_module(program):
    row = facts(program)
    pinned = FOLDER.joinpath("gomodules", row.go.module, "go.mod").read_text()
    for symbol in row.go.version_symbols:
        package = symbol.rsplit(".", 1)[0]
        assert any(package.startswith(module) for module in re.findall(r"^\s+(\S+) v", pinned, re.M))


@pytest.mark.parametrize("program", [name for name, row in TABLE["programs"].items() if "download" in row])
def test_downloads_are_https_and_carry_the_version(program):
    row = facts(program)
    for url in (row.download.url, row.download.checksums):
        assert url.startswith("https://")
        assert row.version.lstrip("v") in url
        assert "{" not in url


@pytest.mark.parametrize("program", [name for name, row in TABLE["programs"].items() if "download" not in row])
def test_what_has_no_download_is_built(program):
    assert facts(program).download is None and facts(program).go is not None


def test_what_is_unpacked_is_what_the_definitions_are_of():
    """The controller that runs and the definitions that it reads its objects by are of one version."""
    unpacked = facts("karpenter").go.unpacked
    (definitions,) = [each for each in TABLE["definitions"].values() if each["module"] == unpacked.module]
    assert (unpacked.version, unpacked.sum) == (definitions["version"], definitions["sum"])


def test_the_table_says_where_and_when_it_was_read():
    assert TABLE["source"]
    assert str(TABLE["date"]).startswith("2026-")
