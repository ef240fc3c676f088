"""Edits that change nothing in effect are no changes."""

import json
import subprocess

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks_review.compare.comparison import compare
from aistacks_review.compare.uncompared import parts
from aistacks_review.record.recorder import record


def compared(before, after):
    base, head = (record(p, config={"aws:region": "eu-west-1"}, symbols=True) for p in (before, after))
    return compare(base, head)


def kinds(before, after):
    return {c.name: c.kind.value for c in compared(before, after).changes}


def trust(*actions, principals=("a", "b")):
    people = {"AWS": [f"arn:aws:iam::111122223333:role/{p}" for p in principals]}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Principal": people}]}
    )


def test_actions_and_principals_in_another_order():
    one, two = "sts:AssumeRole", "sts:TagSession"

    def program(policy):
        aws.iam.Role("role", assume_role_policy=policy, inline_policies=[{"name": "a", "policy": policy}])

    assert kinds(lambda: program(trust(one, two)), lambda: program(trust(two, one, principals=("b", "a")))) == {}
    assert kinds(lambda: program(trust(one, two)), lambda: program(trust(one))) == {"role": "update"}


def test_a_document_around_an_arn_in_another_order():
    def program(*actions):
        target = aws.s3.Bucket("data")
        document = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": [target.arn]}]}
        aws.iam.Policy("policy", policy=pulumi.Output.json_dumps(document))

    assert kinds(lambda: program("a:A", "a:B"), lambda: program("a:B", "a:A")) == {}
    assert kinds(lambda: program("a:A", "a:B"), lambda: program("a:B", "a:C")) == {"policy": "update"}


@pytest.fixture
def revisions(tmp_path):
    """Two revisions of a folder in git: ``dist`` and ``lib/__pycache__`` are ignored, and only the second has them."""
    for name in ("base", "head"):
        folder = tmp_path / name
        (folder / "lib").mkdir(parents=True)
        (folder / "lib" / "code.py").write_text("x = 1\n")
        (folder / ".gitignore").write_text("dist\n__pycache__\n*.zip\n")
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    built = tmp_path / "head"
    (built / "dist").mkdir()
    (built / "dist" / "bundle.js").write_text("built")
    (built / "app.zip").write_bytes(b"zip")
    (built / "lib" / "__pycache__").mkdir()
    (built / "lib" / "__pycache__" / "code.pyc").write_bytes(b"\0")
    return tmp_path


@pytest.mark.parametrize("place", ["dist", "lib", "app.zip"])
def test_files_that_git_ignores_can_not_be_compared(revisions, monkeypatch, place):
    def program(revision):
        def run():
            monkeypatch.chdir(revisions / revision)
            aws.lambda_.Function("f", role="r", code=pulumi.FileArchive(place))

        return run

    found = compared(program("base"), program("head"))
    assert found.changes == []
    (part,) = parts(found.uncompared)
    assert part.what == "code of f: git ignores files in it, so the base has none to compare with"


def test_files_that_git_keeps_are_compared(revisions, monkeypatch):
    (revisions / "head" / "lib" / "code.py").write_text("x = 2\n")

    def program(revision):
        def run():
            monkeypatch.chdir(revisions / revision)
            aws.lambda_.Function("f", role="r", code=pulumi.AssetArchive({"lib": pulumi.FileArchive("lib")}))

        return run

    assert kinds(program("base"), program("head")) == {"f": "update"}


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, {}, opts)
        mine = pulumi.ResourceOptions(parent=self)
        queue = aws.sqs.Queue(f"{name}-queue", opts=mine)
        inner = Inner(f"{name}-inner", mine)
        aws.iam.Policy(
            f"{name}-policy",
            policy=pulumi.Output.json_dumps({"a": queue.arn, "b": inner.table.arn, "v": inner.template.latest_version}),
            opts=mine,
        )


class Inner(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Inner", name, {}, opts)
        mine = pulumi.ResourceOptions(parent=self)
        self.table = aws.dynamodb.Table(
            f"{name}-table", hash_key="id", attributes=[{"name": "id", "type": "S"}], opts=mine
        )
        self.template = aws.ec2.LaunchTemplate(f"{name}-template", opts=mine)


def test_a_rename_with_an_alias_takes_children_and_grandchildren_along():
    def after():
        Group("new", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]))

    assert set(kinds(lambda: Group("old"), after).values()) == {"move"}


def test_a_move_into_a_component_with_aliases():
    def after():
        class Box(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("test:index:Box", "box")
                old = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
                target = aws.s3.Bucket("data", opts=pulumi.ResourceOptions(parent=self, aliases=[old]))
                aws.iam.Policy("policy", policy=target.arn.apply(json.dumps))

        Box()

    def before():
        target = aws.s3.Bucket("data")
        aws.iam.Policy("policy", policy=target.arn.apply(json.dumps))

    assert kinds(before, after) == {"data": "move"}


def test_a_kubernetes_default_written_out():
    def program(**metadata):
        kubernetes.core.v1.ConfigMap("it", metadata={"name": "it", **metadata}, data={"a": "b"})

    assert kinds(lambda: program(), lambda: program(namespace="default")) == {}
