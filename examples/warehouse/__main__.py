"""A small serverless warehouse that reads a lake."""

import pulumi

from aistacks import DataLake, Network, Warehouse

# So that `pulumi destroy` takes the trial away again. Leave it out for data you care for.
trial = {"deletion_protection": False}

network = Network("network", {"availability_zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"], **trial})
# Names in AWS: left out, they are made of project, stack and the component's name, so that no two stacks share them.
lake = DataLake("lake", {"layers": ["gold"], "database_prefix": "lake", **trial})

warehouse = Warehouse(
    "warehouse",
    {
        "identifier": f"warehouse-{pulumi.get_stack()}",
        "vpc_id": network.vpc_id,
        "subnet_ids": network.private_subnet_ids,
        "client_cidrs": ["10.0.0.0/16"],
        "lake_bucket_arns": [lake.bucket_arns["gold"]],
        "lake_databases": [lake.database_names["gold"]],
        "lake_kms_key_arns": [lake.kms_key_arn],
        # A trial's day costs no more than this many RPU-hours.
        "daily_rpu_hours": 8,
        **trial,
    },
)

pulumi.export("endpoint", warehouse.endpoint)
pulumi.export("admin_secret", warehouse.secret_arn)
