"""A small AI cloud: a lake and a warehouse, a cluster with GPU nodes, a model in a store, served and watched,
and roles for the pipeline that deploys it."""

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
    Warehouse,
)

tags = {"Project": "example"}
# So that `pulumi destroy` takes the trial away again. Leave it out for what you care for.
trial = {"deletion_protection": False, "tags": tags}

network = Network(
    "network",
    {
        "availability_zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "cluster_name": "example",
        # The warehouse's subnets have no NAT: by this it reads the lake's catalogue.
        "interface_endpoints": ["glue"],
        **trial,
    },
)
# Names in AWS: left out, they are made of project, stack and the component's name, so that no two stacks share them.
lake = DataLake("lake", {"layers": ["bronze", "gold"], "database_prefix": "lake", **trial})
warehouse = Warehouse(
    "warehouse",
    {
        "identifier": f"warehouse-{pulumi.get_stack()}",
        "vpc_id": network.vpc_id,
        "subnet_ids": network.data_subnet_ids,
        "client_cidrs": ["10.0.0.0/16"],
        # The second holds the tables that a query created.
        "lake_bucket_arns": [lake.bucket_arns["gold"], lake.query_results_bucket_arn],
        "lake_databases": [lake.database_names["gold"]],
        "lake_kms_key_arns": [lake.kms_key_arn],
        "daily_rpu_hours": 8,
        **trial,
    },
)

cluster = EksCluster("example", {"cluster_name": "example", "subnet_ids": network.private_subnet_ids, **trial})
on_cluster = pulumi.ResourceOptions(provider=cluster.provider)
pool = GpuNodePool(
    "inference",
    {
        "cluster_name": cluster.cluster_name,
        "node_role_name": cluster.node_role_name,
        "instance_types": ["g6.xlarge"],
        "max_gpus": 2,
        "tags": tags,
    },
    on_cluster,
)
monitoring = Monitoring("monitoring", {"cluster_name": cluster.cluster_name, **trial}, on_cluster)

store = ModelStore("models", {"access_log_bucket": lake.log_bucket_name, **trial})
# Without a lock, for a trial: what is locked can't be deleted before its time.
buckets = {"gold": lake.bucket_arns["gold"], "models": store.bucket_arn}
Backup("backup", {"bucket_arns": buckets, "warehouse_arns": {"warehouse": warehouse.arn}, "lock": "none", **trial})
digits = InferenceService(
    "digits",
    {
        "namespace": "digits",
        "create_namespace": True,
        # Whose pods may ask; nobody else can.
        "client_namespaces": ["apps"],
        "model": "digits",
        # What publishing the model printed.
        "model_digest": "eab1955b8fd034064bef3c8b0baa7b21d81821c4576d3ed2628f07d79383fb23",
        "model_store_bucket": store.bucket_name,
        "model_store_prefix": store.prefix,
        "read_policy_arn": store.read_policy_arn,
        "cluster_name": cluster.cluster_name,
        "pool": pool.name,
        "tags": tags,
    },
    on_cluster,
)

ci = CiAccess(
    "ci",
    {
        "repository": "my-company/platform",
        "environments": {"example": {"policy_arns": {"power": "arn:aws:iam::aws:policy/PowerUserAccess"}}},
        "tags": tags,
    },
)

pulumi.export("lake", lake.bucket_names)
pulumi.export("warehouse", warehouse.endpoint)
pulumi.export("models", store.bucket_name)
pulumi.export("service", digits.url)
pulumi.export("prometheus", monitoring.prometheus_url)
pulumi.export("ci", ci.deploy_role_arns)
