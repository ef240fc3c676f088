"""`aistacks plan` as it is typed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import psutil
import pytest

from aistacks_review.report.document import schema

ROOT = Path(__file__).parents[2]


def git(folder, *words):
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *names, *words], check=True, capture_output=True)


@pytest.fixture
def shop(tmp_path):
    """A repository whose one commit has a queue."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (tmp_path / "__main__.py").write_text(queue("30"))
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def queue(delay):
    return f"import pulumi_aws as aws\naws.sqs.Queue('jobs', delay_seconds={delay}, sqs_managed_sse_enabled=True)\n"


def run(folder, *words, **how):
    """The command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "aistacks_cli.start", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **how,
    )
    assert "Traceback" not in done.stderr
    return done


def plan(folder, *words):
    return run(folder, "plan", *words)


def test_what_a_component_cannot_check_stands_in_every_report(shop):
    arguments = {"subnet_ids": ["a", "b"], "system_instance_types": ["x9z.large"]}
    (shop / "__main__.py").write_text(f"from aistacks import EksCluster\nEksCluster('ai', {arguments})\n")
    done = plan(shop, "dev", "--base", "HEAD", "--json", "plan.json", "--markdown", "plan.md")
    told = "system_instance_types[0]: 'x9z.large' isn't known here: its size and architecture can't be checked."
    assert told in " ".join(done.stdout.split())
    (review,) = json.loads((shop / "plan.json").read_text())["reviews"]
    assert [o for o in review["opaque"] if o["kind"] == "warning" and told in o["what"]]
    assert "x9z.large" in (shop / "plan.md").read_text()


def test_no_change_is_0_and_a_change_is_3(shop):
    assert plan(shop, "dev", "--base", "HEAD").returncode == 0
    (shop / "__main__.py").write_text(queue("31"))
    done = plan(shop, "dev", "--base", "HEAD")
    assert done.returncode == 3, done.stderr
    assert "jobs" in done.stdout
    assert "delaySeconds" in done.stdout


def test_an_edit_of_the_same_length_in_the_same_second_is_seen(shop):
    (shop / "delays.py").write_text("JOBS = 30\n")
    (shop / "__main__.py").write_text("from delays import JOBS\n" + queue("JOBS"))
    git(shop, "add", "-A")
    git(shop, "commit", "-q", "-m", "second")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for file in ("delays.py", "__main__.py"):
        os.utime(shop / file, (1_700_000_000, 1_700_000_000))
    assert run(shop, "plan", "dev", "--base", "HEAD", env=env).returncode == 0
    (shop / "delays.py").write_text("JOBS = 31\n")
    os.utime(shop / "delays.py", (1_700_000_000, 1_700_000_000))
    done = run(shop, "plan", "dev", "--base", "HEAD", env=env)
    assert done.returncode == 3, done.stderr
    assert "delaySeconds" in done.stdout
    assert not list(shop.rglob("__pycache__"))


def test_the_document_keeps_its_schema_and_standard_output_is_clean(shop):
    done = plan(shop, "dev", "--json", "-")
    document = json.loads(done.stdout)
    jsonschema.validate(document, schema())
    (review,) = document["reviews"]
    assert [c["kind"] for c in review["changes"]] == ["create"]
    assert (review["resources"][0]["file"], review["resources"][0]["line"]) == ("__main__.py", 2)


def test_every_output_at_once(shop):
    words = ["--json", "p.json", "--markdown", "p.md", "--html", "p.html", "--sarif", "p.sarif"]
    assert plan(shop, *words).returncode in (1, 3)
    assert json.loads((shop / "p.json").read_text())["version"] == "aistacks.plan/1"
    assert "dev" in (shop / "p.md").read_text()
    assert (shop / "p.html").read_text().lower().startswith("<!doctype html>")
    assert json.loads((shop / "p.sarif").read_text())["version"] == "2.1.0"
    assert [p.name for p in shop.iterdir() if p.name.endswith(".part")] == []


def test_a_base_that_can_t_be_planned_is_2_and_says_so_first_in_every_report(shop):
    (shop / "__main__.py").write_text("raise ValueError('old')\n")
    git(shop, "commit", "-q", "-am", "broken")
    (shop / "__main__.py").write_text(queue("30"))
    done = plan(shop, "dev", "--base", "HEAD", "--json", "p.json", "--markdown", "p.md", "--html", "p.html")
    assert done.returncode == 2
    assert "error: the base can't be planned: __main__.py:1: ValueError: old" in done.stderr
    assert "dev  Can't be compared" in done.stdout
    (review,) = json.loads((shop / "p.json").read_text())["reviews"]
    assert (review["base_error"], review["changes"], review["passed"]) == ("__main__.py:1: ValueError: old", [], False)
    for report in (done.stdout, (shop / "p.md").read_text(), (shop / "p.html").read_text()):
        assert "Can't be compared" in report.replace("&#39;", "'")
        assert "All new" not in report
        assert "No risk was found" not in report


def test_a_new_environment_is_all_new(shop):
    (shop / "Pulumi.new.yaml").write_text((shop / "Pulumi.dev.yaml").read_text())
    done = plan(shop, "new", "--base", "HEAD")
    assert done.returncode == 3, done.stderr
    assert "new  All new" in done.stdout


def test_a_setting_that_is_encrypted_anew_can_not_be_compared(shop):
    secret = "config:\n  aws:region: eu-west-1\n  shop:key:\n    secure: {}\n"
    (shop / "Pulumi.dev.yaml").write_text(secret.format("AAABAAAA"))
    git(shop, "commit", "-qam", "a secret")
    assert plan(shop, "dev", "--base", "HEAD").returncode == 0
    (shop / "Pulumi.dev.yaml").write_text(secret.format("AAABBBBB"))
    done = plan(shop, "dev", "--base", "HEAD")
    assert (done.returncode, "shop:key" in done.stdout, "AAAB" in done.stdout) == (3, True, False)


def test_a_failing_policy_is_1(shop):
    (shop / "__main__.py").write_text(
        "import pulumi_aws as aws\n"
        "group = aws.ec2.SecurityGroup('open', description='d', ingress=[{'protocol': 'tcp', 'from_port': 22,"
        " 'to_port': 22, 'cidr_blocks': ['0.0.0.0/0'], 'description': 'x'}])\n"
    )
    done = plan(shop, "dev", "--base", "HEAD")
    assert done.returncode == 1, done.stderr
    assert "0.0.0.0/0" in done.stdout


def test_over_budget_is_1(shop):
    (shop / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n  shop:plan: {budget_usd_per_month: 1}\n")
    (shop / "__main__.py").write_text(
        "import pulumi_aws as aws\naws.ec2.NatGateway('way', subnet_id='subnet-1', allocation_id='eipalloc-1')\n"
    )
    done = plan(shop, "dev")
    assert done.returncode == 1, done.stderr
    assert "budget" in done.stdout.lower()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nowhere"], "got 'nowhere'; expected one of the environments dev"),
        (["dev", "--base", "nowhere"], "--base: got 'nowhere'; expected a commit, branch or tag"),
        (["nowhere", "--base", "HEAD"], "got 'nowhere'; expected an environment of either revision (here: dev)"),
        (["dev", "--base", ""], "--base: got nothing; expected a commit, branch or tag"),
        (["dev", "--json", "missing/p.json"], "--json missing/p.json: got a folder that isn't there"),
        (["dev", "--json", "."], "--json .: got a folder"),
        (["dev", "--json", "-", "--html", "-"], "expected standard output for one of them"),
        (["--from-preview", "p.json"], "--from-preview: got no environment"),
        (["dev", "--from-preview", "p.json"], "p.json: got no such file"),
        (["dev", "--project", "nowhere"], "nowhere: got no Pulumi.yaml there"),
    ],
)
def test_mistakes_of_the_command(shop, words, line):
    done = plan(shop, *words)
    assert done.returncode == 2
    (told,) = [text for text in done.stderr.splitlines() if text.startswith("error: ")]
    assert line in told


@pytest.mark.parametrize(("words", "line"), [(["--nonsense"], "No such option"), (["--timeout", "soon"], "--timeout")])
def test_words_that_typer_refuses(shop, words, line):
    done = plan(shop, *words)
    assert done.returncode == 2
    assert line in done.stderr


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import pulumi\npulumi.Config().require('size')\n", "__main__.py:2: Missing required configuration"),
        ("x = (\n", "__main__.py:1: got SyntaxError"),
        ("import nowhere\n", "__main__.py:1: got No module named 'nowhere'"),
    ],
)
def test_mistakes_of_the_program(shop, text, line):
    (shop / "__main__.py").write_text(text)
    done = plan(shop, "dev")
    assert done.returncode == 2
    (told,) = [text for text in done.stderr.splitlines() if text.startswith("error: ")]
    assert line in told
    assert str(shop) not in told


def test_one_environments_mistake_does_not_hide_another(shop):
    (shop / "Pulumi.prod.yaml").write_text("config: [1]\n")
    done = plan(shop, "--json", "p.json")
    assert done.returncode == 2
    reviews = json.loads((shop / "p.json").read_text())["reviews"]
    assert [(r["environment"], bool(r.get("error"))) for r in reviews] == [("dev", False), ("prod", True)]
    assert "prod" in done.stderr


def test_a_wrong_assumption_is_named_by_file_and_path(shop):
    (shop / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n  shop:plan: {budget: 1}\n")
    done = plan(shop, "dev")
    assert done.returncode == 2
    assert "Pulumi.dev.yaml: shop:plan" in done.stderr


def eventually(condition, seconds=100):
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def rests(process):
    """It has loaded what it needs, and waits."""
    before = process.cpu_times()[:2]
    time.sleep(0.5)
    return process.cpu_times()[:2] == before


def test_an_interrupt_leaves_nothing(shop, tmp_path_factory):
    (shop / "__main__.py").write_text("import time\nopen('there', 'w').close()\ntime.sleep(300)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "aistacks_cli.start", "plan", "dev", "--base", "HEAD", "--timeout", "120"],
        cwd=shop,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("tmp"))},
    )
    with process:
        eventually((shop / "there").exists)
        command = psutil.Process(process.pid)
        eventually(lambda: rests(command))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    trees = subprocess.run(["git", "-C", str(shop), "worktree", "list"], capture_output=True, text=True, check=True)
    assert trees.stdout.count("\n") == 1


@pytest.mark.parametrize("name", ["sandbox", "dev", "staging", "prod"])
def test_each_environment_of_ours_passes(name):
    done = plan(ROOT, name, "--json", "-")
    assert done.returncode == 3, done.stderr + done.stdout[-2000:]
