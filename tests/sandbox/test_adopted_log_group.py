"""A log group that outlived its cluster is taken over, by the real engine.

That the next update sets its key and retention, only AWS shows: the emulator can't give a key to a group that is there.
"""

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


def test_a_group_that_eks_made_again_does_not_stop_the_next_up(stack, sandbox):
    logs = sandbox.aws("logs")
    logs.create_log_group(logGroupName="/aws/eks/left/cluster")
    assert stack.up(PROGRAM).changes == {"create": 2, "import": 1}
    assert stack.up(PROGRAM).changed == 0
    stack.destroy()
    assert logs.describe_log_groups(logGroupNamePrefix="/aws/eks/left/cluster")["logGroups"] == []
