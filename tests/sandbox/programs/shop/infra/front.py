"""A component of the shop's own, in a module beside its program."""

import pulumi
import pulumi_aws as aws


class Front(pulumi.ComponentResource):
    """A bucket that a distribution serves."""

    def __init__(self, name, opts=None):
        super().__init__("shop:index:Front", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(name, bucket=f"shop-{name}", opts=child)
        origin = {"origin_id": "bucket", "domain_name": self.bucket.bucket_regional_domain_name}
        aws.cloudfront.Distribution(
            "web",
            enabled=True,
            origins=[origin],
            default_cache_behavior={
                "target_origin_id": "bucket",
                "viewer_protocol_policy": "redirect-to-https",
                "allowed_methods": ["GET", "HEAD"],
                "cached_methods": ["GET", "HEAD"],
            },
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            viewer_certificate={"cloudfront_default_certificate": True},
            opts=child,
        )
        self.register_outputs({"bucket": self.bucket.bucket})
