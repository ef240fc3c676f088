"""A program that waits for what nothing gives is told so at once; one that waits for something isn't."""

import asyncio
import threading
import time

import grpc
import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import register_invoke_transform, register_resource_transform

from aistacks_core.errors import UserError
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.client import Job, Running
from aistacks_review.record.recorder import record
from aistacks_review.record.waiting import WaitsForeverError, waits_for_grpc

HEAD = "import asyncio, pulumi, pulumi_aws as aws\nnever = asyncio.Future()\n"


def recorded(program):
    return record(program, config={"aws:region": "eu-west-1"}, answers=OfflineAnswers("eu-west-1"), symbols=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aws.s3.Bucket('data', bucket=never)", "__main__.py:3: got aws:s3/bucket:Bucket data: a wait"),
        (
            "a = aws.s3.Bucket('a', bucket=pulumi.Output.from_input(never))\naws.s3.Bucket('b', bucket=a.arn)",
            "__main__.py:3: got aws:s3/bucket:Bucket a: a wait",
        ),
        (
            "aws.s3.Bucket('data', opts=pulumi.ResourceOptions(depends_on=pulumi.Output.from_input(never)))",
            "__main__.py:3: got aws:s3/bucket:Bucket data: a wait",
        ),
        ("pulumi.export('a', 'b')\npulumi.export('x', pulumi.Output.from_input(never))", "the stack: output x: a wait"),
        ("aws.get_region_output(region=pulumi.Output.from_input(never))", "aws:index/getRegion:getRegion: a wait"),
        ("aws.get_region(region=never)", "a wait for a value that nothing ever gives"),
        (
            "class Box(pulumi.ComponentResource):\n"
            "    def __init__(self, name):\n"
            "        super().__init__('a:b:Box', name)\n"
            "        self.register_outputs({'out': pulumi.Output.from_input(never)})\n"
            "Box('box')",
            "a:b:Box box: output out: a wait",
        ),
        (
            "a = aws.s3.Bucket('a', bucket=never)\nb = aws.s3.Bucket('b', bucket=a.arn)\n"
            "async def turn():\n    never.set_result(await b.arn.future())\nasyncio.ensure_future(turn())",
            "aws:s3/bucket:Bucket a: a wait",
        ),
        (
            "async def wait(args):\n    await never\npulumi.runtime.register_resource_transform(wait)\n"
            "aws.s3.Bucket('data')",
            "aws:s3/bucket:Bucket data: a wait",
        ),
        ("async def main():\n    await never\npulumi.run(main)", "__main__.py:4: got a wait"),
        ("aws.s3.Bucket('data', bucket=never)\n1 / 0", "ZeroDivisionError"),
        (
            "class Box(pulumi.ComponentResource):\n"
            "    def __init__(self, name):\n"
            "        super().__init__('a:b:Box', name)\n"
            "        own = pulumi.ResourceOptions(parent=self, depends_on=[self])\n"
            "        aws.s3.Bucket(name, opts=own)\n"
            "Box('box')\naws.s3.Bucket('data', bucket=never)",
            "circular dependency",
        ),
    ],
)
def test_what_nothing_gives_is_told_at_once(tmp_path, text, said):
    (tmp_path / "__main__.py").write_text(f"{HEAD}{text}\n")
    began = time.monotonic()
    with pytest.raises(UserError) as told:
        Running(Job(tmp_path, "shop", "dev", {"aws:region": "eu-west-1"}, root=str(tmp_path))).finish()
    assert said in str(told.value)
    assert "--timeout" not in str(told.value)
    # Of the limit's 60.
    assert time.monotonic() - began < 40


def test_resources_that_wait_for_each_other_are_named():
    def program():
        first = pulumi.Output.from_input(asyncio.Future())
        first.__dict__["_data"] = asyncio.ensure_future(taken("second"))
        made = {"first": aws.s3.Bucket("first", bucket=first)}
        made["second"] = aws.s3.Bucket("second", bucket=made["first"].arn)

        later.update(made)

    async def taken(name):
        return await later[name].arn._data

    later = {}
    with pytest.raises(WaitsForeverError) as told:
        recorded(program)
    assert "wait for each other: aws:s3/bucket:Bucket first for aws:s3/bucket:Bucket second for" in str(told.value)


def test_a_thread_that_ends_and_wakes_nobody_is_not_waited_for():
    def program():
        threading.Thread(target=time.sleep, args=[0.5]).start()
        aws.s3.Bucket("data", bucket=asyncio.Future())

    with pytest.raises(WaitsForeverError):
        recorded(program)


def test_a_thread_of_before_the_program_is_none_of_its_own():
    ended = threading.Event()
    threading.Thread(target=ended.wait, args=[60]).start()
    try:
        with pytest.raises(WaitsForeverError):
            recorded(lambda: aws.s3.Bucket("data", bucket=asyncio.Future()))
    finally:
        ended.set()


def test_threads_processes_and_timers_are_waited_for():
    def program():
        loop = asyncio.get_event_loop()
        late = loop.create_future()
        threading.Thread(target=lambda: (time.sleep(0.4), loop.call_soon_threadsafe(late.set_result, "thread"))).start()

        async def slow():
            process = await asyncio.create_subprocess_exec("sleep", "0.4", stdout=asyncio.subprocess.PIPE)
            await process.communicate()
            await asyncio.to_thread(time.sleep, 0.4)
            await asyncio.sleep(0.4)
            return "process"

        pulumi.export("late", late)
        pulumi.export("slow", pulumi.Output.from_input(slow()))

    assert recorded(program).exports == {"late": "thread", "slow": "process"}


def test_more_transforms_with_resources_among_their_properties_than_threads():
    def tagged(args):
        if args.type_ == "aws:s3/bucketPolicy:BucketPolicy":
            args.props["policy"] = args.props["bucket"].arn
        return pulumi.ResourceTransformResult(args.props, args.opts)

    def program():
        register_resource_transform(tagged)
        for i in range(80):
            aws.s3.BucketPolicy(f"policy{i}", bucket=aws.s3.Bucket(f"data{i}"), policy="{}")

    plan = recorded(program)
    assert len(plan.resources) == 160
    assert plan["policy79"].inputs["policy"].startswith("arn:aws:s3:::data79-")


def test_a_functions_transform_is_applied():
    def moved(args):
        return pulumi.InvokeTransformResult({**args.args, "region": "us-east-1"}, args.opts)

    def program():
        register_invoke_transform(moved)
        pulumi.export("late", aws.get_region_output().region)

    assert recorded(program).exports == {"late": "us-east-1"}


def test_the_end_of_the_sdks_server_of_transforms_is_waited_for():
    """gRPC's own thread answers it, on a busy machine later than any grace."""

    async def seen():
        server = grpc.aio.server()
        server.add_insecure_port("127.0.0.1:0")
        await server.start()
        serves = asyncio.all_tasks() - {asyncio.current_task()}
        end = asyncio.ensure_future(server.stop(grace=None))
        await asyncio.sleep(0)
        found = [waits_for_grpc(task) for task in serves], waits_for_grpc(end)
        await end
        return found

    served, ended = asyncio.run(seen())
    assert served and not any(served)
    assert ended
