"""Resources given as inputs, outputs and arguments: each is what the engine would make of it."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from aistacks_core.errors import UserError
from aistacks_core.property_values import UNKNOWN
from aistacks_core.symbols import mark
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record

URN = "urn:pulumi:test::aistacks::aws:s3/bucket:Bucket::data"
ID = f"data-{mark(URN)}"


def recorded(program, *, symbols=True):
    return record(program, config={"aws:region": "eu-west-1"}, answers=OfflineAnswers("eu-west-1"), symbols=symbols)


class Box(pulumi.ComponentResource):
    bucket: pulumi.Output

    def __init__(self, name, props=None):
        super().__init__("test:index:Box", name, props or {})
        self.bucket = aws.s3.Bucket(f"{name}-own", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"bucket": self.bucket, "all": [self.bucket]})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (lambda bucket: bucket, ID),
        (lambda bucket: pulumi.Output.from_input(bucket), ID),
        (lambda bucket: pulumi.Output.secret(bucket), ID),
        (lambda bucket: pulumi.Output.all(bucket).apply(lambda them: them[0]), ID),
    ],
)
def test_a_resource_as_an_input_is_its_id_and_the_output_is_too(given, expected):
    def program():
        made = aws.s3.BucketPolicy("policy", bucket=given(aws.s3.Bucket("data")), policy="{}")
        pulumi.export("back", made.bucket)

    plan = recorded(program)
    assert plan["policy"].inputs["bucket"] == expected
    assert plan["policy"].dependencies == (URN,)
    assert plan.exports["back"] == expected


def test_resources_deep_in_an_input_are_their_ids():
    def program():
        bucket = aws.s3.Bucket("data")
        given = {"a": bucket, "b": [bucket, pulumi.Output.secret(bucket)]}
        made = aws.s3.BucketPolicy("policy", bucket="b", policy=given)
        pulumi.export("policy", made.policy)

    plan = recorded(program)
    assert plan["policy"].inputs["policy"] == {"a": ID, "b": [ID, ID]}
    # The provider makes a text of a table, where its type is one.
    assert json.loads(plan.exports["policy"]) == {"a": ID, "b": [ID, ID]}


def test_an_input_of_another_type_than_its_output_leaves_the_others_as_they_are():
    def program():
        made = aws.s3.BucketPolicy(
            "policy", bucket={"no": aws.s3.Bucket("one").tags}, policy={"k": pulumi.Output.secret("v")}
        )
        late = aws.s3.BucketPolicy("late", bucket="b", policy={"k": aws.s3.Bucket("other").tags})
        pulumi.export("id", made.id.apply(lambda it: it[:6]))
        pulumi.export("late", late.policy)
        pulumi.export("policy", made.policy)

    plan = recorded(program)
    assert plan.exports == {"id": "policy", "late": UNKNOWN, "policy": '{"k":"v"}'}


def test_without_symbols_it_is_unknown():
    def program():
        made = aws.s3.BucketPolicy("policy", bucket=aws.s3.Bucket("data"), policy="{}")
        pulumi.export("back", made.bucket)

    plan = recorded(program, symbols=False)
    assert plan["policy"].inputs["bucket"] is UNKNOWN
    assert plan.exports["back"] is UNKNOWN


def test_a_component_as_an_input_is_its_urn():
    def program():
        aws.s3.Bucket("data", tags={"box": Box("box")})

    assert recorded(program)["data"].inputs["tags"] == {"box": "urn:pulumi:test::aistacks::test:index:Box::box"}


def test_a_component_that_takes_resources_has_them():
    def program():
        bucket = aws.s3.Bucket("data")
        box = Box("box", {"theirs": bucket, "hidden": pulumi.Output.secret(bucket)})
        aws.s3.BucketPolicy("policy", bucket=box.theirs.apply(lambda it: it.id), policy="{}")

    plan = recorded(program)
    assert plan.one("test:index:Box", "box").inputs == {"theirs": ID, "hidden": ID}
    assert plan.one("test:index:Box", "box").secrets == {"hidden"}
    assert plan["policy"].inputs["bucket"] == ID


def test_one_that_is_got_back_by_its_urn_has_its_outputs():
    def program():
        bucket = aws.s3.Bucket("data", force_destroy=True)
        again = aws.s3.Bucket("data", pulumi.ResourceOptions(urn=URN))
        again.__dict__["_after"] = bucket
        pulumi.export("arn", again.arn)
        pulumi.export("destroy", again.force_destroy)

    # The engine knows it only once it is registered, so the program asks after that.
    def after():
        bucket = aws.s3.Bucket("data", force_destroy=True)

        def ask(urn):
            again = aws.s3.Bucket("data", pulumi.ResourceOptions(urn=urn))
            return pulumi.Output.all(again.arn, again.force_destroy, again.id)

        pulumi.export("again", bucket.urn.apply(ask))

    assert recorded(after).exports["again"] == [f"arn:aws:s3:::{ID}", True, ID]


def test_a_urn_that_nobody_has_is_refused_at_once():
    def program():
        aws.s3.Bucket("data", pulumi.ResourceOptions(urn="urn:pulumi:test::aistacks::aws:s3/bucket:Bucket::nobody"))

    with pytest.raises(UserError, match="nobody: got no resource of this program"):
        recorded(program)


def test_a_resource_that_is_read_is_given_by_its_own_id():
    def program():
        aws.s3.BucketPolicy("policy", bucket=aws.s3.Bucket.get("theirs", "their-bucket"), policy="{}")

    assert recorded(program)["policy"].inputs["bucket"] == "their-bucket"


def test_dependencies_by_output_and_by_component():
    def program():
        bucket, box = aws.s3.Bucket("data"), Box("box")
        late = pulumi.Output.all(bucket, box)
        aws.s3.Bucket("one", opts=pulumi.ResourceOptions(depends_on=late))
        aws.s3.Bucket("two", opts=pulumi.ResourceOptions(depends_on=[bucket.arn.apply(lambda _: box)]))

    plan = recorded(program)
    own = "urn:pulumi:test::aistacks::test:index:Box$aws:s3/bucket:Bucket::box-own"
    assert set(plan["one"].dependencies) == {URN, own}
    assert set(plan["two"].dependencies) == {URN, own}


def test_a_provider_among_several_and_a_resource_in_json():
    def program():
        far = aws.Provider("far", region="us-east-1")
        opts = pulumi.ResourceOptions(providers={"aws": far})

        class Holder(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("test:index:Holder", "holder", {"provider": far}, opts)
                aws.s3.Bucket("data", opts=pulumi.ResourceOptions(parent=self))

        Holder()
        policy = pulumi.Output.json_dumps({"r": far.id})
        pulumi.export("policy", policy)

    plan = recorded(program)
    assert plan["data"].provider.startswith("urn:pulumi:test::aistacks::pulumi:providers:aws::far::")
    assert json.loads(plan.exports["policy"])["r"].startswith("far-")
