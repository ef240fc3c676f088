"""Several projects of one repository in one command: which are planned, and what is said of the others."""

import json
import subprocess
import sys

import pytest

from aistacks_core.errors import UserError
from aistacks_review.monorepo import review_all
from aistacks_review.record import projects, worker_pool
from aistacks_review.record.client import MEMORY
from aistacks_review.record.planning import Limits

LIMITS = Limits(60, MEMORY)
QUEUE = "import pulumi_aws as aws\naws.sqs.Queue('jobs', delay_seconds={delay}, sqs_managed_sse_enabled=True)\n"
TYPESCRIPT = "name: web\nruntime: nodejs\n"


def git(folder, *words):
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *names, *words], check=True, capture_output=True)


def project(folder, name, stacks=("dev",), program=""):
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    for stack in stacks:
        (folder / f"Pulumi.{stack}.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(program or QUEUE.format(delay=1))


@pytest.fixture
def repo(tmp_path):
    """Two Python projects, one of them with two stacks, one in TypeScript, and a shared folder."""
    git(tmp_path, "init", "-q", "-b", "main")
    project(tmp_path / "infra" / "network", "network", ("dev", "prod"))
    project(tmp_path / "infra" / "shop", "shop")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "Pulumi.yaml").write_text(TYPESCRIPT)
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "tags.py").write_text("TAGS = {}\n")
    (tmp_path / "README.md").write_text("words\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def touched(repo):
    change = projects.changed(repo, "HEAD")
    return {one.path: change.touches(one) for one in projects.find(repo) if one.project}


def names(outcome):
    return [review.environment for review in outcome.reviews]


def test_every_stack_of_every_project_is_planned_and_the_others_are_named(repo):
    seen = []
    outcome = review_all(repo, "", "", LIMITS, told=seen.append)
    assert sorted(names(outcome)) == ["network/dev", "network/prod", "shop/dev"]
    assert outcome.skipped == ["web: its runtime is nodejs: only Python programs are planned"]
    assert f"Not planned: {outcome.skipped[0]}" in outcome.reviews[0].notes
    assert sorted(seen) == ["infra/network", "infra/shop"]


def test_with_a_base_only_what_is_touched_is_planned(repo):
    (repo / "infra" / "shop" / "__main__.py").write_text(QUEUE.format(delay=2))
    outcome = review_all(repo, "", "HEAD", LIMITS, told=str)
    (review,) = outcome.reviews
    assert (review.environment, len(review.changes)) == ("shop/dev", 1)
    assert "infra/network: nothing that it reads has changed" in outcome.skipped


def test_a_change_that_touches_none_plans_none(repo):
    (repo / "README.md").write_text("other words\n")
    outcome = review_all(repo, "", "HEAD", LIMITS, told=str)
    assert outcome.reviews == []
    assert len(outcome.skipped) == 3


def test_the_worst_comes_first_and_a_project_with_a_mistake_is_one(repo):
    (repo / "infra" / "network" / "__main__.py").write_text("raise ValueError('now')\n")
    (repo / "infra" / "shop" / "__main__.py").write_text(QUEUE.format(delay=2))
    project(repo / "broken", "broken")
    (repo / "broken" / "Pulumi.yaml").write_text("name: 7\nruntime: python\n")
    outcome = review_all(repo, "", "HEAD", LIMITS, told=str)
    assert names(outcome) == ["broken", "network/dev", "network/prod", "shop/dev"]
    assert [bool(review.error) for review in outcome.reviews] == [True, True, True, False]


def test_projects_of_one_name_are_told_apart_by_their_folders(repo):
    project(repo / "copy", "shop")
    assert {"copy/dev", "infra/shop/dev"} <= set(names(review_all(repo, "", "", LIMITS, told=str)))


def test_only_what_the_pattern_names(repo):
    assert names(review_all(repo, "", "", LIMITS, "infra/s*", str)) == ["shop/dev"]
    with pytest.raises(UserError, match=r"a Pulumi\.yaml whose folder is like nothing"):
        review_all(repo, "", "", LIMITS, "nothing", str)


def test_only_one_environment_of_each(repo):
    outcome = review_all(repo, "prod", "", LIMITS, told=str)
    assert names(outcome) == ["network/prod"]
    assert "infra/shop: it has no environment prod" in outcome.skipped


def test_a_project_without_environments_is_named_and_one_alone_is_refused(repo):
    (repo / "infra" / "shop" / "Pulumi.dev.yaml").unlink()
    git(repo, "commit", "-qam", "none")
    (repo / "infra" / "shop" / "__main__.py").write_text(QUEUE.format(delay=2))
    with pytest.raises(UserError, match=r"infra/shop: got no Pulumi"):
        review_all(repo, "", "HEAD", LIMITS, told=str)
    outcome = review_all(repo, "", "", LIMITS, told=str)
    assert "infra/shop: it has no Pulumi.<environment>.yaml" in outcome.skipped


def test_a_project_that_is_removed_is_named(repo):
    git(repo, "rm", "-rq", "infra/shop")
    outcome = review_all(repo, "", "HEAD", LIMITS, told=str)
    assert any(line.startswith("infra/shop: the change removes the project") for line in outcome.skipped)


def test_a_project_that_moves_is_not_removed(repo):
    git(repo, "mv", "infra/shop", "infra/store")
    outcome = review_all(repo, "", "HEAD", LIMITS, told=str)
    assert not [line for line in outcome.skipped if "removes" in line]
    assert [(r.environment, r.changes) for r in outcome.reviews] == [("shop/dev", [])]


def test_the_base_is_checked_out_once_and_nothing_is_left(repo):
    for name in ("network", "shop"):
        (repo / "infra" / name / "__main__.py").write_text(QUEUE.format(delay=3))
    review_all(repo, "", "HEAD", LIMITS, told=str)
    listed = subprocess.run(["git", "-C", repo, "worktree", "list"], capture_output=True, text=True, check=True)
    assert listed.stdout.count("\n") == 1
    assert worker_pool._LIVE == {}


@pytest.mark.parametrize(
    ("file", "network", "shop"),
    [
        ("infra/shop/new.py", "", "infra/shop/new.py"),
        ("infra/shop/Pulumi.dev.yaml", "", "infra/shop/Pulumi.dev.yaml"),
        ("common/tags.py", "shared files: common/tags.py", "shared files: common/tags.py"),
        ("Makefile", "shared files: Makefile", "shared files: Makefile"),
        ("docs/page.md", "", ""),
        (".github/workflows/plan.yml", "", ""),
        ("web/index.ts", "", ""),
    ],
)
def test_what_a_changed_file_touches(repo, file, network, shop):
    (repo / file).parent.mkdir(parents=True, exist_ok=True)
    (repo / file).write_text("changed\n")
    assert touched(repo) == {"infra/network": network, "infra/shop": shop}


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("import sys; sys.path.append('../shop')\n", "infra/shop/sizes.py"),
        ("open('../../README.md')\n", "README.md"),
        ("import pulumi; pulumi.StackReference('acme/shop/dev')\n", "infra/shop/__main__.py"),
        ("import pulumi; pulumi.FileArchive('../../web/dist')\n", "web/dist/index.html"),
    ],
)
def test_a_project_that_names_it_is_touched(repo, text, file):
    (repo / "infra" / "network" / "more.py").write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "names it")
    (repo / file).parent.mkdir(parents=True, exist_ok=True)
    (repo / file).write_text("changed\n")
    assert touched(repo)["infra/network"] == f"it names {file}"


def test_a_package_by_path_and_a_link_are_needed(repo):
    project(repo / "libs" / "base", "base")
    (repo / "infra" / "shop" / "requirements.txt").write_text("-e ../../libs/base\n")
    (repo / "infra" / "network" / "linked").symlink_to("../../libs/base")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "library")
    (repo / "libs" / "base" / "sizes.py").write_text("SIZE = 1\n")
    needs = "it needs libs/base/sizes.py"
    assert touched(repo) == {"infra/network": needs, "infra/shop": needs, "libs/base": "libs/base/sizes.py"}


def test_a_project_at_the_root_owns_what_no_other_does(repo):
    (repo / "Pulumi.yaml").write_text("name: root\nruntime: python\n")
    (repo / "__main__.py").write_text("")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "root")
    (repo / "infra" / "shop" / "size.py").write_text("")
    assert touched(repo) == {".": "", "infra/network": "", "infra/shop": "infra/shop/size.py"}
    (repo / "size.py").write_text("")
    shared = "shared files: size.py"
    assert touched(repo) == {".": "size.py", "infra/network": shared, "infra/shop": "infra/shop/size.py"}


def plan(folder, *words):
    command = [sys.executable, "-m", "aistacks_cli.start", "plan", *map(str, words)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_the_command_has_one_report_of_each_kind_and_the_worst_exit_code(repo):
    (repo / "infra" / "shop" / "__main__.py").write_text(QUEUE.format(delay=2))
    files = ["--json", "p.json", "--markdown", "p.md", "--html", "p.html", "--sarif", "p.sarif"]
    done = plan(repo, "--all", "--base", "HEAD", *files)
    assert done.returncode == 3, done.stderr
    assert [r["environment"] for r in json.loads((repo / "p.json").read_text())["reviews"]] == ["shop/dev"]
    for name in ("p.md", "p.html"):
        text = (repo / name).read_text()
        assert "shop/dev" in text
        assert "infra/network" in text
    assert "infra/network: nothing that it reads has changed" in done.stderr + done.stdout
    for name in ("p.json", "p.md", "p.html", "p.sarif"):
        (repo / name).unlink()
    (repo / "infra" / "network" / "__main__.py").write_text("raise ValueError('now')\n")
    assert plan(repo / "infra", "--projects", "infra/*", "--base", "HEAD").returncode == 2
    git(repo, "checkout", "-q", ".")
    assert plan(repo, "--all", "--base", "HEAD").returncode == 0
