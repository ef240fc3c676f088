"""One environment of the AI cloud, as its file describes it."""

import pulumi

from aistacks import (
    Backup,
    CiAccess,
    DataLake,
    EksCluster,
    GpuNodePool,
    InferenceService,
    ModelStore,
    Monitoring,
    Network,
    PermissionModel,
    Warehouse,
)
from aistacks_backups import MODELS, RESULTS, layer, stores
from aistacks_connectivity import isolated
from aistacks_pipelines import cluster_access
from aistacks_pools import label, static
from aistacks_settings import environment

env = environment()
name_in_aws = env.cluster.stated.get("cluster_name", f"{pulumi.get_project()}-{pulumi.get_stack()}")

network = Network("network", env.network.args(cluster_name=name_in_aws, **env.common, **env.iam))

lake = DataLake(
    "lake", env.lake.args(database_prefix=f"{name_in_aws}_lake".replace("-", "_").lower(), **env.common, **env.iam)
)

# Tables that a query created lie with the queries' results, whatever layer's database names them. Where Lake Formation
# decides about the layers, nobody reads their buckets past it.
by_iam = env.lake["permission_model"] is not PermissionModel.LAKE_FORMATION
readable = [lake.bucket_arns[layer] for layer in env.lake["layers"]] if by_iam else []
warehouse = (
    Warehouse(
        "warehouse",
        env.warehouse.args(
            vpc_id=network.vpc_id,
            subnet_ids=network.data_subnet_ids,
            client_cidrs=[env.network["cidr"]],
            lake_bucket_arns=[*readable, lake.query_results_bucket_arn],
            lake_databases=[lake.database_names[layer] for layer in env.lake["layers"]],
            lake_kms_key_arns=[lake.kms_key_arn],
            lake_permission_model=env.lake["permission_model"],
            **env.common,
            **env.iam,
        ),
    )
    if env.warehouse
    else None
)

ci = CiAccess("ci", env.ci.args(tags=env.tags, **env.iam)) if env.ci else None

cluster = EksCluster(
    "cluster",
    env.cluster.args(
        cluster_name=name_in_aws,
        subnet_ids=network.private_subnet_ids,
        access=cluster_access(ci, env.ci),
        isolated_vpc=isolated(env.network),
        static_capacity=static(env.pools),
        labels=env.labels,
        **env.common,
        **env.iam,
    ),
)
on_cluster = pulumi.ResourceOptions(provider=cluster.provider)

pools = {
    name: GpuNodePool(
        name,
        pool.args(
            cluster_name=cluster.cluster_name,
            node_role_name=cluster.node_role_name,
            node_instance_profile_name=cluster.node_instance_profile_name if isolated(env.network) else None,
            tags=env.tags,
            labels=env.labels,
        ),
        on_cluster,
    )
    for name, pool in env.pools.items()
}

models = ModelStore(
    "models", env.models.args(access_log_bucket=lake.log_bucket_name, iam_path=env.iam.get("iam_path"), **env.common)
)

buckets = {layer(name): lake.bucket_arns[name] for name in env.lake["layers"]}
buckets |= {RESULTS: lake.query_results_bucket_arn, MODELS: models.bucket_arn}
backup = (
    Backup(
        "backup",
        env.backup.args(
            **stores(
                env.backup,
                env.warehouse,
                buckets,
                warehouse.arn if warehouse else None,
                warehouse.identifier if warehouse else None,
            ),
            **env.common,
            **env.iam,
        ),
    )
    if env.backup
    else None
)

monitoring = (
    Monitoring(
        "monitoring",
        env.monitoring.args(cluster_name=cluster.cluster_name, labels=env.labels, **env.common, **env.iam),
        on_cluster,
    )
    if env.monitoring
    else None
)

services = {
    name: InferenceService(
        name,
        service.args(
            namespace=name,
            create_namespace=True,
            cluster_name=cluster.cluster_name,
            model_store_bucket=models.bucket_name,
            model_store_prefix=models.prefix,
            read_policy_arn=models.read_policy_arn,
            gpu_instance_types=env.gpu_types(service),
            tags=env.tags,
            labels=env.labels,
            pool_label=label(service, env.pools),
            **env.iam,
            **env.scraped,
        )
        | {"pool": pools[service.stated["pool"]].name if "pool" in service.stated else None},
        on_cluster,
    )
    for name, service in env.services.items()
}

pulumi.export("lake_buckets", lake.bucket_names)
pulumi.export("cluster_name", cluster.cluster_name)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("gpu_pools", [pool.name for pool in pools.values()])
pulumi.export("model_bucket", models.bucket_name)
pulumi.export("services", {name: service.url for name, service in services.items()})
if warehouse:
    pulumi.export("warehouse_endpoint", warehouse.endpoint)
if backup:
    pulumi.export("backup_vault", backup.vault_name)
if monitoring:
    pulumi.export("grafana", monitoring.grafana_service)
if ci:
    pulumi.export("preview_role_arn", ci.preview_role_arn)
    pulumi.export("deploy_role_arns", ci.deploy_role_arns)
