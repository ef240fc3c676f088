"""Environments planned at two revisions of a repository."""

import subprocess

import pytest

from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_review.compare.comparison import compare
from aistacks_review.record import base_tree, revisions
from aistacks_review.record.client import MEMORY
from aistacks_review.record.planning import Limits, plan_environments, validate_settings

LIMITS = Limits(60, MEMORY)
PROGRAM = "import pulumi_aws as aws\nfrom parts import TAGS\naws.s3.Bucket('data', tags=TAGS)\n"


def git(folder, *words):
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *names, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repo(tmp_path):
    """A project one folder down in a repository of one commit, with a module of its own."""
    git(tmp_path, "init", "-q", "-b", "main")
    folder = tmp_path / "infra"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "parts.py").write_text("TAGS = {'v': '1'}\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def planned(repo, base="", environments=()):
    found, head, hashed = plan_environments(read_project(repo / "infra"), list(environments), base, LIMITS)
    return list(found), head, hashed


def test_each_revision_has_its_own_modules(repo):
    (repo / "infra" / "parts.py").write_text("TAGS = {'v': '2'}\n")
    (only,), head, base = planned(repo, "HEAD")
    assert only.base.plan["data"].inputs["tags"] == {"v": "1"}
    assert only.head.plan["data"].inputs["tags"] == {"v": "2"}
    assert head == f"{base}+"
    assert only.head.plan["data"].file == only.base.plan["data"].file == "infra/__main__.py"


def test_no_work_tree_is_left(repo):
    planned(repo, "HEAD")
    assert git(repo, "worktree", "list").count("\n") == 0


def test_without_a_base_there_is_none(repo):
    (only,), head, base = planned(repo)
    assert (only.environment, only.base, base) == ("dev", None, "")
    assert head == git(repo, "rev-parse", "HEAD")


def test_environments_that_come_and_go_are_planned_too(repo):
    infra = repo / "infra"
    (infra / "Pulumi.prod.yaml").write_text((infra / "Pulumi.dev.yaml").read_text())
    (infra / "Pulumi.dev.yaml").unlink()
    found, _, _ = planned(repo, "HEAD")
    assert [(p.environment, p.head.there, p.base.there) for p in found] == [("dev", False, True), ("prod", True, False)]


def test_a_broken_base_is_told_and_the_head_is_planned_all_the_same(repo):
    infra = repo / "infra"
    (infra / "__main__.py").write_text("raise ValueError('old')\n")
    git(repo, "commit", "-q", "-am", "broken")
    (infra / "__main__.py").write_text(PROGRAM)
    (only,), _, _ = planned(repo, "HEAD")
    assert only.base.error == "infra/__main__.py:1: ValueError: old"
    assert only.head.plan["data"]


def test_a_project_that_moved_is_compared_with_itself(repo):
    git(repo, "mv", "infra", "other")
    git(repo, "commit", "-q", "-m", "moved")
    (repo / "other").rename(repo / "infra")
    (only,), _, _ = planned(repo, "HEAD")
    assert compare(only.base.plan, only.head.plan).changes == []
    assert only.base.notes == ("The base has this project in another folder, other.",)


def test_a_base_without_the_project_has_no_environment(repo):
    git(repo, "mv", "infra", "other")
    (repo / "other" / "Pulumi.yaml").write_text("name: another\nruntime: python\n")
    git(repo, "commit", "-q", "-am", "another")
    (repo / "other").rename(repo / "infra")
    (repo / "infra" / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (only,), _, _ = planned(repo, "HEAD~0")
    # It lay in a folder that the head no longer has, under another name.
    assert not only.base.there
    assert len(compare(only.base.plan, only.head.plan).changes) == 1


@pytest.mark.parametrize("revision", ["nowhere", "--upload-pack=x", "HEAD~9", "", "a b"])
def test_a_revision_that_is_none_is_refused(repo, revision):
    with pytest.raises(UserError, match="expected a commit, branch or tag"):
        revisions.commit(repo, revision)


def test_a_folder_in_no_repository_is_refused(tmp_path):
    with pytest.raises(UserError, match="no git repository"):
        revisions.repository(tmp_path)


def test_hooks_of_the_repository_do_not_run(repo):
    ran = repo / "ran"
    hook = repo / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    with base_tree.checked_out(repo, "HEAD") as tree:
        assert (tree.folder / "infra" / "parts.py").exists()
    assert not ran.exists()


REFUSING = """
from aistacks_core.errors import UserError
raise UserError("Pulumi.dev.yaml: shop:size", "7", "a size")
"""


def test_what_the_program_refuses_of_its_settings_is_told_in_its_own_words(repo):
    (repo / "infra" / "__main__.py").write_text(REFUSING)
    with pytest.raises(UserError) as refused:
        validate_settings(read_project(repo / "infra"), "dev")
    assert str(refused.value) == "Pulumi.dev.yaml: shop:size: got 7; expected a size"


@pytest.mark.parametrize(
    "program", [PROGRAM, "import socket; socket.create_connection(('127.0.0.1', 9))", "import pulumi_nothing"]
)
def test_what_only_a_plan_can_t_do_is_no_mistake_in_the_settings(repo, program):
    (repo / "infra" / "__main__.py").write_text(program)
    validate_settings(read_project(repo / "infra"), "dev")
