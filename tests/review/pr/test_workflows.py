"""What holds for every workflow file, and two linters' opinion of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / "ci" / "gitlab" / "plan.yml"
TOOLS = Path(sys.executable).parent


def name_of(path):
    return path.stem


def jobs(path):
    return yaml.safe_load(path.read_text())["jobs"]


def steps(path):
    return [(name, step) for name, job in jobs(path).items() for step in job["steps"]]


def test_there_are_six():
    assert [path.stem for path in WORKFLOWS] == ["comment", "deploy", "drift", "orphans", "plan", "preview"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_actions_are_pinned_by_digest_with_their_version(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())
    assert used
    for action, comment in used:
        if action.startswith("<owner>/"):
            continue
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_one_action_has_one_digest():
    pins = {}
    for path in WORKFLOWS:
        for action, digest in re.findall(r"uses: ([\w/-]+)@([0-9a-f]{40})", path.read_text()):
            pins.setdefault(action, set()).add(digest)
    assert {action: len(digests) for action, digests in pins.items() if len(digests) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_rights_are_given_per_job_and_to_nobody_else(path):
    assert yaml.safe_load(path.read_text())["permissions"] == {}
    for job in jobs(path).values():
        assert job["permissions"]
        assert job["timeout-minutes"] <= 120


def test_who_may_what():
    rights = {f"{path.stem}/{name}": job["permissions"] for path in WORKFLOWS for name, job in jobs(path).items()}
    read, token = {"contents": "read"}, {"contents": "read", "id-token": "write"}
    assert rights == {
        "plan/plan": read,
        "comment/comment": {"actions": "read", "contents": "read", "pull-requests": "write"},
        "preview/preview": token,
        "preview/comment": {"contents": "read", "pull-requests": "write"},
        "drift/drift": token,
        "orphans/orphans": token,
        "deploy/deploy": token,
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_scripts_hold_no_expression_and_parse(path):
    scripts = [step["run"] for _, step in steps(path) if "run" in step]
    assert scripts
    for script in scripts:
        assert "${{" not in script
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_no_checkout_leaves_its_token(path):
    checkouts = [step for _, step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert {step["with"]["persist-credentials"] for step in checkouts} == {False}


def test_who_writes_comments_runs_trusted_code_only():
    trusted = {
        "comment": "${{ github.event.repository.default_branch }}",
        "preview": "${{ github.event.pull_request.base.sha }}",
    }
    for path in WORKFLOWS:
        for name, job in jobs(path).items():
            if job["permissions"].get("pull-requests") != "write":
                assert "GITHUB_TOKEN" not in str(job)
                continue
            (checkout,) = [s for s in job["steps"] if s.get("uses", "").startswith("actions/checkout@")]
            assert checkout["with"]["ref"] == trusted[path.stem], name


def test_who_plans_sees_no_secret():
    text = (ROOT / ".github" / "workflows" / "plan.yml").read_text()
    assert "secrets." not in text and "github.token" not in text and "vars." not in text
    assert [path.stem for path in WORKFLOWS if "pull_request_target" in path.read_text()] == []


def test_the_engine_is_the_one_that_was_tried():
    tools = yaml.safe_load((ROOT / "sandbox" / "aistacks_sandbox" / "programs" / "programs.yaml").read_text())
    version = tools["programs"]["pulumi"]["version"].lstrip("v")
    given = {s["with"]["pulumi-version"] for path in WORKFLOWS for _, s in steps(path) if "pulumi/actions@" in str(s)}
    assert given == {version}


@pytest.mark.parametrize("name", ["deploy", "drift", "orphans", "preview"])
def test_who_talks_to_the_cluster_can_run_inside_its_network(name):
    path = ROOT / ".github" / "workflows" / f"{name}.yml"
    runner = "${{ inputs.runner || vars.AISTACKS_RUNNER || 'ubuntu-24.04' }}"
    assert jobs(path)[name]["runs-on"] == runner
    given = yaml.safe_load(path.read_text())[True]["workflow_call"]["inputs"]["runner"]
    assert (given["type"], given["default"]) == ("string", "")


def test_who_needs_no_cluster_runs_on_github_s_own_runners():
    others = [job for path in WORKFLOWS for name, job in jobs(path).items() if "id-token" not in job["permissions"]]
    assert len(others) == 3
    assert {job["runs-on"] for job in others} == {"ubuntu-24.04"}


def test_on_gitlab_one_place_names_the_runner_of_whoever_talks_to_the_cluster():
    template = yaml.safe_load(GITLAB.read_text())
    aws = [name for name, job in template.items() if isinstance(job, dict) and job.get("extends") == ".aistacks-aws"]
    assert aws == ["aistacks-drift", "aistacks-deploy"]
    assert [name for name in aws if "tags" in template[name]] == []


def test_the_comment_workflow_listens_to_the_plan_workflow():
    comment, plan = (
        yaml.safe_load((ROOT / ".github" / "workflows" / f"{n}.yml").read_text()) for n in ("comment", "plan")
    )
    # YAML 1.1 reads `on` as true.
    assert comment[True]["workflow_run"]["workflows"] == [plan["name"]]
    (upload,) = [s for s in plan["jobs"]["plan"]["steps"] if "upload-artifact" in s.get("uses", "")]
    from aistacks_review.pr.commenting import ARTIFACT

    assert upload["with"]["name"] == ARTIFACT


def lint(*words):
    return subprocess.run([*map(str, words)], text=True, capture_output=True, check=False, cwd=ROOT)


def test_zizmor_finds_nothing():
    done = lint(TOOLS / "zizmor", "--offline", "--no-progress", "--persona", "auditor", ".github/workflows")
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_would_find_something(tmp_path):
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    assert lint(TOOLS / "zizmor", "--offline", "--no-progress", bad).returncode != 0


@pytest.mark.parametrize(
    ("schema", "files"),
    [("vendor.github-workflows", WORKFLOWS), ("vendor.gitlab-ci", [GITLAB])],
    ids=["github", "gitlab"],
)
def test_the_forges_schemas_hold(schema, files):
    done = lint(TOOLS / "check-jsonschema", "--builtin-schema", schema, *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_gitlab_s_token_is_the_scheduled_job_s_only():
    template = yaml.safe_load(GITLAB.read_text())
    plan, comment = template["aistacks-plan"], template["aistacks-comment"]
    assert "id_tokens" not in plan and "id_tokens" not in template[".aistacks"]
    assert [rule["if"] for rule in plan["rules"]] == ['$CI_PIPELINE_SOURCE == "merge_request_event"']
    assert all('"schedule"' in rule["if"] and "$CI_DEFAULT_BRANCH" in rule["if"] for rule in comment["rules"])
