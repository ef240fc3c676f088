"""Backups of a bucket, in a vault, with a copy in a second region."""

import pulumi

from aistacks import Backup, ModelStore

trial = {
    # So that `pulumi destroy` takes the trial away again. Leave this line out for backups you care for.
    "deletion_protection": False,
    "tags": {"Project": "example"},
}
store = ModelStore("models", {**trial})
backup = Backup(
    "backup",
    {
        "bucket_arns": {"models": store.bucket_arn},
        "second_region": "eu-central-1",
        "every_hours": 12,
        "rpo_hours": 24,
        # Without a lock, for a trial: what is locked can't be deleted before its time.
        "lock": "none",
        **trial,
    },
)

pulumi.export("vault", backup.vault_name)
pulumi.export("copies", backup.copy_vault_arn)
