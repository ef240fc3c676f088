"""Roles for pipelines, by repository, environment and branch; no key to keep."""

import pulumi

from aistacks import CiAccess

ci = CiAccess(
    "ci",
    {
        "repository": "my-company/platform",
        "state_bucket": "my-company-aistacks-state",
        "state_kms_key_arns": ["arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000"],
        "environments": {
            "dev": {"policy_arns": {"power": "arn:aws:iam::aws:policy/PowerUserAccess"}},
            "prod": {"policy_arns": {"power": "arn:aws:iam::aws:policy/PowerUserAccess"}, "branch": "release"},
        },
        "tags": {"Project": "example"},
    },
)

pulumi.export("provider", ci.provider_arn)
pulumi.export("preview_role", ci.preview_role_arn)
pulumi.export("deploy_roles", ci.deploy_role_arns)
