"""The policy pack on plans: adapter, waivers, base, secrets."""

from datetime import date

import pulumi
import pulumi_aws as aws
import pytest

from aistacks_core.errors import UserError
from aistacks_core.snapshot import Plan
from aistacks_review.findings import Severity, Verdict, Waiver
from aistacks_review.policy import check, waivers_of
from aistacks_review.record.recorder import record as record_plan

TODAY = date(2026, 11, 24)


def planned(program):
    return record_plan(program, symbols=True)


def findings(program, *, waivers=(), base=None, rule=None):
    found, _ = check(planned(program), list(waivers), TODAY, planned(base) if base else None)
    return [f for f in found if rule in (None, f.rule)]


def test_a_finding_has_all_that_a_reader_needs():
    def program():
        aws.cloudwatch.LogGroup("logs", retention_in_days=7)

    [found] = findings(program, rule="logs-kept-a-year")
    assert (found.verdict, found.severity, found.sources) == (Verdict.FAIL, Severity.LOW, ("CKV_AWS_338",))
    assert found.message == "retentionInDays: is 7, must be at least 365"
    assert found.fix == "Set retentionInDays to 365 or more."
    assert found.urn.endswith("::aws:cloudwatch/logGroup:LogGroup::logs")
    assert found.new and found.waiver is None


def test_file_and_line_are_those_of_the_declaration():
    from pathlib import Path

    def program():
        aws.cloudwatch.LogGroup("logs", retention_in_days=7)

    plan = record_plan(program, root=Path(__file__).parent)
    [found] = [f for f in check(plan, [], TODAY, None)[0] if f.rule == "logs-kept-a-year"]
    assert found.file == __file__
    assert "retention_in_days=7" in Path(__file__).read_text().splitlines()[found.line - 1]


def test_passes_are_counted_and_not_told():
    def program():
        aws.cloudwatch.LogGroup("logs", retention_in_days=400, kms_key_id="arn:aws:kms:eu-west-1:1:key/1")

    assert check(planned(program), [], TODAY, None) == ([], 2)
    assert check(Plan([], {}), [], TODAY, None) == ([], 0)


def test_resources_are_joined_through_symbols_and_through_what_is_unknown():
    def program():
        for name, status in (("a", "Enabled"), ("b", "Suspended")):
            bucket = aws.s3.Bucket(name)
            aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": status})

    for symbols in (True, False):
        found, _ = check(record_plan(program, symbols=symbols), [], TODAY, None)
        assert [f.urn.rsplit("::", 1)[1] for f in found if f.rule == "s3-versioning"] == ["b"]


def test_policies_are_read_with_symbols_in_them_and_messages_show_none():
    def program():
        bucket = aws.s3.Bucket("lake")
        aws.s3.BucketPolicy(
            "lake",
            bucket=bucket.id,
            policy=pulumi.Output.json_dumps(
                {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": bucket.arn}]}
            ),
        )

    [found] = findings(program, rule="s3-not-for-everybody")
    assert found.severity is Severity.CRITICAL
    assert "policy.Statement[0].Principal: grants access to everyone" in found.message
    assert not [f for f in findings(program) if "zz" in f.message]


def test_what_depends_on_deployment_is_unknown_and_said_after_the_failures():
    def program():
        aws.iam.RolePolicy("p", role="r", policy=pulumi.Output.from_input(aws.get_caller_identity_output().arn))

    found = findings(program)
    assert {f.verdict for f in found} == {Verdict.UNKNOWN}
    assert found[0].severity is Severity.CRITICAL


def test_a_waiver_is_told_until_its_last_day():
    def program():
        aws.cloudwatch.LogGroup("logs", retention_in_days=7)

    held = Waiver("logs-kept-a-year", "l*", "ops", "a trial", date.fromisoformat("2026-11-24"))
    [found] = findings(program, waivers=[held], rule="logs-kept-a-year")
    assert found.waiver == held
    gone = Waiver("logs-kept-a-year", "l*", "ops", "a trial", date.fromisoformat("2026-11-23"))
    [found] = findings(program, waivers=[gone], rule="logs-kept-a-year")
    assert found.waiver is None
    assert "a waiver of ops expired on 2026-11-23" in found.message


def test_what_the_base_fails_already_is_not_new():
    def base():
        aws.cloudwatch.LogGroup("old", retention_in_days=7)

    def head():
        base()
        aws.cloudwatch.LogGroup("added", retention_in_days=7)

    found = findings(head, base=base, rule="logs-kept-a-year")
    assert {f.urn.rsplit("::", 1)[1]: f.new for f in found} == {"old": False, "added": True}


def new_by_name(found):
    return {f.urn.rsplit("::", 1)[1]: f.new for f in found}


def kept(name, alias="", parent=None, days=7):
    aliases = [pulumi.Alias(name=alias)] if alias else []
    aws.cloudwatch.LogGroup(name, retention_in_days=days, opts=pulumi.ResourceOptions(aliases=aliases, parent=parent))


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None, prefix=None, below=None):
        super().__init__("x:y:Group", name, None, opts)
        kept(f"{prefix or name}-logs", parent=below or self)


def test_a_rename_with_an_alias_makes_no_old_finding_new():
    found = findings(lambda: kept("now", alias="then"), base=lambda: kept("then"), rule="logs-kept-a-year")
    assert new_by_name(found) == {"now": False}
    found = findings(lambda: kept("now"), base=lambda: kept("then"), rule="logs-kept-a-year")
    assert new_by_name(found) == {"now": True}


def test_a_component_that_is_renamed_takes_its_childrens_findings_along():
    def head():
        Group("now", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="then")]))

    found = findings(head, base=lambda: Group("then"), rule="logs-kept-a-year")
    assert new_by_name(found) == {"now-logs": False}


def test_so_does_one_that_moves_into_a_component():
    def head():
        parent = pulumi.ComponentResource("x:y:Outer", "outer")
        moved = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        aws.cloudwatch.LogGroup(
            "logs", retention_in_days=7, opts=pulumi.ResourceOptions(parent=parent, aliases=[moved])
        )
        Group("g", pulumi.ResourceOptions(parent=parent, aliases=[moved]))

    def base():
        kept("logs")
        Group("g")

    found = findings(head, base=base, rule="logs-kept-a-year")
    assert new_by_name(found) == {"logs": False, "g-logs": False}


def test_another_number_or_order_is_the_same_finding_and_one_more_is_another():
    assert new_by_name(findings(lambda: kept("l", days=5), base=lambda: kept("l"), rule="logs-kept-a-year")) == {
        "l": False
    }

    def opened(*ports):
        def program():
            rules = [{"protocol": "tcp", "fromPort": p, "toPort": p, "cidrBlocks": ["0.0.0.0/0"]} for p in ports]
            aws.ec2.SecurityGroup("g", ingress=rules, description="d")

        return program

    for before, after, new in (((22,), (22,), False), ((22, 3389), (3389, 22), False), ((22,), (22, 3389), True)):
        found = findings(opened(*after), base=opened(*before), rule="network-no-open-ingress")
        assert new_by_name(found) == {"g": new}, (before, after)


def test_a_waiver_with_the_old_name_holds_and_is_told():
    held = Waiver("logs-kept-a-year", "then", "ops", "a trial", date(2027, 1, 1))
    for base in (None, lambda: kept("then")):
        [found] = findings(lambda: kept("now", alias="then"), waivers=[held], base=base, rule="logs-kept-a-year")
        assert found.waiver == held
        assert "(the waiver names then, which is now now)" in found.message
    [found] = findings(lambda: kept("now"), waivers=[held], base=lambda: kept("then"), rule="logs-kept-a-year")
    assert found.waiver is None
    gone = Waiver("logs-kept-a-year", "then", "ops", "a trial", date(2025, 1, 1))
    [found] = findings(lambda: kept("now", alias="then"), waivers=[gone], rule="logs-kept-a-year")
    assert found.waiver is None
    inner = Waiver("logs-kept-a-year", "then-logs", "ops", "a trial", date(2027, 1, 1))
    [found] = findings(
        lambda: Group("now", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="then")])),
        waivers=[inner],
        base=lambda: Group("then"),
        rule="logs-kept-a-year",
    )
    assert found.waiver == inner


def test_what_was_unknown_in_the_base_and_fails_now_is_new():
    def base():
        days = pulumi.StackReference("elsewhere").get_output("days")
        aws.cloudwatch.LogGroup("logs", retention_in_days=days.apply(int))

    def head():
        aws.cloudwatch.LogGroup("logs", retention_in_days=7)

    [found] = findings(head, base=base, rule="logs-kept-a-year")
    assert found.new


def test_a_secret_is_never_shown():
    def program():
        aws.ec2.LaunchTemplate("t", user_data=pulumi.Output.secret("password=hunter2hunter2"))
        aws.redshift.Cluster(
            "w", master_username=pulumi.Output.secret("awsuser"), node_type="ra3.large", cluster_identifier="w"
        )

    found = findings(program)
    assert {"ec2-no-secrets-in-user-data", "redshift-own-names"} <= {f.rule for f in found}
    assert not [f for f in found if "hunter2" in f.message or "awsuser" in f.message]
    [user_data] = [f for f in found if f.rule == "ec2-no-secrets-in-user-data"]
    assert user_data.message == "userData: a secret value; it isn't shown"


def test_the_pack_does_not_import_the_engines_sdk():
    import subprocess
    import sys

    code = "import aistacks_review.policy as p, sys; p.pack.rules(); sys.exit('pulumi_policy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_project_without_the_file_has_no_waivers(tmp_path):
    assert waivers_of(tmp_path) == []


def test_waivers_are_read_from_the_projects_folder(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "waivers.yaml").write_text(
        "waivers:\n  - {rule: s3-versioning, resource: a, owner: o, reason: r, expires: 2027-01-01}\n"
    )
    assert waivers_of(tmp_path) == [Waiver("s3-versioning", "a", "o", "r", date.fromisoformat("2027-01-01"))]


def test_a_mistake_in_them_names_file_and_path(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "waivers.yaml").write_text("waivers:\n  - {rule: nothing, owner: o}\n")
    with pytest.raises(UserError, match=r"policies/waivers\.yaml: waivers\[0\]"):
        waivers_of(tmp_path)
