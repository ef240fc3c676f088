"""The SDK does less while a plan is recorded, and nobody sees a difference."""

import asyncio
import contextlib
import json
import runpy
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
import yaml
from pulumi.runtime import rpc

from aistacks_review.record import recorder
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.lean import LateOutput
from aistacks_review.record.recorder import record

STACKS = Path(__file__).parents[2] / "stacks"
STOCK = rpc.transfer_properties


def stock(monkeypatch):
    """The SDK as it comes."""
    monkeypatch.setattr(recorder, "lean_sdk", contextlib.nullcontext)
    monkeypatch.setattr(recorder, "Inline", ThreadPoolExecutor)


def by_urn(plan):
    """Its resources. Dependencies are sets in the SDK, and come in any order. What they were computed from the stock
    one doesn't say."""
    return {
        r.urn: replace(
            r,
            computed_from={},
            unknown_from={},
            dependencies=tuple(sorted(r.dependencies)),
            property_dependencies={key: tuple(sorted(urns)) for key, urns in r.property_dependencies.items()},
        )
        for r in plan.resources
    }


def environment(name):
    config = yaml.safe_load((STACKS / f"Pulumi.{name}.yaml").read_text())["config"]
    values = {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}
    return record(
        lambda: runpy.run_path(str(STACKS / "__main__.py")),
        stack=name,
        config=values,
        answers=OfflineAnswers("eu-west-1"),
        root=STACKS,
        symbols=True,
    )


@pytest.mark.parametrize("name", ["sandbox", "prod"])
def test_an_environment_is_recorded_as_by_the_stock_sdk(name, monkeypatch):
    lean = environment(name)
    stock(monkeypatch)
    whole = environment(name)
    assert by_urn(lean) == by_urn(whole)
    assert lean.exports == whole.exports
    # In the order of registration, which no one promises.
    assert sorted(lean.opaque, key=str) == sorted(whole.opaque, key=str)


def everything():
    """What a program may do with outputs."""

    class Own(pulumi.CustomResource):
        size: pulumi.Output[int]

        def __init__(self, name):
            super().__init__("own:index:Thing", name, {"size": 3, "made": None})

    class Group(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("own:index:Group", name)
            self.queue = aws.sqs.Queue(name, opts=pulumi.ResourceOptions(parent=self))
            self.register_outputs({"url": self.queue.url})

    bucket = aws.s3.Bucket("data", tags={"a": "b"})
    group = Group("group")
    thing = Own("thing")
    secret = aws.ssm.Parameter("key", type="SecureString", value=pulumi.Output.secret("x"))
    aws.s3.BucketVersioning("v", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    aws.sqs.Queue(
        "uses",
        tags={
            "arn": bucket.arn,
            "item": bucket.tags["a"],
            "all": pulumi.Output.all(bucket.arn, group.queue.url).apply("+".join),
            "format": pulumi.Output.format("{0}-{arn}", bucket.bucket, arn=bucket.arn),
            "size": thing.size.apply(str),
            "secret": secret.value,
            "hidden": pulumi.Output.secret(bucket.region),
            "plain": pulumi.Output.unsecret(secret.value),
        },
        opts=pulumi.ResourceOptions(depends_on=[group], aliases=[pulumi.Alias(name="used", parent=group)]),
    )
    aws.sqs.Queue("unknown", delay_seconds=aws.ec2.LaunchTemplate("t").latest_version)
    pulumi.export("bucket", bucket)
    pulumi.export("again", {"deep": [bucket.arn, bucket.arn]})
    pulumi.export("thing", thing.size)


@pytest.mark.parametrize("symbols", [True, False])
def test_whatever_is_done_with_an_output_is_as_with_the_stock_ones(symbols, monkeypatch):
    def run():
        config = {"aws:region": "eu-west-1"}
        return record(everything, config=config, answers=OfflineAnswers("eu-west-1"), symbols=symbols)

    lean = run()
    stock(monkeypatch)
    whole = run()
    assert by_urn(lean) == by_urn(whole)
    assert lean.exports == whole.exports
    uses = lean["uses"]
    assert uses.dependencies
    assert uses.property_dependencies["tags"]


def test_transforms_still_run():
    def change(args):
        return pulumi.ResourceTransformResult(props={**args.props, "tags": {"by": "transform"}}, opts=args.opts)

    def program():
        pulumi.runtime.register_resource_transform(change)
        bucket = aws.s3.Bucket("data")
        aws.sqs.Queue("queue", name=bucket.arn)

    assert record(program, symbols=True)["data"].inputs == {"tags": {"by": "transform"}}


def test_what_fails_fails_for_whoever_waits_for_it():
    def program():
        first = aws.s3.Bucket("data", bucket=pulumi.Output.from_input(1).apply(lambda _: 1 / 0))
        aws.s3.BucketVersioning("v", bucket=first.id, versioning_configuration={"status": first.arn})

    with pytest.raises(ZeroDivisionError):
        record(program)


def test_a_programs_own_threads_do_not_hold_up_its_loop():
    async def program():
        # Neither gets on before the loop does, nor before the other.
        loop_goes_on, meeting = threading.Event(), threading.Barrier(2)

        def work():
            return loop_goes_on.wait(30) and meeting.wait(30) in (0, 1)

        async def go_on():
            loop_goes_on.set()

        elsewhere = asyncio.get_running_loop().run_in_executor(None, work)
        assert await asyncio.gather(asyncio.to_thread(work), elsewhere, go_on()) == [True, True, None]

    record(program)


def test_nothing_is_left_changed():
    assert rpc.transfer_properties is STOCK
    seen = []

    def program():
        seen.append(aws.s3.Bucket("data").arn)
        assert rpc.transfer_properties is not STOCK

    record(program)
    assert isinstance(seen[0], LateOutput)
    assert rpc.transfer_properties is STOCK
