"""A log group that outlived its cluster is taken over, by the real engine."""

import pytest

NAME = "/aws/eks/left/cluster"

PROGRAM = """
    import pulumi
    from aistacks._aws.log_group import log_group
    from aistacks.component import Component

    class Logs(Component):
        def __init__(self, name):
            super().__init__(name)
            log_group(
                self, f"{name}-logs", group_name="/aws/eks/left/cluster", component="Logs/it", tags={},
                kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/k", days=7, retain=False, adopt=True,
            )

    Logs("it")
"""


@pytest.mark.parametrize("kept", [False, True], ids=["made-again-by-eks", "kept-by-an-earlier-stack"])
def test_a_group_that_outlived_its_cluster_does_not_stop_the_next_up(stack, sandbox, kept):
    logs = sandbox.aws("logs")

    def found():
        (group,) = logs.describe_log_groups(logGroupNamePrefix=NAME)["logGroups"]
        tags = logs.list_tags_log_group(logGroupName=NAME)["tags"]
        return group["kmsKeyId"].rpartition("/")[2], group["retentionInDays"], tags.get("Owner"), tags["Name"]

    logs.create_log_group(logGroupName=NAME)
    if kept:
        logs.associate_kms_key(logGroupName=NAME, kmsKeyId="arn:aws:kms:eu-west-1:123456789012:key/before")
        logs.put_retention_policy(logGroupName=NAME, retentionInDays=365)
        logs.tag_log_group(logGroupName=NAME, tags={"Owner": "before"})
    changes = stack.up(PROGRAM).changes
    assert (changes["create"], changes["import"]) == (2, 1)
    assert found() == ("k", 7, None, "it-logs")
    assert stack.up(PROGRAM).changed == 0
    assert stack.up(PROGRAM.replace("adopt=True", "adopt=False")).changed == 0
    stack.destroy()
    assert logs.describe_log_groups(logGroupNamePrefix=NAME)["logGroups"] == []
