"""The base revision's files: what a plain checkout leaves out, and how it is told that it is left out."""

import hashlib
import subprocess

import pytest

from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_review.record.base_tree import checked_out
from aistacks_review.record.client import MEMORY
from aistacks_review.record.planning import Limits, plan_environments
from aistacks_review.reviewing import reviews

LIMITS = Limits(60, MEMORY)
PROGRAM = "import pulumi_aws as aws\nfrom shared.tags import TAGS\naws.sqs.Queue('jobs', tags=TAGS)\n"


def git(folder, *words):
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    allow = ["-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", "-C", str(folder), *names, *allow, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit_all(folder, message="more"):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


@pytest.fixture
def repo(tmp_path):
    """A project at the root of a repository, without commits yet."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


@pytest.fixture
def shared(tmp_path):
    """A library in a repository of its own, with one inside it."""
    inner, outer = tmp_path / "inner", tmp_path / "shared"
    for folder, file, text in (
        (inner, "team.py", "TEAM = 'core'\n"),
        (outer, "tags.py", "from .inner.team import TEAM\nTAGS = {'v': '1', 'team': TEAM}\n"),
    ):
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        (folder / file).write_text(text)
        commit_all(folder)
    git(outer, "submodule", "add", "-q", str(inner), "inner")
    commit_all(outer)
    return outer


@pytest.fixture
def nested(repo, shared):
    """A repository whose program imports a submodule, which has one itself."""
    git(repo, "submodule", "add", "-q", str(shared), "shared")
    git(repo, "submodule", "update", "-q", "--init", "--recursive")
    commit_all(repo)
    return repo


def planned(repo, base="HEAD"):
    found, _, _ = plan_environments(read_project(repo), [], base, LIMITS)
    (only,) = found
    return only


def reviewed(repo, base="HEAD"):
    (only,) = reviews(read_project(repo), [], base, LIMITS)
    return only


def test_submodules_come_along_at_the_base_s_own_commit(nested):
    tags = nested / "shared" / "tags.py"
    tags.write_text(tags.read_text().replace("'1'", "'2'"))
    commit_all(nested / "shared")
    commit_all(nested)
    only = planned(nested, "HEAD~1")
    assert only.base.plan["jobs"].inputs["tags"] == {"v": "1", "team": "core"}
    assert only.head.plan["jobs"].inputs["tags"] == {"v": "2", "team": "core"}
    assert reviewed(nested).changes == []


def test_a_submodule_that_the_head_no_longer_has_is_found_where_git_keeps_it(nested):
    git(nested, "rm", "-qf", "shared")
    (nested / "__main__.py").write_text("import pulumi_aws as aws\naws.sqs.Queue('jobs')\n")
    commit_all(nested)
    assert planned(nested, "HEAD~1").base.plan["jobs"].inputs["tags"] == {"v": "1", "team": "core"}


def test_nothing_of_the_base_is_left_behind(nested):
    planned(nested)
    for folder in (nested, nested / "shared", nested / "shared" / "inner"):
        assert git(folder, "worktree", "list").count("\n") == 0
        assert git(folder, "status", "--porcelain") == ""


def test_a_submodule_that_is_not_here_is_named_and_nothing_is_fetched(nested, shared, tmp_path):
    tags = shared / "tags.py"
    tags.write_text(tags.read_text().replace("'1'", "'2'"))
    commit_all(shared)
    here = git(nested / "shared", "rev-parse", "HEAD")
    there = git(shared, "rev-parse", "HEAD")
    git(nested, "update-index", "--cacheinfo", f"160000,{there},shared")
    git(nested, "commit", "-q", "-m", "raised elsewhere")
    git(nested, "update-index", "--cacheinfo", f"160000,{here},shared")
    only = reviewed(nested)
    assert only.base_error.endswith(f"(not on this machine: the submodule shared at {there[:12]})")
    assert only.changes == []
    assert not only.passed


def test_a_base_that_runs_without_a_submodule_says_that_it_did(nested, shared):
    (nested / "__main__.py").write_text("import pulumi_aws as aws\naws.sqs.Queue('jobs')\n")
    git(nested, "update-index", "--cacheinfo", f"160000,{'1' * 40},shared")
    git(nested, "add", "__main__.py")
    git(nested, "commit", "-q", "-m", "unused")
    only = reviewed(nested)
    assert only.base_error == ""
    assert any("the submodule shared at 111111111111" in note for note in only.notes)


@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_into_the_repository_leads_to_the_base_s_files(repo, absolute):
    library = repo / "library"
    library.mkdir()
    (library / "tags.py").write_text("TAGS = {'v': '1'}\n")
    (repo / "shared").symlink_to(library if absolute else "library")
    commit_all(repo)
    (library / "tags.py").write_text("TAGS = {'v': '2'}\n")
    only = planned(repo)
    assert only.base.plan["jobs"].inputs["tags"] == {"v": "1"}
    assert only.head.plan["jobs"].inputs["tags"] == {"v": "2"}


def test_a_link_out_of_the_repository_leads_where_it_did(repo, tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "tags.py").write_text("TAGS = {'v': '1'}\n")
    (repo / "shared").symlink_to("../library")
    commit_all(repo)
    assert planned(repo).base.plan["jobs"].inputs["tags"] == {"v": "1"}


BUNDLE = """
import pulumi
import pulumi_aws as aws
aws.s3.BucketObjectv2("code", bucket="b", source=pulumi.FileAsset("code.zip"))
"""


@pytest.fixture
def large(repo):
    """A program that uploads a file that Git LFS keeps: a pointer in the history, the content in the work tree."""
    content = b"PK" * 5000
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    (repo / "__main__.py").write_text(BUNDLE)
    (repo / "code.zip").write_text(pointer)
    commit_all(repo)
    (repo / ".gitattributes").write_text("*.zip filter=lfs diff=lfs merge=lfs -text\n")
    commit_all(repo)
    (repo / "code.zip").write_bytes(content)
    return repo, digest, content


def test_a_large_file_is_the_same_where_its_content_is_here(large):
    repo, digest, content = large
    kept = repo / ".git" / "lfs" / "objects" / digest[:2] / digest[2:4] / digest
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content)
    only = reviewed(repo)
    assert (only.changes, only.notes) == ([], [])


def test_a_large_file_whose_content_is_not_here_is_named(large):
    repo, _, _ = large
    assert any("Git LFS's content of code.zip" in note for note in reviewed(repo).notes)


def test_a_sparse_checkout_s_base_is_whole(repo):
    (repo / "shared").mkdir()
    (repo / "shared" / "tags.py").write_text("TAGS = {'v': '1'}\n")
    (repo / "other").mkdir()
    (repo / "other" / "big.txt").write_text("x")
    commit_all(repo)
    git(repo, "sparse-checkout", "set", "shared")
    assert not (repo / "other").exists()
    with checked_out(repo, "HEAD") as tree:
        assert (tree.folder / "other" / "big.txt").exists()
        assert tree.missing == []
    assert not (repo / "other").exists()


def test_a_partial_clone_fetches_nothing_and_uses_what_it_has(repo, tmp_path):
    (repo / "shared").mkdir()
    (repo / "shared" / "tags.py").write_text("TAGS = {'v': '1'}\n")
    (repo / "other").mkdir()
    (repo / "other" / "big.txt").write_text("x")
    commit_all(repo)
    git(repo, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--sparse", f"file://{repo}", "part")
    part = tmp_path / "part"
    git(part, "sparse-checkout", "set", "shared")
    only = reviewed(part)
    assert only.base_error == ""
    assert only.changes == []
    assert any("files outside the sparse checkout" in note for note in only.notes)
    missing = subprocess.run(
        ["git", "-C", part, "rev-list", "--objects", "--all", "--missing=print"], capture_output=True
    )
    assert b"?" in missing.stdout


def test_a_commit_whose_files_are_gone_is_one_line(repo):
    (repo / "shared").mkdir()
    (repo / "shared" / "tags.py").write_text("TAGS = {'v': '1'}\n")
    commit_all(repo)
    blob = git(repo, "rev-parse", "HEAD:shared/tags.py")
    (repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with (
        pytest.raises(UserError, match="expected a revision whose files are all on this machine"),
        checked_out(repo, "HEAD"),
    ):
        pass
    only = reviewed(repo)
    assert "expected a revision whose files are all on this machine" in only.base_error
    assert only.head["jobs"]
    assert git(repo, "worktree", "list").count("\n") == 0
