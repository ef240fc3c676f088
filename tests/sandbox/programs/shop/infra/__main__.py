"""A web shop: orders, a queue for each region, and a front."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from front import Front

config = pulumi.Config()
orders = config.require_object("orders")
store = aws.s3.Bucket("orders", bucket=orders["bucket"]["name"])
if orders["versioned"]:
    aws.s3.BucketVersioning(
        "orders",
        bucket=store.id,
        versioning_configuration={"status": "Enabled"},
        opts=pulumi.ResourceOptions(parent=store),
    )
for queue in config.require_object("queues"):
    aws.sqs.Queue(queue["name"], name=f"shop-{queue['name']}", delay_seconds=queue["delay"])
front = Front("front")
settings = kubernetes.core.v1.ConfigMap(
    "settings", metadata={"namespace": "default"}, data={"front": front.bucket.bucket}
)
pulumi.export("front", front.bucket.bucket)
pulumi.export("settings", settings.metadata.name)
