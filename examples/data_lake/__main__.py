"""A data lake in three layers, whose raw layer expires after 90 days."""

import pulumi

from aistacks import DataLake

lake = DataLake(
    "lake",
    {
        "layers": ["bronze", "silver", "gold"],
        # Left out, it is made of project, stack and the component's name, so that no two lakes share it.
        "database_prefix": "lake",
        "expire_days": {"bronze": 90},
        # So that `pulumi destroy` takes the trial away again. Leave this line out for data you care for.
        "deletion_protection": False,
        "tags": {"Project": "example"},
    },
)

pulumi.export("buckets", lake.bucket_names)
pulumi.export("databases", lake.database_names)
