"""A program's plan in a process of its own. What hostile programs do is in test_bad_programs."""

import ctypes
import os
import sys
import time
from pathlib import Path

import psutil
import pytest

import aistacks_core
from aistacks_core.errors import UserError
from aistacks_review.record.client import Job, Running


def job(folder: Path, text: str, **how):
    (folder / "__main__.py").write_text(text)
    config = {"aws:region": "eu-west-1", **how.pop("config", {})}
    return Job(folder, "shop", "dev", config, root=str(folder), **how)


def planned(folder, text, **how):
    return Running(job(folder, text, **how)).finish()


BUCKET = "import pulumi, pulumi_aws as aws\naws.s3.Bucket('data', tags={tags})\n"


def test_the_plan_comes_back_whole(tmp_path):
    plan = planned(tmp_path, BUCKET.format(tags="{'a': pulumi.get_stack()}"))
    (bucket,) = plan.resources
    assert bucket.inputs == {"tags": {"a": "dev"}}
    assert (bucket.file, bucket.line) == ("__main__.py", 2)
    assert bucket.urn == "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::data"


def test_it_has_no_credentials_and_sees_the_variables_that_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("SHOP_VERSION", "7")
    text = BUCKET.format(tags="{k: os.environ.get(k, '-') for k in ('AWS_SECRET_ACCESS_KEY', 'SHOP_VERSION')}")
    plan = planned(tmp_path, "import os\n" + text, variables=("SHOP_VERSION",))
    assert plan["data"].inputs["tags"] == {"AWS_SECRET_ACCESS_KEY": "-", "SHOP_VERSION": "7"}


def test_a_variable_that_the_program_misses_is_told_with_the_option_that_passes_it(tmp_path):
    with pytest.raises(UserError) as told:
        planned(tmp_path, "import os\nos.environ['SHOP_VERSION']\n")
    assert str(told.value) == (
        "__main__.py:2: got no variable SHOP_VERSION; expected it among those that the program may see. Set it, and"
        " pass it with --env SHOP_VERSION."
    )
    with pytest.raises(UserError, match="KeyError"):
        planned(tmp_path, "{}['SHOP_VERSION']\n")


def test_a_program_that_can_not_do_with_symbols_is_planned_without_and_this_is_told(tmp_path):
    text = (
        "import pulumi, pulumi_aws as aws\n"
        "bucket = aws.s3.Bucket('data')\n"
        "aws.sqs.Queue('queue', delay_seconds=bucket.arn.apply(lambda arn: int(arn)))\n"
    )
    plan = planned(tmp_path, text)
    assert {r.name for r in plan.resources} == {"data", "queue"}
    assert plan.opaque[0].kind == "outputs"
    assert "ValueError" in plan.opaque[0].what


def test_a_plain_function_that_only_the_cloud_answers_has_stand_ins_and_this_is_told(tmp_path):
    text = (
        "import pulumi_aws as aws\nami = aws.ec2.get_ami(owners=['self'])\n"
        "aws.ec2.Instance('vm', ami=ami.id, instance_type='t3.micro')\n"
    )
    plan = planned(tmp_path, text)
    assert plan["vm"].inputs["ami"].startswith("getAmi-zz")
    told = [(o.kind, o.what, o.line) for o in plan.opaque]
    assert told == [("assumed answer", "aws:ec2/getAmi:getAmi: made-up values stand in", 2)]


def test_a_plain_function_whose_stand_ins_do_not_do_is_named(tmp_path):
    with pytest.raises(UserError) as told:
        planned(tmp_path, "import pulumi_aws as aws\nint(aws.ec2.get_ami(owners=['self']).id)\n")
    assert "__main__.py:2: got aws:ec2/getAmi:getAmi, which only the cloud can answer" in str(told.value)
    assert " (with values that stand in: __main__.py:2: ValueError: invalid literal for int()" in str(told.value)


def test_a_mistake_of_another_kind_behind_a_plain_function_is_told(tmp_path):
    text = (
        "import pulumi_aws as aws\nami = aws.ec2.get_ami(owners=['self'])\naws.ec2.Instance('vm', ami=ami.id).nothing\n"
    )
    with pytest.raises(UserError, match=r"with values that stand in: __main__\.py:3: AttributeError"):
        planned(tmp_path, text)


def test_encrypted_config_is_a_symbol_and_opaque(tmp_path):
    text = (
        "import pulumi, pulumi_aws as aws\naws.s3.Bucket('data', tags={'k': pulumi.Config().require_secret('key')})\n"
    )
    plan = planned(tmp_path, text, config={"shop:key": "encrypted-zz0123456789abzz"}, encrypted=("shop:key",))
    assert ("encrypted config", "shop:key") in [(o.kind, o.what) for o in plan.opaque]
    assert plan["data"].secrets


def test_what_it_prints_and_reads_is_nowhere(tmp_path, capfd):
    text = "import sys\nprint('noise'); print('noise', file=sys.stderr); assert sys.stdin.read() == ''\n"
    assert planned(tmp_path, text).resources == []
    assert capfd.readouterr() == ("", "")


def test_modules_of_a_moved_root_come_from_there(tmp_path, monkeypatch):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, value in ((old, "1"), (new, "2")):
        folder.mkdir()
        (folder / "shared_library.py").write_text(f"VALUE = '{value}'\n")
    program = tmp_path / "program"
    program.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(old))
    text = "from shared_library import VALUE\n" + BUCKET.format(tags="{'v': VALUE}")
    assert planned(program, text)["data"].inputs["tags"] == {"v": "1"}
    assert planned(program, text, moved=(str(old), str(new)))["data"].inputs["tags"] == {"v": "2"}


def test_what_is_younger_than_the_base_is_still_there_to_plan_it(tmp_path):
    """The base of this very repository may be older than the packages that a plan works with."""
    base = tmp_path / "base"
    base.mkdir()
    repository = str(Path(aistacks_core.__file__).parents[2])
    text = "import pulumi_aws as aws\naws.s3.Bucket('data')"
    assert planned(tmp_path, text, moved=(repository, str(base)))["data"].type == "aws:s3/bucket:Bucket"
    with pytest.raises(UserError, match="ZeroDivisionError"):
        planned(tmp_path, f"{text}\n1 / 0", moved=(repository, str(base)))


def test_sets_have_one_order(tmp_path):
    text = BUCKET.format(tags="{str(i): v for i, v in enumerate({'a', 'b', 'c', 'd', 'e'})}")
    found = [planned(tmp_path, text)["data"].inputs["tags"] for _ in range(2)]
    assert found[0] == found[1]


def test_no_process_is_left_when_nobody_waits(tmp_path):
    running = Running(job(tmp_path, "import time\ntime.sleep(600)\n"))
    running.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(running._host.process.pid, 0)


def works(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_all_that_it_started_is_gone_when_stop_returns(tmp_path):
    """A kill only begins it: what holds much memory takes a while to give it back."""
    text = (
        "import os, time\nheld = os.urandom(1_000) * 200_000\nfor _ in range(8):\n    if os.fork() == 0:\n"
        "        time.sleep(600)\nopen('there', 'w').close()\ntime.sleep(600)\n"
    )
    running = Running(job(tmp_path, text))
    limit = time.monotonic() + 60
    while not (tmp_path / "there").exists() and time.monotonic() < limit:
        time.sleep(0.05)
    family = psutil.Process(running._host.process.pid).children(recursive=True)
    assert len(family) >= 8
    running.stop()
    assert [process for process in family if works(process)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="orphans can only be adopted on Linux")
def test_orphans_are_ours_only_while_a_program_runs(tmp_path):
    def adopting():
        answer = ctypes.c_int()
        pr_get_child_subreaper = 37
        ctypes.CDLL(None).prctl(pr_get_child_subreaper, ctypes.byref(answer), 0, 0, 0)
        return bool(answer.value)

    first, second = (Running(job(tmp_path, "")) for _ in range(2))
    assert adopting()
    first.finish()
    assert adopting()
    second.finish()
    assert not adopting()
