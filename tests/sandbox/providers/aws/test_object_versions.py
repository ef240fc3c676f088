"""Objects in a versioned bucket go with their versions, as with the vendor's provider, so that the bucket can go."""

import pytest

PROGRAM = """
    import pulumi, pulumi_aws as aws

    bucket = aws.s3.Bucket("data")
    versioning = aws.s3.BucketVersioning("data", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    aws.s3.BucketObject("note", bucket=bucket.id, key="note", content="CONTENT",
        opts=pulumi.ResourceOptions(depends_on=[ORDER]))
"""


def buckets(stack):
    found = (bucket["Name"] for bucket in stack.sandbox.aws("s3").list_buckets()["Buckets"])
    return [name for name in found if name.startswith("data-")]


@pytest.mark.parametrize("order", ["versioning", "bucket"])
def test_a_bucket_can_be_destroyed_whether_its_object_came_before_its_versioning_or_after(stack, order):
    stack.up(PROGRAM.replace("ORDER", order))
    stack.up(PROGRAM.replace("ORDER", order).replace("CONTENT", "other"))
    (name,) = buckets(stack)
    stack.destroy()
    assert name not in buckets(stack)
