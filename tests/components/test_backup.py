"""Backups: the vaults and their locks, what is scheduled, and objectives that are held against it."""

import json

import pytest

from aistacks import Backup, UserError
from aistacks.backup.checks import hours_lost

VAULT = "aws:backup/vault:Vault"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
PLAN = "aws:backup/plan:Plan"
SELECTION = "aws:backup/selection:Selection"
BUCKETS = {"bucket_arns": {"gold": "arn:aws:s3:::gold", "models": "arn:aws:s3:::models"}}
CLUSTER = "arn:aws:redshift:eu-west-1:111122223333:namespace:n"
WAREHOUSE = {"warehouse_arns": {"warehouse": CLUSTER}}
BOTH = {**BUCKETS, **WAREHOUSE}
SECOND = {"second_region": "eu-central-1"}
HOURLY = {"every_hours": 1, "start_window_minutes": 60, "completion_window_minutes": 60}


@pytest.fixture
def backed_up(record):
    """The plan of a backup with these arguments."""

    def run(**args):
        return record(lambda: Backup("backup", {**BUCKETS, **args}))

    return run


@pytest.fixture
def deployed(review_record):
    """The same, as if it were deployed: what its resources' ARNs would be stands in its policies."""
    answers = pytest.importorskip("aistacks_review.record.answers").OfflineAnswers("eu-west-1")

    def run(**args):
        program = lambda: Backup("backup", {**BUCKETS, **args})  # noqa: E731 (the recorder takes a program)
        return review_record(program, symbols=True, config={"aws:region": "eu-west-1"}, answers=answers)

    return run


def refused(**args):
    with pytest.raises(UserError) as error:
        Backup.validate("backup", args)
    return str(error.value)


def test_the_vault_has_a_key_of_its_own_and_is_guarded(backed_up):
    plan = backed_up()
    vault = plan.one(VAULT, "backup")
    assert (vault.protect, vault.retain_on_delete, vault.inputs["forceDestroy"]) == (True, True, False)
    assert vault.property_dependencies["kmsKeyArn"] == (plan.one("aws:kms/key:Key", "backup-key").urn,)
    assert len(plan.of(VAULT)) == 1


def test_nobody_deletes_a_backup_as_long_as_the_vault_is_guarded(backed_up):
    (statement,) = json.loads(backed_up().one("aws:backup/vaultPolicy:VaultPolicy", "backup-policy").inputs["policy"])[
        "Statement"
    ]
    assert statement["Effect"] == "Deny"
    assert statement["Action"] == ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]


def test_without_protection_the_policy_stays_in_the_program_and_lets_the_vault_be_emptied(deployed):
    """One that left it with its protection would be retained, and refuse what empties the vault."""
    before, after = (
        deployed(deletion_protection=on, **SECOND).of("aws:backup/vaultPolicy:VaultPolicy") for on in (True, False)
    )
    assert [r.name for r in after] == [r.name for r in before] == ["backup-policy", "backup-copy-policy"]
    for policy in after:
        (statement,) = json.loads(policy.inputs["policy"])["Statement"]
        condition = statement["Condition"]
        assert set(condition["StringNotEquals"]) == {"aws:PrincipalAccount"}
        # AWS Backup itself, which deletes what has expired, has no account.
        assert condition["Null"] == {"aws:PrincipalAccount": "false"}


def test_a_lock_is_one_that_can_be_taken_off_unless_more_is_stated(backed_up):
    lock = backed_up().one(LOCK, "backup-lock").inputs
    assert lock["minRetentionDays"] == 7
    assert "changeableForDays" not in lock
    assert backed_up(lock="none").of(LOCK) == []
    compliance = (
        backed_up(lock="compliance", days_until_locked=14, max_retention_days=400).one(LOCK, "backup-lock").inputs
    )
    assert (compliance["changeableForDays"], compliance["maxRetentionDays"]) == (14, 400)


def test_no_backup_is_made_before_the_lock_is_on(backed_up):
    plan = backed_up(**SECOND)
    schedule = plan.one(PLAN, "backup-buckets")
    assert {plan.one(LOCK, f"{vault}-lock").urn for vault in ("backup", "backup-copy")} <= set(schedule.dependencies)


def test_buckets_are_backed_up_by_schedule_and_continuously_into_one_vault(backed_up):
    plan = backed_up(every_hours=6, backup_retention_days=90)
    (scheduled,), (continuous,) = (plan.one(PLAN, f"backup-{each}").inputs["rules"] for each in ("buckets", "pitr"))
    assert scheduled["schedule"] == "cron(17 0/6 ? * * *)"
    assert (scheduled["startWindow"], scheduled["completionWindow"]) == (60, 420)
    assert scheduled["lifecycle"] == {"deleteAfter": 90}
    assert (continuous["enableContinuousBackup"], continuous["lifecycle"]) == (True, {"deleteAfter": 35})
    assert "enableContinuousBackup" not in scheduled
    assert scheduled["targetVaultName"] == continuous["targetVaultName"]
    for each in ("buckets", "pitr"):
        assert plan.one(SELECTION, f"backup-{each}").inputs["resources"] == list(BUCKETS["bucket_arns"].values())


def test_no_plan_has_two_rules_for_aws_keeps_one_of_those_that_overlap(backed_up):
    plan = backed_up(**WAREHOUSE, **SECOND, backup_retention_days=14)
    assert [len(r.inputs["rules"]) for r in plan.of(PLAN)] == [1, 1, 1]


@pytest.mark.parametrize(("hours", "cron"), [(1, "17 * ? * * *"), (12, "17 0/12 ? * * *"), (24, "17 0 ? * * *")])
def test_the_schedule_s_hours(backed_up, hours, cron):
    (rule,) = backed_up(every_hours=hours, continuous=False).one(PLAN, "backup-buckets").inputs["rules"]
    assert rule["schedule"] == f"cron({cron})"


def test_copies_go_to_a_locked_vault_with_its_own_key_in_the_second_region(backed_up):
    plan = backed_up(**SECOND, copy_retention_days=14)
    made = {r.name: r.inputs.get("region") for r in plan.resources if r.inputs.get("region")}
    assert made == dict.fromkeys(
        ("backup-copy-key", "backup-copy-key-alias", "backup-copy", "backup-copy-policy", "backup-copy-lock"),
        "eu-central-1",
    )
    vault = plan.one(VAULT, "backup-copy")
    assert (vault.protect, vault.retain_on_delete) == (True, True)
    (scheduled,), (continuous,) = (plan.one(PLAN, f"backup-{each}").inputs["rules"] for each in ("buckets", "pitr"))
    (copy,) = scheduled["copyActions"]
    assert copy["lifecycle"] == {"deleteAfter": 14}
    assert continuous["copyActions"] == []


def test_a_warehouse_s_snapshots_are_scheduled_too_and_copied_by_redshift(backed_up):
    plan = backed_up(
        **WAREHOUSE, **SECOND, cluster_identifiers={"warehouse": "warehouse-prod"}, backup_retention_days=90
    )
    (rule,) = plan.one(PLAN, "backup-redshift").inputs["rules"]
    assert rule["copyActions"] == []
    grant = plan.one("aws:redshift/snapshotCopyGrant:SnapshotCopyGrant", "backup-warehouse-copy")
    assert grant.inputs["region"] == "eu-central-1"
    copy = plan.one("aws:redshift/snapshotCopy:SnapshotCopy", "backup-warehouse-copy").inputs
    assert (copy["clusterIdentifier"], copy["destinationRegion"], copy["retentionPeriod"]) == (
        "warehouse-prod",
        "eu-central-1",
        35,
    )
    # AWS Backup's snapshots are manual ones to Redshift, whose copies have no end of their own.
    assert copy["manualSnapshotRetentionPeriod"] == 90


def test_the_role_reads_these_stores_and_no_others(deployed):
    plan = deployed()
    statements = json.loads(plan.one("aws:iam/rolePolicy:RolePolicy", "backup-role").inputs["policy"])["Statement"]
    everywhere = {action for s in statements if s["Resource"] == "*" for action in _actions(s)}
    assert everywhere == {
        "cloudwatch:GetMetricData",
        "events:ListRules",
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "s3:ListAllMyBuckets",
        "tag:GetResources",
    }
    read = next(s for s in statements if "s3:GetObjectVersion" in _actions(s))
    assert read["Resource"] == ["arn:aws:s3:::gold/*", "arn:aws:s3:::models/*"]
    assert not any("redshift" in action for s in statements for action in _actions(s))
    assert not any("DeleteObject" in action for s in statements for action in _actions(s))


def test_the_role_deletes_what_has_expired_as_awss_own_policies_let_it(deployed):
    """moto has them as AWS publishes them; a provisioned warehouse's snapshots may lack the tag of a condition."""
    published = json.loads(pytest.importorskip("moto.iam.aws_managed_policies").aws_managed_policies_data)
    plan = deployed(**WAREHOUSE, restore_tests_on=["SUN"])
    documents = {
        name: json.loads(plan.one("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"])["Statement"]
        for name in ("backup-role", "backup-restore-test")
    }
    deletes = {a: s for s in documents["backup-role"] for a in _actions(s) if "Delete" in a and "redshift" in a}
    assert "Condition" not in deletes["redshift:DeleteClusterSnapshot"]
    assert "Condition" in deletes["redshift-serverless:DeleteSnapshot"]
    for name, policies in {
        "backup-role": ["AWSBackupServiceRolePolicyForS3Backup"],
        "backup-restore-test": ["AWSBackupServiceRolePolicyForS3Restore"],
    }.items():
        ours = {action for s in documents[name] for action in _actions(s)}
        theirs = {a for each in policies for s in published[each]["Document"]["Statement"] for a in _actions(s)}
        assert theirs <= ours, name


def _actions(statement):
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_a_restore_is_tried_on_the_stated_days(deployed):
    plan = deployed(restore_tests_on=["SUN", "WED"])
    test = plan.one("aws:backup/restoreTestingPlan:RestoreTestingPlan", "backup-restore-test").inputs
    assert test["scheduleExpression"] == "cron(0 6 ? * SUN,WED *)"
    chosen = plan.one("aws:backup/restoreTestingSelection:RestoreTestingSelection", "backup-restore-test").inputs
    assert (chosen["protectedResourceType"], len(chosen["protectedResourceArns"])) == ("S3", 2)
    assert test["name"].replace("_", "").isalnum()
    writes = json.loads(plan.one("aws:iam/rolePolicy:RolePolicy", "backup-restore-test").inputs["policy"])
    assert "s3:PutObject" in json.dumps(writes)
    assert '"arn:aws:s3:::gold' not in json.dumps(writes)


def test_somebody_is_told_of_what_failed_and_of_nothing_else(backed_up):
    topic = "arn:aws:sns:eu-west-1:111122223333:on-call"
    plan = backed_up(alert_topic_arn=topic)
    pattern = json.loads(plan.one("aws:cloudwatch/eventRule:EventRule", "backup-alerts").inputs["eventPattern"])
    assert pattern["detail-type"] == [f"{job} Job State Change" for job in ("Backup", "Copy", "Restore")]
    assert {"FAILED", "EXPIRED", "ABORTED"} <= set(pattern["detail"]["$or"][0]["state"])
    assert pattern["detail"]["$or"][1]["status"] == pattern["detail"]["$or"][0]["state"]
    assert plan.one("aws:cloudwatch/eventTarget:EventTarget", "backup-alerts").inputs["arn"] == topic
    told = plan.one("aws:backup/vaultNotifications:VaultNotifications", "backup-alerts").inputs
    assert told["snsTopicArn"] == topic
    # What the API takes and never sends ("deprecated"), and what it sends of each success, too.
    assert not {"BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED", "RESTORE_JOB_FAILED", "BACKUP_JOB_COMPLETED"} & set(
        told["backupVaultEvents"]
    )
    assert not {r.name for r in backed_up().resources} & {"backup-alerts"}


def test_hours_lost_are_those_between_two_backups_and_of_the_windows():
    assert hours_lost({"every_hours": 6, "start_window_minutes": 60, "completion_window_minutes": 90}) == 8.5


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "bucket_arns: got {}; expected one store at least"),
        ({**BUCKETS, "every_hours": 5}, "every_hours: got 5; expected 1, 2, 3, 4, 6, 8, 12 or 24"),
        ({**BUCKETS, "every_hours": 0}, "every_hours: got 0"),
        ({**BUCKETS, "start_window_minutes": 30}, "start_window_minutes: got 30; expected at least 60"),
        ({**BUCKETS, "completion_window_minutes": 30}, "completion_window_minutes: got 30; expected at least 60"),
        ({**BUCKETS, "lock": "compliance"}, "days_until_locked: got None; expected 3 to 36500 days"),
        ({**BUCKETS, "lock": "compliance", "days_until_locked": 2}, "days_until_locked: got 2"),
        ({**BUCKETS, "days_until_locked": 7}, "days_until_locked: got 7; expected nothing: the lock is governance"),
        (
            {**BUCKETS, "backup_retention_days": 5},
            "backup_retention_days: got 5; expected 7 to 36500: the vault's lock",
        ),
        ({**BUCKETS, **SECOND, "copy_retention_days": 3}, "copy_retention_days: got 3; expected 7"),
        ({**BUCKETS, "copy_retention_days": 9}, "copy_retention_days: got 9; expected nothing without second_region"),
        ({**BUCKETS, "min_retention_days": 36, "backup_retention_days": 90}, "continuous: got True; expected false"),
        ({**BUCKETS, "min_retention_days": 0}, "min_retention_days: got 0"),
        ({**BUCKETS, "second_region": "Frankfurt"}, "second_region: got 'Frankfurt'"),
        ({**BUCKETS, "restore_tests_on": ["sunday"]}, "restore_tests_on[0]: got 'sunday'; expected one of SUN"),
        ({**WAREHOUSE, "restore_tests_on": ["SUN"]}, "AWS Backup tests no restore of a warehouse"),
        ({"bucket_arns": {"Gold": "a"}}, "bucket_arns.Gold: got 'Gold'; expected a label"),
        ({**BOTH, "cluster_identifiers": {"warehouse": "w"}}, "second_region: got None; expected a region"),
        ({**BOTH, **SECOND, "cluster_identifiers": {"other": "w"}}, "cluster_identifiers.other: got 'other'"),
        # Objectives: both sides are named.
        (
            {**BOTH, "rpo_hours": 24},
            "rpo_hours: got 24; expected at least 31, for every_hours 24 and the windows of 60",
        ),
        ({**BOTH, "rpo_hours": 24}, "lose that much of warehouse."),
        ({**BUCKETS, "continuous": False, "rpo_hours": 24}, "lose that much of gold, models."),
        ({**BUCKETS, "region_rpo_hours": 48}, "region_rpo_hours: got 48; expected second_region"),
        ({**BUCKETS, **SECOND, "region_rpo_hours": 24}, "region_rpo_hours: got 24; expected at least 31"),
        ({**BOTH, **SECOND, "region_rpo_hours": 48}, "nothing copies warehouse to eu-central-1"),
        (
            {**BOTH, **SECOND, **HOURLY, "cluster_identifiers": {"warehouse": "w"}, "region_rpo_hours": 4},
            "expected at least 8: what is copied of warehouse are Redshift's own snapshots",
        ),
        ({**BUCKETS, "rto_hours": 4}, "rto_hours: got 4; expected restore_tests_on"),
        ({**BUCKETS, "rpo_hours": 0}, "rpo_hours: got 0; expected at least 1"),
    ],
)
def test_refused(args, words):
    assert words in refused(**args)


@pytest.mark.parametrize(
    "args",
    [
        {**BUCKETS, "rpo_hours": 1},
        {**BOTH, "rpo_hours": 31},
        {**BOTH, **HOURLY, "rpo_hours": 3},
        {**BUCKETS, **SECOND, **HOURLY, "region_rpo_hours": 3},
        {**BOTH, **SECOND, **HOURLY, "cluster_identifiers": {"warehouse": "w"}, "region_rpo_hours": 8},
        {**BUCKETS, "rto_hours": 4, "restore_tests_on": ["SUN"]},
        {**WAREHOUSE, "rto_hours": 4},
        {**BUCKETS, "lock": "none", "backup_retention_days": 1},
    ],
)
def test_objectives_that_are_met(args):
    Backup.validate("backup", args)
