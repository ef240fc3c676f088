"""The real engine's preview in the sandbox, read at once: its format is what the reader takes it for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import real_engine
from aistacks_core.snapshot import UNKNOWN
from aistacks_review.compare.changes import ChangeKind
from aistacks_review.compare.comparison import compare
from aistacks_review.compare.disagreements import disagreements
from aistacks_review.preview.engine_preview import from_preview, read_preview
from aistacks_review.record.client import Job, Running

BEFORE = """
    import pulumi
    import pulumi_aws as aws

    queue = aws.sqs.Queue("jobs", name="live-jobs", delay_seconds=1)
    aws.sqs.QueuePolicy("jobs", queue_url=queue.url, policy=queue.arn.apply(lambda arn: '{"Resource": "%s"}' % arn))
    aws.cloudwatch.LogGroup("logs", name="/live/logs", tags={"a": "b"}, opts=pulumi.ResourceOptions(protect=True))
    aws.ssm.Parameter("token", name="/live/token", type="SecureString", value=pulumi.Output.secret("hush-1"))
"""
AFTER = """
    import pulumi
    import pulumi_aws as aws

    queue = aws.sqs.Queue("jobs", name="live-tasks", delay_seconds=1)
    aws.sqs.QueuePolicy("jobs", queue_url=queue.url, policy=queue.arn.apply(lambda arn: '{"Resource": "%s"}' % arn))
    aws.ssm.Parameter("token", name="/live/token", type="SecureString", value=pulumi.Output.secret("hush-2"))
    aws.s3.Bucket("fresh")
"""


def test_a_live_preview_is_read(stack: Any, tmp_path: Path) -> None:
    stack.up(BEFORE)
    stack.write(AFTER)
    engine = real_engine.stage(stack.sandbox.state, stack.folder, stack.name)
    done = engine.pulumi(*real_engine.PREVIEW)
    assert "hush" not in done.out
    path = tmp_path / "preview.json"
    path.write_text(done.out)
    base, head, changes = from_preview(read_preview(path), str(path))
    assert {(c.type.split(":")[-1], c.kind) for c in changes} == {
        ("Queue", ChangeKind.REPLACE),
        ("QueuePolicy", ChangeKind.REPLACE),
        ("LogGroup", ChangeKind.DELETE),
        ("Parameter", ChangeKind.UPDATE),
        ("Bucket", ChangeKind.CREATE),
    }
    by_type = {c.type.split(":")[-1]: c for c in changes}
    assert by_type["LogGroup"].protected
    assert by_type["Parameter"].properties[0].secret
    assert head["fresh"].type == "aws:s3/bucket:Bucket" and "logs" in {r.name for r in base.resources}
    assert head.one("aws:sqs/queuePolicy:QueuePolicy", "jobs").inputs["policy"] is UNKNOWN
    assert disagreements(changes, changes) == []


EDITS = {
    "nothing": ("", ""),
    "a name that is given": ('name="live-jobs"', 'name="live-tasks"'),
    "an update and what follows": ("delay_seconds=1", "delay_seconds=9"),
    "a tag": ('tags={"a": "b"}', 'tags={"a": "c"}'),
    "a secret": ("hush-1", "hush-2"),
    "one more": ("import pulumi_aws as aws", "import pulumi_aws as aws; aws.s3.Bucket('more')"),
    "one less": ("aws.ssm.Parameter(", "(lambda *_, **_more: None)("),
}


def test_plan_and_preview_disagree_about_nothing_that_was_deployed_from_the_base(stack: Any) -> None:
    """Not about which goes first in a replacement, either, which the engine tells with a flag."""
    preview = (*real_engine.PREVIEW, "--show-replacement-steps")
    stack.up(BEFORE.replace(", opts=pulumi.ResourceOptions(protect=True)", ""))
    text = BEFORE.replace(", opts=pulumi.ResourceOptions(protect=True)", "")
    job = Job(stack.folder, stack.folder.name, stack.name, {"aws:region": "eu-west-1"})
    base = Running(job).finish()
    engine = real_engine.stage(stack.sandbox.state, stack.folder, stack.name)
    for said, (old, new) in EDITS.items():
        assert old in text
        stack.write(text.replace(old, new))
        ours = compare(base, Running(job).finish()).changes
        _, _, theirs = from_preview(real_engine.digest(engine.pulumi(*preview)), "preview")
        assert disagreements(ours, theirs) == [], said
        assert bool(ours) is bool(theirs) is bool(old), said
        orders = [{c.urn: c.delete_first for c in side if c.kind is ChangeKind.REPLACE} for side in (ours, theirs)]
        assert orders[0] == orders[1], said


def test_a_live_preview_tells_what_was_changed_in_the_cloud(stack: Any) -> None:
    stack.up(BEFORE)
    sqs = stack.sandbox.aws("sqs")
    url = sqs.get_queue_url(QueueName="live-jobs")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "7"})
    engine = real_engine.stage(stack.sandbox.state, stack.folder, stack.name)
    document = real_engine.digest(engine.pulumi(*real_engine.PREVIEW, "--refresh"))
    _, _, changes = from_preview(document, "preview")
    queue = next(c for c in changes if c.type == "aws:sqs/queue:Queue")
    assert (queue.reason, [(p.before, p.after) for p in queue.properties]) == (
        "changed outside of the program",
        [(7, 1)],
    )
    assert any("(delaySeconds), which the plan leaves as it is" in said for said in disagreements([], changes))
