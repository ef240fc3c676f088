"""The pack in the real engine: `pulumi preview --policy-pack`, with the sandbox's providers."""

from pathlib import Path

import pytest

from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.operations import OperationError
from aistacks_sandbox.engine.workspace import prepare

REGION = "eu-west-1"
PACK = Path(__file__).parents[2] / "policies"

KEPT = """
    import pulumi_aws as aws

    key = aws.kms.Key("key", policy='{"Version": "2012-10-17", "Statement": []}',
                      enable_key_rotation=True)
    aws.cloudwatch.LogGroup("logs", kms_key_id=key.arn, retention_in_days=400)
"""


@pytest.fixture
def preview(stack):
    """Previews a program under a policy pack."""

    def run(text, pack=PACK):
        stack.write(text)
        state = stack.sandbox.state
        workspace = prepare(state, stack.folder, stack.name, overrides={"aws:region": REGION}, settings_required=False)
        env = engine.environment(state, stack.sandbox.endpoint, REGION)
        return engine.operate(state, "preview", workspace, env, "preview", policy_packs=[str(pack)])

    return run


@pytest.fixture
def own_pack(tmp_path):
    """A pack folder of somebody's own, which takes the rules from the installed package."""
    folder = tmp_path / "pack"
    folder.mkdir()
    for name in ("PulumiPolicy.yaml", "__main__.py"):
        (folder / name).write_text((PACK / name).read_text())
    return folder


def test_what_keeps_the_rules_is_previewed(preview):
    assert preview(KEPT).changes == {"create": 3}


def test_a_failing_rule_stops_the_preview_and_names_resource_property_and_fix(preview):
    with pytest.raises(OperationError) as refused:
        preview("""
            import pulumi_aws as aws

            aws.cloudwatch.LogGroup("logs", retention_in_days=7)
        """)
    [kept] = [m for m in refused.value.messages if "logs-kept-a-year" in m]
    assert "aws:cloudwatch/logGroup:LogGroup logs" in kept
    assert "retentionInDays: is 7, must be at least 365" in kept
    assert "Set retentionInDays to 365 or more." in kept


def test_rules_look_across_resources_that_are_not_made_yet(preview):
    bucket = """
        import pulumi_aws as aws

        bucket = aws.s3.Bucket("lake")
        aws.s3.BucketPublicAccessBlock("block", bucket=bucket.id, block_public_acls=True, block_public_policy=True,
                                       ignore_public_acls=True, restrict_public_buckets={restrict})
    """
    with pytest.raises(OperationError) as refused:
        preview(bucket.format(restrict=False))
    told = "\n".join(refused.value.messages)
    assert "BucketPublicAccessBlock block restrictPublicBuckets: is false, must be true" in told
    with pytest.raises(OperationError) as refused:
        preview(bucket.format(restrict=True))
    told = "\n".join(refused.value.messages)
    assert "s3-public-access-blocked" not in told
    assert "s3-versioning" in told


def test_what_is_not_known_before_deployment_stops_nothing(preview):
    result = preview("""
        import pulumi, pulumi_aws as aws

        topic = aws.sns.Topic("topic", kms_master_key_id="alias/own")
        aws.iam.Policy("policy", policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic.arn}]}))
    """)
    assert result.changes == {"create": 3}


def test_a_waiver_of_the_packs_own_folder_lets_a_failure_through(preview, own_pack):
    (own_pack / "waivers.yaml").write_text(
        "waivers:\n"
        "  - {rule: logs-kept-a-year, resource: logs, owner: ops, reason: a trial, expires: 2999-12-31}\n"
        "  - {rule: logs-customer-key, resource: 'l*', owner: ops, reason: a trial, expires: 2999-12-31}\n"
    )
    program = """
        import pulumi_aws as aws

        aws.cloudwatch.LogGroup("logs", retention_in_days=7)
    """
    assert preview(program, own_pack).changes == {"create": 2}
