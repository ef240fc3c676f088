"""A bucket for verified models and a repository for their images."""

import pulumi

from aistacks import ModelStore

store = ModelStore(
    "models",
    {
        "repositories": ["digits"],
        # So that `pulumi destroy` takes the trial away again. Leave this line out for models you care for.
        "deletion_protection": False,
        "tags": {"Project": "example"},
    },
)

pulumi.export("bucket", store.bucket_name)
pulumi.export("repositories", store.repository_urls)
pulumi.export("read_policy", store.read_policy_arn)
pulumi.export("write_policy", store.write_policy_arn)
