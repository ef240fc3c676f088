"""Secrets put in twenty places: none is in plain text in what the sandbox or a plan writes or says.

What is promised: whatever was marked secret (a config secret, ``Output.secret``, what the vendor's SDK marks) and what
is known to be one (a Kubernetes Secret's content, a kubeconfig, a generated password) stays encrypted in the state, its
backups and its histories, and out of logs, errors and reports. What stands in plain text in a file of the project is no
secret to the engine; the copy of the settings in the state folder has it too, readable by its owner only.
"""

import base64
import json
import os
import re
import subprocess
import textwrap

import pytest
import yaml

from aistacks_core.errors import UserError
from aistacks_sandbox.engine import operations as engine

PLACES = (
    "config",
    "environment",
    "parameter",
    "tag",
    "default-tag",
    "display",
    "document",
    "secret-string",
    "kubeconfig",
    "helm",
    "kubernetes-secret",
    "config-map",
    "container",
    "asset",
    "provider",
    "output",
    "command",
    "log",
    "component",
    "nested-output",
)
CANARIES = {place: f"canary-{place}-{number:02}b7e1" for number, place in enumerate(PLACES)}
PROGRAM = """
    import json, os
    import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s

    canary = json.loads(os.environ["CANARIES"])
    secret = lambda place: pulumi.Output.secret(canary[place])

    class Command(pulumi.CustomResource):
        def __init__(self, name, **inputs):
            super().__init__("command:local:Command", name, {**inputs, "stdout": None, "stderr": None})

    aws.ssm.Parameter("config", type="String", value=pulumi.Config().require_secret("password"))
    aws.ssm.Parameter("parameter", type="SecureString", value=secret("parameter"))
    role = aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    code = pulumi.AssetArchive({"index.py": pulumi.StringAsset("x = 1")})
    aws.lambda_.Function("environment", role=role.arn, runtime="python3.12", handler="index.x", code=code,
        environment={"variables": {"PASSWORD": secret("environment")}})
    aws.sqs.Queue("tag", tags={"Owner": secret("tag")})
    tagging = aws.Provider("tagging", region="eu-west-1", secret_key=canary["provider"],
        default_tags={"tags": {"Team": secret("default-tag")}})
    aws.sqs.Queue("default-tag", opts=pulumi.ResourceOptions(provider=tagging))
    aws.sns.Topic("document", display_name=pulumi.Output.concat("for ", secret("display")))
    aws.iam.Policy("document", policy=secret("document").apply(lambda word: json.dumps({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{word}/*"}]})))
    held = aws.secretsmanager.Secret("secret-string")
    aws.secretsmanager.SecretVersion("secret-string", secret_id=held.id, secret_string=canary["secret-string"])
    config = json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "c", "user": {"token": canary["kubeconfig"]}}]})
    cluster = k8s.Provider("cluster", kubeconfig=config)
    there = pulumi.ResourceOptions(provider=cluster)
    k8s.helm.v3.Release("helm", chart="./chart", values={"auth": {"password": secret("helm")}}, opts=there)
    meta = lambda name: {"name": name, "namespace": "default"}
    k8s.core.v1.Secret("kubernetes-secret", metadata=meta("canary"),
        string_data={"key": canary["kubernetes-secret"]}, opts=there)
    k8s.core.v1.ConfigMap("config-map", metadata=meta("canary"), data={"key": secret("config-map")}, opts=there)
    k8s.apps.v1.Deployment("container", metadata=meta("canary"), opts=pulumi.ResourceOptions.merge(there,
        pulumi.ResourceOptions(custom_timeouts=None)), spec={"selector": {"matchLabels": {"a": "b"}}, "replicas": 0,
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "busybox",
            "env": [{"name": "PASSWORD", "value": secret("container")}]}]}}})
    bucket = aws.s3.Bucket("asset")
    aws.s3.BucketObject("asset", bucket=bucket.id, key="k", content=secret("asset"))
    Command("command", create=pulumi.Output.concat("echo ", secret("command")),
        environment={"PASSWORD": secret("command")})

    secret("log").apply(lambda word: print("it is", word))
    secret("log").apply(lambda word: pulumi.log.info(f"it is {word}"))

    class Holder(pulumi.ComponentResource):
        def __init__(self):
            super().__init__("canary:index:Holder", "holder", {"word": secret("component")})
            self.register_outputs({"word": secret("component")})

    Holder()
    pulumi.export("output", secret("output"))
    pulumi.export("nested", {"deep": [secret("nested-output")]})
"""


def forms(word):
    """A word as it stands, and in base64 wherever it may begin there."""
    whole = [base64.b64encode(b"x" * shift + word.encode()).decode()[4:-4] for shift in (0, 1, 2)]
    return [word, *whole]


def leaks(text, canaries=CANARIES):
    return sorted(place for place, word in canaries.items() if any(form in text for form in forms(word)))


def written(folder, but=()):
    """Every file below, by its relative path; ``but``: folders that are left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not set(path.relative_to(folder).parts) & set(but):
            yield path.relative_to(folder).as_posix(), path.read_bytes().decode("latin-1")


@pytest.fixture
def canary_stack(stack, monkeypatch):
    (stack.folder / "chart").mkdir()
    (stack.folder / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 1.0.0\n")
    settings = {"config": {f"{stack.folder.name}:password": CANARIES["config"]}}
    (stack.folder / f"Pulumi.{stack.name}.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.setenv("CANARIES", json.dumps(CANARIES))
    return stack


def found(stack, said):
    """Where canaries stand: in files of the state folder, and in what was said."""
    # The servers' own: etcd holds what the API server holds, and the keys are keys.
    seen = {name: leaks(text) for name, text in written(stack.sandbox.state.root, but=("etcd", "pki"))}
    # The user's own file has the setting in plain text, and so have its copy and the engine's history of settings.
    for name, places in seen.items():
        if name.endswith((f"Pulumi.{stack.name}.yaml", ".history.json")):
            assert set(places) <= {"config"}, name
            places.clear()
    seen["what was said"] = leaks(said.out + said.err)
    return {name: places for name, places in seen.items() if places}


def decrypted(stack):
    """The stack's state as the engine shows it to whoever has the passphrase."""
    env = {**os.environ, **engine.environment(stack.sandbox.state, stack.sandbox.endpoint, "eu-west-1")}
    words = ["pulumi", "stack", "export", "--show-secrets", "--stack", f"organization/{stack.key}"]
    return subprocess.run(words, cwd=stack.folder, env=env, check=True, capture_output=True, text=True).stdout


def test_no_secret_is_in_plain_text_in_what_up_writes_and_says(canary_stack, capfd, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    canary_stack.up(PROGRAM)
    # Each was there to be found: in the state, but for what is only printed.
    assert leaks(decrypted(canary_stack)) == sorted(set(PLACES) - {"log"})
    assert "it is (secret)" in (canary_stack.sandbox.state.logs / "engine-up.log").read_text()
    assert found(canary_stack, capfd.readouterr()) == {}
    assert {name: leaks(text) for name, text in written(elsewhere) if leaks(text)} == {}
    canary_stack.preview()
    canary_stack.operate("refresh")
    canary_stack.operate("destroy", unprotect=True)
    assert found(canary_stack, capfd.readouterr()) == {}


@pytest.mark.parametrize("base", [[], ["--base", "HEAD"]], ids=["alone", "compared"])
def test_no_secret_is_in_plain_text_in_what_a_plan_writes_and_says(tmp_path, monkeypatch, command, base):
    project = tmp_path / "planned"
    (project / "chart").mkdir(parents=True)
    (project / "chart" / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 1.0.0\n")
    (project / "Pulumi.yaml").write_text("name: planned\nruntime: python\n")
    settings = {"config": {"planned:password": CANARIES["config"], "aws:region": "eu-west-1"}}
    (project / "Pulumi.dev.yaml").write_text(yaml.safe_dump(settings))
    (project / "__main__.py").write_text(textwrap.dedent(PROGRAM))
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run(["git", *identity, *words], cwd=project, check=True, capture_output=True)
    # Every one of them is another one now.
    changed = 'canary = {place: f"new-{word}" for place, word in json.loads(os.environ["CANARIES"]).items()}'
    program = textwrap.dedent(PROGRAM).replace('canary = json.loads(os.environ["CANARIES"])', changed)
    (project / "__main__.py").write_text(program)
    monkeypatch.setenv("CANARIES", json.dumps(CANARIES))
    reports = tmp_path / "reports"
    reports.mkdir()
    files = [word for kind in ("json", "markdown", "html", "sarif") for word in (f"--{kind}", reports / kind)]
    answer = command("plan", "dev", "--env", "CANARIES", *base, *files, cwd=project)
    assert answer.code in (1, 3), answer.err
    assert leaks(answer.out + answer.err) == []
    assert {name: leaks(text) for name, text in written(reports)} == {
        name: [] for name in ("html", "json", "markdown", "sarif")
    }
    for name in ("environment", "secret-string", "default-tag", "kubernetes-secret"):
        assert f'{name}"' in (reports / "json").read_text(), "the plan doesn't tell of it, so it proves nothing"


WRONG = {
    "a call that isn't valid": 'aws.sqs.Queue("q", visibility_timeout_seconds=secret("parameter"))',
    "what AWS refuses": 'aws.s3.Bucket("b", bucket=pulumi.Output.concat("_", secret("display")))',
    "an assertion of the program's": 'secret("log").apply(lambda word: exec("raise ValueError(word)", {"word": word}))',
    "a secret of an output": """pulumi.Output.secret(pulumi.Output.from_input([canary["log"]])).apply(
        lambda words: (print("it is", words[0]), exec("raise ValueError(word)", {"word": words[0]})))""",
    "what the API server refuses": 'k8s.core.v1.Service("s", spec={"type": secret("container")})',
    "a command that fails": 'Command("c", create=pulumi.Output.concat("false ", secret("command")))',
}


@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG)
def test_no_secret_is_in_plain_text_in_what_a_failure_says(canary_stack, line, capfd):
    head = PROGRAM[: PROGRAM.index("    aws.ssm.Parameter(")]
    with pytest.raises(UserError) as refused:
        canary_stack.up(f"{head}    {line}\n")
    assert leaks(str(refused.value)) == []
    assert found(canary_stack, capfd.readouterr()) == {}


def test_the_sandboxs_files_are_readable_by_their_owner_only(canary_stack):
    assert canary_stack.sandbox.state.root.stat().st_mode & 0o077 == 0


def test_the_looking_itself_finds_what_is_there(tmp_path):
    word = CANARIES["tag"]
    (tmp_path / "a").write_text(f"x={word}")
    (tmp_path / "b").write_bytes(base64.b64encode(f"user:{word}:end".encode()))
    (tmp_path / "c").write_text("nothing")
    assert {name: leaks(text) for name, text in written(tmp_path)} == {"a": ["tag"], "b": ["tag"], "c": []}
    assert re.fullmatch(r"canary-tag-\d\db7e1", word)
