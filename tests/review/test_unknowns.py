"""Unknown is never "the same": what can't be compared is listed, and a change beside an unknown is seen."""

import base64
import hashlib
import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.compare.comparison import compare
from aistacks_review.compare.uncompared import parts
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.level import Level
from aistacks_review.record.recorder import record

REGION = "eu-west-1"


def plan(program, symbols=True):
    return record(program, config={"aws:region": REGION}, answers=OfflineAnswers(REGION), symbols=symbols)


def compared(before, after, symbols=True, base_symbols=None):
    base = symbols if base_symbols is None else base_symbols
    return compare(plan(before, base), plan(after, symbols))


def kinds(found):
    return {change.name: change.kind.value for change in found.changes}


def listed(found):
    return [(one.resource.name, one.path) for one in found.uncompared]


class Other(pulumi.CustomResource):
    """A type of a provider that nobody here knows."""

    digest: pulumi.Output[str]
    table: pulumi.Output[dict]

    def __init__(self, name, size=1):
        super().__init__("other:index:Thing", name, {"size": size, "digest": None, "table": None})


SOURCES = {
    "a number": lambda: aws.ec2.LaunchTemplate("t").latest_version,
    "a boolean": lambda: aws.acm.Certificate("t", domain_name="a.b").pending_renewal,
    "a list": lambda: aws.route53.Zone("t", name="a.b").name_servers,
    "a list of objects": lambda: aws.acm.Certificate("t", domain_name="a.b").domain_validation_options,
    "an object": lambda: aws.eks.Cluster("t", role_arn="r", vpc_config={"subnet_ids": ["a"]}).certificate_authority,
    "deep in one": lambda: (
        aws.eks.Cluster("t", role_arn="r", vpc_config={"subnet_ids": ["a"]}).identities[0].oidcs[0].issuer
    ),
    "a version": lambda: aws.lambda_.Function("t", role="r").version,
    "a status of Kubernetes": lambda: (
        kubernetes.core.v1.Service("t", spec={"type": "LoadBalancer"}).status.load_balancer.ingress[0].hostname
    ),
    "another provider's": lambda: Other("t").digest,
    "what is read": lambda: aws.rds.Instance.get("t", "db-1").port,
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_change_beside_an_output_is_seen(source):
    def program(action):
        target = source()
        document = pulumi.Output.json_dumps({"Statement": [{"Action": action, "Resource": "*", "Sid": target}]})
        aws.iam.Policy("policy", policy=document)

    assert kinds(compared(lambda: program("s3:GetObject"), lambda: program("*"))) == {"policy": "update"}
    assert kinds(compared(lambda: program("*"), lambda: program("*"))) == {}
    assert listed(compared(lambda: program("*"), lambda: program("*"))) == []


SHAPES = {
    "format": lambda n, tag: pulumi.Output.format("image:{0}:{1}", tag, n),
    "all": lambda n, tag: pulumi.Output.all(n, tag).apply(lambda both: f"{both[0]}{both[1]}"),
    "a list out of apply": lambda n, tag: n.apply(lambda port: [tag, str(port)]).apply(",".join),
    "JSON in base64": lambda n, tag: n.apply(
        lambda port: base64.b64encode(json.dumps({"port": port, "tag": tag}).encode()).decode()
    ),
    "a hash": lambda n, tag: n.apply(lambda port: hashlib.sha256(f"{tag}{port}".encode()).hexdigest()),
    "a secret": lambda n, tag: pulumi.Output.secret(n).apply(lambda port: f"{tag}{port}"),
    "arithmetic": lambda n, tag: n.apply(lambda port: f"{port + 1}{tag}"),
    "with separators": lambda n, tag: n.apply(lambda port: f"{port:,}{tag}"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_tag_beside_a_port_is_seen_in_whatever_shape(shape):
    def program(tag):
        database = aws.rds.Instance("db", instance_class="db.t3.micro")
        aws.ssm.Parameter("image", type="String", value=shape(database.port, tag))

    assert kinds(compared(lambda: program("v1"), lambda: program("v2"))) == {"image": "update"}
    assert kinds(compared(lambda: program("v1"), lambda: program("v1"))) == {}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_replacement_is_seen_through_whatever_shape(shape):
    def program(zone):
        database = aws.rds.Instance("db", instance_class="db.t3.micro", availability_zone=zone)
        aws.ssm.Parameter("image", type="String", value=shape(database.port, "v"))

    assert kinds(compared(lambda: program("eu-west-1a"), lambda: program("eu-west-1b"))) == {
        "db": "replace",
        "image": "update",
    }


OF_IDS = {
    "a hash": lambda one, other: pulumi.Output.all(one.id, other.id).apply(lambda ids: hash_of("".join(ids))),
    "a count": lambda one, other: pulumi.Output.all(one.id, other.id).apply(lambda ids: f"{len(set(ids))}"),
    "base64": lambda one, other: one.id.apply(lambda id_: base64.b64encode(id_.encode()).decode()),
    "beside an output in the open": lambda one, other: pulumi.Output.all(one.id, other.arn).apply(
        lambda both: f"{hash_of(both[0])} {both[1]}"
    ),
    "a secret": lambda one, other: pulumi.Output.secret(one.id).apply(hash_of),
    "the resource itself": lambda one, other: pulumi.Output.from_input(one).apply(lambda it: it.id).apply(hash_of),
}


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("shape", OF_IDS.values(), ids=OF_IDS.keys())
def test_an_id_is_found_in_whatever_is_made_of_it(shape):
    def program(zone):
        one = aws.ebs.Volume("one", availability_zone=zone, size=1)
        other = aws.ebs.Volume("other", availability_zone="eu-west-1a", size=1)
        aws.ssm.Parameter("p", type="String", value=shape(one, other))

    found = compared(lambda: program("eu-west-1a"), lambda: program("eu-west-1b"))
    assert kinds(found) == {"one": "replace", "p": "update"}
    assert next(c for c in found.changes if c.name == "p").reason == "one is recreated"
    assert kinds(compared(lambda: program("eu-west-1a"), lambda: program("eu-west-1a"))) == {}


def test_an_id_stays_while_its_resource_is_changed_in_place():
    def program(size):
        one = aws.ebs.Volume("one", availability_zone="eu-west-1a", size=size)
        aws.ssm.Parameter("p", type="String", value=one.id.apply(hash_of))

    assert kinds(compared(lambda: program(1), lambda: program(2))) == {"one": "update"}


def test_a_urn_is_known_before_deployment():
    def program(zone):
        one = aws.ebs.Volume("one", availability_zone=zone, size=1)
        aws.ssm.Parameter("p", type="String", value=one.urn.apply(hash_of))

    assert kinds(compared(lambda: program("eu-west-1a"), lambda: program("eu-west-1b"))) == {"one": "replace"}


def test_the_id_of_what_is_imported_is_known():
    def program(imported):
        opts = pulumi.ResourceOptions(import_="vol-0a1b") if imported else None
        one = (
            aws.ebs.Volume("one", availability_zone="eu-west-1a", size=1, opts=opts)
            if imported
            else aws.ebs.Volume.get("read", "vol-0a1b")
        )
        aws.ssm.Parameter("p", type="String", value=one.id.apply(hash_of))

    assert kinds(compared(lambda: program(False), lambda: program(True))) == {"one": "create"}


def test_a_container_definition_with_a_new_image_is_seen():
    def program(tag):
        database = aws.rds.Instance("db", instance_class="db.t3.micro")
        containers = pulumi.Output.json_dumps(
            [{"name": "web", "image": f"web:{tag}", "environment": [{"name": "PORT", "value": database.port}]}]
        )
        aws.ecs.TaskDefinition("task", family="web", container_definitions=containers)

    assert list(kinds(compared(lambda: program("1"), lambda: program("2")))) == ["task"]


def computed(tag):
    """What a map's key gives isn't known, and nor is what is made of it."""
    target = aws.s3.Bucket("data")
    value = target.tags_all.apply(lambda tags: f"{tag}{tags}")
    aws.ssm.Parameter("p", type="String", value=value)


def test_what_is_computed_from_an_unknown_is_neither_the_same_nor_changed():
    found = compared(lambda: computed("a"), lambda: computed("b"))
    assert kinds(found) == {}
    assert listed(found) == [("p", "value")]
    (part,) = parts(found.uncompared)
    assert part.kind == "can't be compared"
    assert part.what == "value of p: computed from tagsAll of data, which isn't known before deployment"


def test_an_unknown_that_is_passed_on_as_it_is_can_be_compared():
    def program(key):
        target = aws.s3.Bucket("data")
        aws.ssm.Parameter("p", type="String", value=target.tags_all[key])

    for symbols in (Level.EVERYTHING, Level.STRINGS, Level.NOTHING):
        same = compared(lambda: program("a"), lambda: program("a"), symbols)
        assert (kinds(same), listed(same)) == ({}, [])
        assert kinds(compared(lambda: program("a"), lambda: program("b"), symbols)) == {"p": "update"}


def test_without_stand_ins_what_is_computed_is_listed_and_what_is_passed_on_is_not():
    def program(action):
        target = aws.s3.Bucket("data")
        document = pulumi.Output.json_dumps({"Action": action, "Resource": target.arn})
        aws.iam.Policy("policy", policy=document)
        aws.s3.BucketVersioning("v", bucket=target.id, versioning_configuration={"status": "Enabled"})

    found = compared(lambda: program("a"), lambda: program("b"), Level.NOTHING)
    assert kinds(found) == {}
    assert listed(found) == [("policy", "policy")]


def test_very_many_are_one_line():
    def program():
        for place in range(30):
            target = Other(f"t{place}")
            aws.ssm.Parameter(f"p{place}", type="String", value=target.table.apply(str))

    (part,) = parts(compared(program, program).uncompared)
    assert part.what.startswith("30 properties of 30 resources")


def test_a_stack_reference_is_compared_where_it_is_passed_on_and_listed_where_it_is_computed_with():
    def program(name, action):
        other = pulumi.StackReference("org/net/prod")
        aws.ec2.Subnet("sub", vpc_id=other.get_output(name), cidr_block="10.0.0.0/24")
        role = other.require_output("role")
        aws.iam.Policy("policy", policy=role.apply(lambda arn: json.dumps({"Action": action, "Resource": arn})))

    found = compared(lambda: program("vpc", "a"), lambda: program("vpc", "b"))
    assert (kinds(found), listed(found)) == ({}, [("policy", "policy")])
    assert kinds(compared(lambda: program("vpc", "a"), lambda: program("vpc2", "a"))) == {"sub": "replace"}


def test_outputs_of_components_go_through():
    class Box(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("test:index:Box", name)
            inner = aws.rds.Instance("db", instance_class="db.t3.micro", opts=pulumi.ResourceOptions(parent=self))
            self.port = inner.port
            self.register_outputs({"port": self.port})

    def program(tag):
        aws.ssm.Parameter("p", type="String", value=pulumi.Output.format("{0}:{1}", Box("box").port, tag))

    assert kinds(compared(lambda: program("a"), lambda: program("b"))) == {"p": "update"}


def test_an_arn_of_a_fixed_name_is_unknown_while_its_resource_is_replaced():
    def program(fifo):
        queue = aws.sqs.Queue("jobs", name="jobs.fifo", fifo_queue=fifo)
        aws.iam.Policy("policy", policy=queue.arn.apply(lambda arn: json.dumps({"Resource": arn})))

    assert kinds(compared(lambda: program(True), lambda: program(False))) == {"jobs": "replace", "policy": "update"}


def test_a_name_that_is_given_stays_known_while_its_resource_is_replaced():
    def program(fifo):
        queue = aws.sqs.Queue("jobs", name="jobs.fifo", fifo_queue=fifo)
        aws.ssm.Parameter("p", type="String", value=queue.name.apply(lambda name: name.upper()))

    assert kinds(compared(lambda: program(True), lambda: program(False))) == {"jobs": "replace"}


def test_a_rename_with_an_alias_leaves_numbers_alone():
    def program(name, aliases):
        template = aws.ec2.LaunchTemplate(name, opts=pulumi.ResourceOptions(aliases=aliases))
        aws.ssm.Parameter("p", type="String", value=template.latest_version.apply(lambda v: f"v{v}"))
        aws.sqs.Queue("q", delay_seconds=template.latest_version)

    found = compared(lambda: program("old", []), lambda: program("new", [pulumi.Alias(name="old")]))
    assert (kinds(found), listed(found)) == ({"new": "move"}, [])


def test_what_follows_from_an_update_is_changed_with_its_reason():
    def program(type_):
        template = aws.ec2.LaunchTemplate("t", instance_type=type_)
        aws.autoscaling.Group(
            "group",
            min_size=1,
            max_size=2,
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        )

    found = compared(lambda: program("t3.micro"), lambda: program("t3.small"))
    assert kinds(found) == {"t": "update", "group": "update"}
    group = next(change for change in found.changes if change.name == "group")
    assert [(p.path, p.after) for p in group.properties] == [("launchTemplate.version", UNKNOWN)]
    assert group.reason == "latestVersion of t changes with it"


def test_an_output_of_an_unruled_type_that_is_updated_can_not_be_compared():
    def program(size):
        image = Other("image", size)
        aws.ssm.Parameter("p", type="String", value=image.digest)

    found = compared(lambda: program(1), lambda: program(2))
    assert kinds(found) == {"image": "update"}
    assert listed(found) == [("p", "value")]


def test_a_side_without_stand_ins_passes_on_the_same_output():
    def program():
        target = aws.s3.Bucket("data")
        aws.s3.BucketVersioning("v", bucket=target.bucket, versioning_configuration={"status": "Enabled"})

    found = compared(program, program, Level.NOTHING, base_symbols=Level.EVERYTHING)
    assert kinds(found) == {}


def test_a_boolean_that_is_looked_at_is_told_as_an_assumption():
    def program():
        found = aws.acm.Certificate("cert", domain_name="a.b")
        aws.acm.Certificate("other", domain_name="a.b")
        aws.ssm.Parameter("p", type="String", value=found.pending_renewal.apply(lambda yes: "a" if yes else "b"))

    told = [part.what for part in plan(program).opaque if part.kind == "assumed output"]
    assert told == ["pendingRenewal of cert stands as false"]


def test_a_program_never_sees_the_name_of_an_unknown():
    seen = []

    class Box(pulumi.ComponentResource):
        def __init__(self):
            super().__init__("test:index:Box", "box")
            self.key = aws.s3.Bucket("data", opts=pulumi.ResourceOptions(parent=self)).tags_all["a"]
            self.register_outputs({"key": self.key})

    def program():
        box = Box()
        pulumi.Output.all(box, box.key).apply(lambda both: seen.append(both[1]), run_with_unknowns=True)
        aws.ssm.Parameter("p", type="String", value=box.key)
        read = aws.rds.Instance.get("t", "db-1", instance_class=box.key)
        read.instance_class.apply(seen.append, run_with_unknowns=True)

    exports = plan(program).exports
    assert len(seen) == 2
    assert not any(isinstance(value, str) for value in seen)
    assert "\0" not in str(exports)
