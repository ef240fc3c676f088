"""How each kind of resource is charged for: a function per kind. What costs nothing by itself is in ``free.yaml``;
a kind that is in neither is unpriced."""

from collections.abc import Callable

from aistacks_core.snapshot import Registration

from ..context import Context
from . import eks, kubernetes, logs, machines, network, pools, security, services, storage, warehouse

Rule = Callable[[Registration, Context], None]

RULES: dict[str, Rule] = {
    "aws:alb/loadBalancer:LoadBalancer": network.load_balancer,
    "aws:athena/workgroup:Workgroup": services.athena,
    "aws:cloudwatch/logGroup:LogGroup": logs.log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": logs.alarm,
    "aws:ebs/volume:Volume": machines.volume,
    "aws:ec2/eip:Eip": network.address,
    "aws:ec2/instance:Instance": machines.instance,
    "aws:ec2/internetGateway:InternetGateway": network.internet_gateway,
    "aws:ec2/natGateway:NatGateway": network.nat_gateway,
    "aws:ec2/vpcEndpoint:VpcEndpoint": network.endpoint,
    "aws:ecr/repository:Repository": storage.repository,
    "aws:eks/cluster:Cluster": eks.cluster,
    "aws:eks/nodeGroup:NodeGroup": machines.node_group,
    "aws:glue/crawler:Crawler": services.crawler,
    "aws:glue/job:Job": services.job,
    "aws:kms/key:Key": security.key,
    "aws:lb/loadBalancer:LoadBalancer": network.load_balancer,
    "aws:redshift/cluster:Cluster": warehouse.cluster,
    "aws:redshiftserverless/namespace:Namespace": warehouse.namespace,
    "aws:redshiftserverless/workgroup:Workgroup": warehouse.workgroup,
    "aws:s3/bucket:Bucket": storage.bucket,
    "aws:s3/bucketV2:BucketV2": storage.bucket,
    "aws:secretsmanager/secret:Secret": security.secret,
    "aws:sns/topic:Topic": services.topic,
    "aws:sqs/queue:Queue": services.queue,
    "kubernetes:apps/v1:StatefulSet": kubernetes.stateful_set,
    "kubernetes:core/v1:PersistentVolumeClaim": kubernetes.claim,
    "kubernetes:core/v1:Service": kubernetes.service,
    "kubernetes:helm.sh/v3:Release": kubernetes.release,
    "kubernetes:karpenter.sh/v1:NodePool": pools.node_pool,
    "kubernetes:karpenter.sh/v1beta1:NodePool": pools.node_pool,
    "kubernetes:networking.k8s.io/v1:Ingress": kubernetes.ingress,
}
