"""One environment of the AI cloud, as its file describes it."""

import pulumi
from aistacks_settings import environment

from aistacks import (
    DataLake,
    EksCluster,
    GpuNodePool,
    InferenceService,
    ModelStore,
    Monitoring,
    Network,
    Warehouse,
)

env = environment()
cluster_name = f"{pulumi.get_project()}-{pulumi.get_stack()}"

network = Network("network", {**env.network.args, **env.common, "cluster_name": cluster_name})

lake = DataLake(
    "lake", {**env.lake.args, **env.common, "database_prefix": f"{pulumi.get_stack()}_lake".replace("-", "_")}
)

warehouse = Warehouse(
    "warehouse",
    {
        **env.warehouse.args,
        **env.common,
        "vpc_id": network.vpc_id,
        "subnet_ids": network.data_subnet_ids,
        "client_cidrs": [env.network.cidr],
        "lake_bucket_arns": [lake.bucket_arns[layer] for layer in env.lake.layers],
        "lake_databases": [lake.database_names[layer] for layer in env.lake.layers],
        "lake_kms_key_arns": [lake.kms_key_arn],
    },
)

cluster = EksCluster(
    "cluster",
    {
        **env.cluster.args,
        **env.common,
        "cluster_name": cluster_name,
        "subnet_ids": network.private_subnet_ids,
    },
)
on_cluster = pulumi.ResourceOptions(provider=cluster.provider)

pools = {
    name: GpuNodePool(
        name,
        {
            **pool.args,
            "cluster_name": cluster.cluster_name,
            "node_role_name": cluster.node_role_name,
            "tags": env.tags,
        },
        on_cluster,
    )
    for name, pool in env.pools.items()
}

models = ModelStore("models", {**env.models.args, **env.common, "access_log_bucket": lake.log_bucket_name})

monitoring = Monitoring(
    "monitoring",
    {**env.monitoring.args, **env.common, "cluster_name": cluster.cluster_name},
    on_cluster,
)

services = {
    name: InferenceService(
        name,
        {
            **service.args,
            "namespace": name,
            "create_namespace": True,
            "cluster_name": cluster.cluster_name,
            "model_store_bucket": models.bucket_name,
            "read_policy_arn": models.read_policy_arn,
            **({"pool": pools[service.pool].name} if service.pool else {}),
            "tags": env.tags,
        },
        on_cluster,
    )
    for name, service in env.services.items()
}

pulumi.export("lake_buckets", lake.bucket_names)
pulumi.export("warehouse_endpoint", warehouse.endpoint)
pulumi.export("cluster_name", cluster.cluster_name)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("gpu_pools", [pool.name for pool in pools.values()])
pulumi.export("model_bucket", models.bucket_name)
pulumi.export("services", {name: service.url for name, service in services.items()})
pulumi.export("grafana", monitoring.grafana_service)
