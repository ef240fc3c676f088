"""The doctor: every part, a verdict each, and what to do where one is missing."""

import shutil
from collections import namedtuple

import pytest

from aistacks_core import cache
from aistacks_sandbox import doctor
from aistacks_sandbox.doctor import Verdict
from aistacks_sandbox.programs import go

Usage = namedtuple("Usage", "total used free")
PARTS = [
    "machine", "Python", "disk", "memory", "Go", "pulumi", "kube-apiserver", "kube-controller-manager", "etcd",
    "part scheduler", "part nodes", "part karpenter",
    "triton environment", "models environment", "Java", "kubectl", "terraform", "aws",
]  # fmt: skip


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A machine with an empty cache and an empty PATH."""
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(go, "path", lambda: None)


def by_part():
    return {finding.part: finding for finding in doctor.report()}


def test_it_names_every_part_and_what_to_do_for_each_that_is_not_here():
    findings = doctor.report()
    assert [finding.part for finding in findings] == PARTS
    assert [finding.part for finding in findings if not finding.found and not finding.todo] == []


def test_on_an_empty_machine_programs_are_to_be_downloaded_and_clients_are_optional(empty):
    found = by_part()
    assert found["pulumi"].verdict is Verdict.OBTAINABLE
    assert found["kubectl"].verdict is Verdict.OPTIONAL
    assert found["Java"].verdict is Verdict.OPTIONAL
    assert found["part karpenter"].verdict is Verdict.OPTIONAL and "--with karpenter" in found["part karpenter"].todo
    assert found["triton environment"].verdict is Verdict.OBTAINABLE
    assert found["models environment"].verdict is Verdict.OPTIONAL
    assert "https://go.dev/doc/install" in found["Go"].todo


def test_with_no_go_and_a_download_that_failed_it_is_missing_and_the_reason_is_told(empty, capsys):
    cache.remember("pulumi", "download", "[Errno -2] Name or service not known")
    finding = by_part()["pulumi"]
    assert finding.verdict is Verdict.MISSING
    assert "[Errno -2] Name or service not known" in finding.detail
    assert "https://www.pulumi.com/docs/install/" in finding.todo
    assert doctor.doctor() == 1
    assert "The sandbox can't go up here: pulumi." in capsys.readouterr().out


def test_too_little_disk_is_missing(empty, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 1 << 30))
    finding = by_part()["disk"]
    assert finding.verdict is Verdict.MISSING
    assert finding.todo.startswith("8 GiB are needed")


def test_it_prints_a_table_and_says_whether_the_sandbox_can_go_up(capsys):
    assert doctor.doctor() == 0
    told = capsys.readouterr().out
    assert "The sandbox can go up." in told
    assert all(part in told for part in PARTS)
