"""The scripts in the workflow files, run as a runner runs them: bash, its variables, a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from aistacks_review.pr.sticky import MARKER

ROOT = Path(__file__).parents[3]
TOOLS = Path(sys.executable).parent
PROGRAM = 'import pulumi_aws as aws\n\naws.s3.Bucket("lake")\naws.s3.Bucket("more")\n'


def script(workflow, job, name):
    text = yaml.safe_load((ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text())
    (step,) = [s for s in text["jobs"][job]["steps"] if s.get("name") == name]
    return step["run"]


@pytest.fixture
def runner(tmp_path):
    """Runs a step's script; what it wrote to GITHUB_OUTPUT is in ``outputs``."""
    (tmp_path / "temp").mkdir()

    def run(text, cwd, **env):
        output = tmp_path / "output"
        output.write_text("")
        given = {k: os.environ[k] for k in ("PATH", "HOME", "AISTACKS_CACHE_DIR") if k in os.environ}
        given |= {
            "RUNNER_TEMP": str(tmp_path / "temp"),
            "GITHUB_OUTPUT": str(output),
            "TOOLS": str(TOOLS),
            "PROJECT": ".",
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
            cwd=cwd,
            env={**given, "ENVIRONMENT": "", "NO_PROXY": "*", "no_proxy": "*", **{k: str(v) for k, v in env.items()}},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        done.outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return done

    run.temp = tmp_path / "temp"
    return run


@pytest.fixture
def merged(tmp_path, recorded, git):
    """What GitHub checks out: the merge of the pull request into its base."""

    def make(program):
        repo = recorded(tmp_path, program)
        git(repo, "merge", "--quiet", "--no-ff", "--message", "merge", "feature")
        return repo

    return make


def test_the_plan_job_leaves_a_document_of_the_merge_against_its_base(runner, merged):
    done = runner(script("plan", "plan", "Plan"), merged(PROGRAM))
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((runner.temp / "aistacks" / "plan.json").read_text())
    (review,) = document["reviews"]
    assert [(c["kind"], c["name"]) for c in review["changes"]] == [("create", "more")]
    assert done.outputs["code"] in ("1", "3")


def test_what_a_program_prints_is_no_command_to_the_runner(runner, merged):
    done = runner(script("plan", "plan", "Plan"), merged(f"print('::error::pwned')\n{PROGRAM}"))
    lines = done.stdout.splitlines()
    opening = next(line for line in lines if line.startswith("::stop-commands::"))
    closing = f"::{opening.rpartition('::')[2]}::"
    commands = [line for line in lines if line.startswith("::")]
    assert commands[0] == opening
    assert commands[-1] == closing
    assert len(closing) == 36


def test_a_program_that_fails_fails_the_job_and_not_the_step(runner, merged):
    done = runner(script("plan", "plan", "Plan"), merged("raise SystemExit(1)\n"))
    assert done.returncode == 0
    assert done.outputs == {"code": "2"}


@pytest.mark.parametrize(("code", "ends"), [("0", 0), ("3", 0), ("1", 1), ("2", 2), ("", 2), ("137", 2)])
def test_the_job_is_judged_by_the_plan_s_exit_code(runner, tmp_path, code, ends):
    assert runner(script("plan", "plan", "Judge"), tmp_path, CODE=code).returncode == ends


def test_the_comment_job_s_steps_write_comment_and_page(runner, server, document, tmp_path):
    server.pulls.append({"number": 7, "head": {"sha": server.sha, "label": "mallory:feature"}})
    server.artifact = server.zipped(plan__json=json.dumps(document).encode())
    run = {"id": 1, "event": "pull_request", "head_sha": server.sha, "head_branch": "feature", "pull_requests": []}
    run["head_repository"] = {"owner": {"login": "mallory"}}
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"full_name": "my/repo"}, "workflow_run": run}))
    url = "https://github.com/my/repo/actions/runs/1"
    done = runner(
        script("comment", "comment", "Comment"),
        tmp_path,
        GITHUB_TOKEN="ghs_token",
        GITHUB_API_URL=server.base,
        GITHUB_EVENT_PATH=event,
        PAGE_URL=url,
    )
    assert done.returncode == 0, done.stderr
    (body,) = server.bodies()
    assert body.startswith(MARKER)
    assert url in body
    assert runner(script("comment", "comment", "Page"), tmp_path).returncode == 0
    assert (runner.temp / "aistacks" / "page.html").read_text().lower().startswith("<!doctype html>")


def test_without_a_valid_document_there_is_no_page(runner, tmp_path):
    assert runner(script("comment", "comment", "Page"), tmp_path).returncode == 0
    assert list(runner.temp.iterdir()) == []


def test_gitlab_s_plan_job_ends_well_where_something_changes(runner, merged, git):
    job = yaml.safe_load((ROOT / "ci" / "gitlab" / "plan.yml").read_text())["aistacks-plan"]
    repo = merged(PROGRAM)
    base = git(repo, "rev-parse", "HEAD^1")
    given = {"AISTACKS_TOOLS": TOOLS, "AISTACKS_PROJECT": ".", "CI_PROJECT_DIR": repo}
    done = runner("\n".join(job["script"]), repo, CI_MERGE_REQUEST_DIFF_BASE_SHA=base, **given)
    # 1: a policy may fail; never the 3 of a change.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert json.loads((repo / job["artifacts"]["paths"][0]).read_text())["reviews"]
