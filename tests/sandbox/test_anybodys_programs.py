"""What strangers' programs do that ours don't: relative assets, small vendors' packages, load balancers, ESC."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

ASSETS = """
    import json, pulumi, pulumi_aws as aws

    trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                        "Principal": {"Service": "lambda.amazonaws.com"}}]})
    role = aws.iam.Role("role", assume_role_policy=trust)
    bucket = aws.s3.Bucket("bucket")
    page = aws.s3.BucketObjectv2("page", bucket=bucket.id, key="page", source=pulumi.FileAsset("./site/index.html"))
    text = aws.s3.BucketObjectv2("text", bucket=bucket.id, key="text", source=pulumi.StringAsset("as it stands"))
    aws.s3.BucketObject("older", bucket=bucket.id, key="older", source=pulumi.FileAsset("../shared/note.txt"))
    names = []
    for name, code in {
        "folder": pulumi.FileArchive("./app"),
        "zip": pulumi.FileArchive("app.zip"),
        "mixed": pulumi.AssetArchive({"a.py": pulumi.FileAsset("app/a.py"), "lib": pulumi.FileArchive("./app"),
                                      "note": pulumi.StringAsset("n"), "up": pulumi.FileAsset("../shared/note.txt")}),
    }.items():
        f = aws.lambda_.Function(name, role=role.arn, runtime="python3.12", handler="a.b", code=code)
        names.append(f.name)
    pulumi.export("bucket", bucket.id)
    pulumi.export("names", names)
"""


def test_assets_are_found_where_the_program_lies(stack: Any) -> None:
    import zipfile

    stack.write("hello", "site/index.html")
    stack.write("def b(): ...", "app/a.py")
    (stack.folder.parent / "shared").mkdir()
    (stack.folder.parent / "shared" / "note.txt").write_text("a note")
    with zipfile.ZipFile(stack.folder / "app.zip", "w") as archive:
        archive.writestr("a.py", "x = 1")
    up = stack.up(ASSETS)
    bucket = up.outputs["bucket"]
    s3 = stack.sandbox.aws("s3")
    read = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in ("page", "text", "older")}
    assert read == {"page": b"hello", "text": b"as it stands", "older": b"a note"}
    sizes = [
        stack.sandbox.aws("lambda").get_function(FunctionName=n)["Configuration"]["CodeSize"]
        for n in up.outputs["names"]
    ]
    assert all(sizes)
    assert stack.up().changed == 0
    stack.write("def b(): return 1", "app/a.py")
    stack.write("hello again", "site/index.html")
    changed = stack.up()
    assert sorted(step["urn"].rsplit("::", 1)[1] for step in changed.steps) == ["folder", "mixed", "page"]
    assert s3.get_object(Bucket=bucket, Key="page")["Body"].read() == b"hello again"


@pytest.mark.parametrize(
    "program",
    [
        'aws.s3.BucketObjectv2("o", bucket=aws.s3.Bucket("b").id, key="k", source=pulumi.FileAsset("./nowhere.txt"))',
        'aws.s3.BucketObjectv2("o", bucket=aws.s3.Bucket("b").id, key="k", source=pulumi.RemoteAsset("http://{nobody}/x"))',
    ],
)
def test_an_asset_that_is_not_there_is_one_line(stack: Any, command: Command, nobody: str, program: str) -> None:
    text = program.replace("{nobody}", nobody.removeprefix("http://"))
    stack.write(f"import pulumi, pulumi_aws as aws\n{text}\n")
    line = command("sandbox", "run", "--project", stack.sandbox.project, "--", stack.folder).mistake
    assert "nowhere.txt" in line or "/x" in line


SMALL = """
    import pulumi

    class Thing(pulumi.CustomResource):
        def __init__(self, kind, name, **props):
            super().__init__(kind, name, {k: None if v is ... else v for k, v in props.items()})

    password = Thing("random:index/randomPassword:RandomPassword", "password", length=12, result=...)
    pet = Thing("random:index/randomPet:RandomPet", "pet", keepers={"v": KEEPER})
    key = Thing("tls:index/privateKey:PrivateKey", "key", algorithm="ED25519", publicKeyOpenssh=...)
    said = Thing("command:local:Command", "said", create="cat note.txt", stdout=...)
    packed = pulumi.runtime.invoke("archive:index/getFile:getFile",
                                   {"type": "zip", "sourceFile": "note.txt", "outputPath": "note.zip"}).value
    pulumi.export("password", password.result)
    pulumi.export("pet", pet.id)
    pulumi.export("key", key.publicKeyOpenssh)
    pulumi.export("said", said.stdout)
    pulumi.export("size", packed["outputSize"])
"""


def test_packages_without_a_cloud_are_served_and_stay(stack: Any) -> None:
    stack.write("a note", "note.txt")
    first = stack.up(SMALL.replace("KEEPER", '"1"')).outputs
    assert first["password"] is None, "a secret"
    assert first["key"].startswith("ssh-ed25519 ")
    assert first["said"] == "a note"
    assert first["size"] == (stack.folder / "note.zip").stat().st_size
    again = stack.up()
    assert (again.changed, again.outputs) == (0, first)
    other = stack.up(SMALL.replace("KEEPER", '"2"'))
    assert {step["urn"].rsplit("::", 1)[1] for step in other.steps} == {"pet"}
    assert other.outputs["pet"] != first["pet"]
    assert stack.destroy().changes["delete"] == 5


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        ("pulumi.CustomResource('docker:index/image:Image', 'web', {})", 'docker:index/image:Image "web"'),
        ("pulumi.runtime.invoke('docker:index/getLogs:getLogs', {}).value['a']", "a resource or function of docker"),
    ],
)
def test_a_missing_provider_is_named_with_what_needs_it(
    stack: Any, command: Command, program: str, wanted: str
) -> None:
    stack.write(f"import pulumi\n{program}\n")
    line = command("sandbox", "run", "--project", stack.sandbox.project, "--", stack.folder).mistake
    assert line.startswith(f"{stack.folder}: got {wanted}, of the provider docker, which the sandbox doesn't have;")
    assert "pulumi-resource-docker" in line


BALANCED = """
    import pulumi, pulumi_kubernetes as k8s

    meta = k8s.meta.v1.ObjectMetaArgs
    spec = dict(ports=[{"port": 80}], selector={"app": "web"})
    KIND
    service = k8s.core.v1.Service("web", metadata={"name": "web"}, spec={**spec, "type": kind})
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    ingress = k8s.networking.v1.Ingress("front", spec={"rules": [{"http": {"paths": [
        {"path": "/", "pathType": "Prefix", "backend": backend}]}}]})
    given = service.status.apply(lambda s: s.load_balancer.ingress[0].hostname if s.load_balancer.ingress else "")
    pulumi.export("service", given)
    pulumi.export("ingress", ingress.status.load_balancer.ingress[0].hostname)
"""


def test_load_balancers_get_an_address_and_lose_it(stack: Any) -> None:
    up = stack.up(BALANCED.replace("KIND", 'kind = "LoadBalancer"'))
    assert up.outputs["service"].endswith(
        "-{}.eu-west-1.elb.amazonaws.com".format(up.outputs["service"].split("-")[1].split(".")[0])
    )
    assert up.outputs["ingress"].startswith("k8s-default-front")
    assert up.outputs["ingress"].endswith(".eu-west-1.elb.amazonaws.com")
    assert stack.up().changed == 0
    changed = stack.up(BALANCED.replace("KIND", 'kind = "ClusterIP"'))
    assert changed.changes["update"] == 1
    from aistacks_sandbox import processes
    from aistacks_sandbox.cluster import server

    def status() -> Any:
        with server.client(stack.sandbox.state) as api:
            from kubernetes.client import CoreV1Api

            return CoreV1Api(api).read_namespaced_service("web", "default").status.load_balancer.ingress

    processes.wait_until(lambda: not status(), "the service web", "no address any more")


ESC = {
    "imported": ("environment: [shop/dev]\n", "got the environment shop/dev; expected settings that stand in the file"),
    "several": ("environment: {imports: [a, {b: {merge: false}}]}\n", "got the environments a, b; expected"),
    "computed": (
        'environment: {values: {pulumiConfig: {"shop:x": {"fn::secret": y}}}}\n',
        "got values that an environment computes",
    ),
}


@pytest.mark.parametrize("case", ESC)
def test_an_environment_of_pulumi_cloud_is_one_line_and_nothing_is_left_to_fail(
    stack: Any, command: Command, case: str
) -> None:
    text, told = ESC[case]
    stack.write("import pulumi\n")
    (stack.folder / "Pulumi.sandbox.yaml").write_text(text)
    line = command("sandbox", "run", "--project", stack.sandbox.project, "--", stack.folder).mistake
    assert line.startswith(f"{stack.folder / 'Pulumi.sandbox.yaml'}: environment: {told}")
    assert not stack.is_up


def test_an_environment_that_stands_in_the_file_is_used_below_its_config(stack: Any) -> None:
    values = {"pulumiConfig": {"own:size": 3, "own:name": "environment's"}}
    (stack.folder / "Pulumi.sandbox.yaml").write_text(
        json.dumps({"environment": {"values": values}, "config": {"own:name": "the stack's"}})
    )
    up = stack.up(
        "import pulumi\nc = pulumi.Config('own')\npulumi.export('a', [c.require_int('size'), c.require('name')])\n"
    )
    assert up.outputs["a"] == [3, "the stack's"]
    # A copy from before names the environment, too; nothing may fail for it.
    copy = Path(stack.sandbox.state.workspace / stack.folder.name / "Pulumi.sandbox.yaml")
    copy.write_text(copy.read_text() + "environment: [gone]\n")
    stack.operate("destroy", remove=True)


ANSWERED = """
    import pulumi, pulumi_aws as aws

    pulumi.export("zone", aws.route53.get_zone(name="shop.example").zone_id)
    pulumi.export("other", aws.route53.get_zone(name="other.example").zone_id)
    pulumi.export("region", aws.get_region().region)
    pulumi.export("ip", aws.ec2.get_eips().public_ips)
    pulumi.export("cidr", aws.ec2.Vpc.get("main", "vpc-0a1b2c3d").cidr_block)
"""


def test_answers_of_the_settings_are_used_for_what_the_sandbox_can_not_answer(stack: Any) -> None:
    answers = {
        "aws:route53/getZone:getZone": [
            {"result": {"zoneId": "ZANY"}},
            {"args": {"name": "shop.example"}, "result": {"zoneId": "ZSHOP"}},
        ],
        "aws:ec2/getEips:getEips": {"publicIps": ["1.2.3.4"]},
        "aws:index/getRegion:getRegion": {"region": "nowhere"},
        "aws:ec2/vpc:Vpc": {"vpc-0a1b2c3d": {"cidrBlock": "10.0.0.0/16"}},
    }
    settings = {"config": {f"{stack.folder.name}:plan": {"answers": answers}}}
    (stack.folder / "Pulumi.sandbox.yaml").write_text(json.dumps(settings))
    outputs = stack.up(ANSWERED).outputs
    assert outputs == {
        "zone": "ZSHOP",
        "other": "ZANY",
        "region": "eu-west-1",
        "ip": ["1.2.3.4"],
        "cidr": "10.0.0.0/16",
    }
    assert stack.up().changed == 0


REFERRING = """
    import pulumi

    network = pulumi.StackReference("acme/network/prod")
    pulumi.export("vpc", network.get_output("vpcId"))
    pulumi.export("subnets", pulumi.StackReference("same", stack_name="network/prod").require_output("subnets"))
    pulumi.export("mine", pulumi.StackReference("base").get_output("size"))
"""


def test_other_stacks_are_what_the_settings_state(stack: Any) -> None:
    stacks = {"acme/network/prod": {"vpcId": "vpc-1", "subnets": ["a", "b"]}, "base": {"size": 3}}
    answers = {"pulumi:pulumi:StackReference": stacks}
    settings = {"config": {f"{stack.folder.name}:plan": {"answers": answers}}}
    (stack.folder / "Pulumi.sandbox.yaml").write_text(json.dumps(settings))
    outputs = stack.up(REFERRING).outputs
    assert outputs == {"vpc": "vpc-1", "subnets": ["a", "b"], "mine": 3}
    assert stack.up().changed == 0
    stacks["base"]["size"] = 4
    (stack.folder / "Pulumi.sandbox.yaml").write_text(json.dumps(settings))
    assert stack.up().outputs["mine"] == 4


def test_a_stack_that_nobody_knows_is_one_line(stack: Any, command: Command) -> None:
    stack.write("import pulumi\npulumi.StackReference('acme/network/prod')\n")
    line = command("sandbox", "run", "--project", stack.sandbox.project, "--", stack.folder).mistake
    assert line.startswith(f"{stack.folder}: got a reference to the stack network/prod; expected a stack that came up")
