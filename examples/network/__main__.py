"""A network over two zones for a cluster and a warehouse."""

import pulumi

from aistacks import Network

network = Network(
    "ai",
    {
        "availability_zones": ["eu-west-1a", "eu-west-1b"],
        "cidr": "10.20.0.0/16",
        # So that `pulumi destroy` takes the trial away again. Leave this line out for a network that others use.
        "deletion_protection": False,
        "tags": {"Project": "example"},
    },
)

pulumi.export("vpc", network.vpc_id)
pulumi.export("private_subnets", network.private_subnet_ids)
pulumi.export("data_subnets", network.data_subnet_ids)
