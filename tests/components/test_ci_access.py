"""The registrations of the CI roles. That AWS refuses another repository's token, only AWS proves."""

import json
import re
from pathlib import Path

import pulumi
import pytest
import yaml

from aistacks import CiAccess, CiProvider
from aistacks.ci_access.policies import reads
from aistacks_catalog.aws import inventory
from aistacks_core.errors import UserError

ROOT = Path(__file__).parents[2]
FACTS = {"aws:index/getPartition:getPartition": {"partition": "aws"}}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
POWER = {"power": "arn:aws:iam::aws:policy/PowerUserAccess"}
OWN = {"repository": "my-company/platform", "provider_arn": PROVIDER}
STATE = {"state_bucket": "state", "state_kms_key_arns": [KEY]}
ROLE, INLINE, ATTACHED = (f"aws:iam/{t[0].lower()}{t[1:]}:{t}" for t in ("Role", "RolePolicy", "RolePolicyAttachment"))


@pytest.fixture
def ci(record):
    def run(opts=None, **args):
        return record(lambda: CiAccess("ci", args, opts), answers=lambda token, _args: FACTS.get(token))

    return run


def trusted(plan, role):
    (statement,) = json.loads(plan.one(ROLE, role).inputs["assumeRolePolicy"])["Statement"]
    return statement


def conditions(plan, role):
    """Claim to the text that it must be."""
    condition = trusted(plan, role)["Condition"]
    assert list(condition) == ["StringEquals"]
    return {key.partition(":")[2]: value for key, value in condition["StringEquals"].items()}


def statements(plan, policy):
    return {s["Sid"]: s for s in json.loads(plan.one(INLINE, policy).inputs["policy"])["Statement"]}


def test_the_provider_is_the_primary_child_and_has_no_thumbprint(ci):
    made = ci(repository="my-company/platform").one("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "ci")
    assert made.inputs == {
        "url": "https://token.actions.githubusercontent.com",
        "clientIdLists": ["sts.amazonaws.com"],
        "tags": {"Name": "ci", "aistacks:component": "CiAccess/ci", "aistacks:stack": "test/test"},
    }


def test_an_own_provider_is_used_and_not_declared(ci):
    plan = ci(**OWN)
    assert plan.of("aws:iam/openIdConnectProvider:OpenIdConnectProvider") == []
    assert trusted(plan, "ci-preview")["Principal"] == {"Federated": PROVIDER}


def test_previews_come_from_two_environments_of_the_one_repository(ci):
    plan = ci(**OWN)
    assert trusted(plan, "ci-preview")["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert conditions(plan, "ci-preview") == {
        "aud": "sts.amazonaws.com",
        "sub": [
            "repo:my-company/platform:environment:preview",
            "repo:my-company/platform:environment:drift",
        ],
    }


def test_previews_can_be_any_pull_request_s(ci):
    plan = ci(preview_contexts=["pull_request"], **OWN)
    assert conditions(plan, "ci-preview")["sub"] == "repo:my-company/platform:pull_request"


def test_a_deployment_is_bound_to_environment_and_branch(ci):
    plan = ci(environments={"prod": {"policy_arns": POWER, "branch": "release/1"}}, **OWN)
    assert conditions(plan, "ci-deploy-prod") == {
        "aud": "sts.amazonaws.com",
        "sub": "repo:my-company/platform:environment:prod",
        "ref": "refs/heads/release/1",
    }


def test_a_deployment_comes_from_main_by_default(ci):
    plan = ci(environments={"prod": {"policy_arns": POWER}}, **OWN)
    assert conditions(plan, "ci-deploy-prod")["ref"] == "refs/heads/main"


def test_an_environment_may_have_another_name_on_github(ci):
    plan = ci(environments={"prod": {"policy_arns": POWER, "environment": "Production:EU"}}, **OWN)
    assert conditions(plan, "ci-deploy-prod")["sub"] == "repo:my-company/platform:environment:Production%3AEU"


def test_immutable_subjects_carry_the_numbers(ci):
    plan = ci(owner_id="123456", repository_id="456789", environments={"prod": {"policy_arns": POWER}}, **OWN)
    assert conditions(plan, "ci-deploy-prod")["sub"] == "repo:my-company@123456/platform@456789:environment:prod"
    assert conditions(plan, "ci-preview")["sub"][0].startswith("repo:my-company@123456/platform@456789:")


def test_gitlab_is_bound_to_project_and_branch(ci):
    environments = {"prod": {"policy_arns": POWER, "branch": "release"}}
    plan = ci(provider="gitlab", repository="a/b/c", provider_arn=PROVIDER, environments=environments)
    assert trusted(plan, "ci-deploy-prod")["Condition"]["StringEquals"] == {
        "gitlab.com:aud": "sts.amazonaws.com",
        "gitlab.com:sub": "project_path:a/b/c:ref_type:branch:ref:release",
    }
    assert conditions(plan, "ci-preview")["sub"] == "project_path:a/b/c:ref_type:branch:ref:main"


def test_a_gitlab_of_one_s_own_is_another_issuer(ci):
    own = {"provider": CiProvider.GITLAB, "repository": "a/b", "issuer": "git.example.com"}
    (provider,) = ci(**own).of("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    assert provider.inputs["url"] == "https://git.example.com"
    plan = ci(provider_arn=PROVIDER, **own)
    assert "git.example.com:sub" in trusted(plan, "ci-preview")["Condition"]["StringEquals"]


def test_a_customised_subject_is_taken_whole(ci):
    subject = "project_path:a/b:ref_type:branch:ref:main:environment_protected:true"
    environments = {"dev": {"policy_arns": POWER}, "prod": {"policy_arns": POWER, "subject": subject}}
    plan = ci(provider="gitlab", repository="a/b", provider_arn=PROVIDER, environments=environments)
    assert conditions(plan, "ci-deploy-prod")["sub"] == subject


def test_a_preview_reads_settings_and_state_and_decrypts_only_the_state(ci):
    may = statements(ci(**OWN, **STATE), "ci-preview-policy")
    assert [sid for sid, s in may.items() if s["Effect"] == "Allow"] == [
        "Settings",
        "StateListing",
        "StateObjects",
        "StateKeys",
    ]
    assert may["StateListing"]["Resource"] == "arn:aws:s3:::state"
    assert may["StateObjects"]["Action"] == ["s3:GetObject"]
    assert may["StateObjects"]["Resource"] == "arn:aws:s3:::state/*"
    assert (may["StateKeys"]["Action"], may["StateKeys"]["Resource"]) == (["kms:Decrypt"], [KEY])


def test_whatever_is_attached_a_preview_opens_no_content(ci):
    everything = {"all": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    plan = ci(preview_policy_arns=everything, **OWN, **STATE)
    assert plan.one(ATTACHED, "ci-preview-all").inputs["policyArn"] == everything["all"]
    refused = {sid: s for sid, s in statements(plan, "ci-preview-policy").items() if s["Effect"] == "Deny"}
    assert refused["NoObjects"] == {
        "Sid": "NoObjects",
        "Effect": "Deny",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "NotResource": "arn:aws:s3:::state/*",
    }
    assert (refused["NoDecryption"]["Action"], refused["NoDecryption"]["NotResource"]) == ("kms:Decrypt", [KEY])
    assert {"secretsmanager:GetSecretValue", "dynamodb:Scan", "athena:GetQueryResults"} <= set(
        refused["NoContent"]["Action"]
    )
    assert refused["NoContent"]["Resource"] == "*"


def test_without_a_state_in_s3_a_preview_reads_no_object_at_all(ci):
    may = statements(ci(**OWN), "ci-preview-policy")
    assert [sid for sid, s in may.items() if s["Effect"] == "Allow"] == ["Settings"]
    assert (may["NoObjects"]["Resource"], may["NoDecryption"]["Resource"]) == ("*", "*")


def test_a_prefix_bounds_the_state(ci):
    may = statements(ci(state_prefix="platform/", **OWN, **STATE), "ci-preview-policy")
    assert may["StateObjects"]["Resource"] == "arn:aws:s3:::state/platform/*"
    assert may["NoObjects"]["NotResource"] == "arn:aws:s3:::state/platform/*"
    assert may["StateListing"]["Condition"] == {"StringLike": {"s3:prefix": "platform/*"}}


def test_a_deployment_writes_the_state_and_what_its_policies_say(ci):
    plan = ci(environments={"dev": {"policy_arns": POWER}}, **OWN, **STATE)
    may = statements(plan, "ci-deploy-dev-policy")
    assert may["StateObjects"]["Action"] == ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    assert may["StateKeys"]["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    assert {s["Effect"] for s in may.values()} == {"Allow"}
    assert plan.one(ATTACHED, "ci-deploy-dev-power").inputs["policyArn"] == POWER["power"]


def test_a_deployment_whose_state_is_elsewhere_has_no_policy_of_ours(ci):
    plan = ci(environments={"dev": {"policy_arns": POWER}}, **OWN)
    assert [r.name for r in plan.of(INLINE)] == ["ci-preview-policy"]


def test_the_boundary_bounds_every_role(ci):
    boundary = "arn:aws:iam::111122223333:policy/boundary"
    everything = {"all": "arn:aws:iam::aws:policy/AdministratorAccess"}
    plan = ci(
        permissions_boundary_arn=boundary,
        session_seconds=7200,
        environments={"dev": {"policy_arns": everything}},
        **OWN,
    )
    bounds = {r.name: r.inputs.get("permissionsBoundary") for r in plan.of(ROLE)}
    assert bounds == {"ci-deploy-dev": boundary, "ci-preview": boundary}
    assert {r.inputs["maxSessionDuration"] for r in plan.of(ROLE)} == {7200}


def test_nothing_that_reads_content_is_among_the_settings():
    content = re.compile(r"GetObject|Secret|Decrypt|GetItem|Query|Receive|Password|Credential|Token|LogEvents|\*")
    assert [action for action in reads() if content.search(action)] == []
    assert [a for a in reads() if not re.fullmatch(r"[a-z0-9-]+:(Get|List|Describe)[A-Za-z]+", a)] == []


def test_only_who_asks_for_it_may_list_orphans_and_then_nothing_else(ci):
    policy = "aws:iam/policy:Policy"
    assert ci(**OWN).of(policy) == []
    plan = ci(orphans=True, **OWN)
    (statement,) = json.loads(plan.one(policy, "ci-orphans").inputs["policy"])["Statement"]
    assert set(statement["Action"]) | set(reads()) >= set(inventory.reads())
    assert not set(statement["Action"]) & set(reads())
    assert [a for a in statement["Action"] if not re.fullmatch(r"[a-z0-9-]+:(Get|List|Describe)[A-Za-z]+", a)] == []
    # A managed policy holds 6,144 characters without spaces.
    assert len(json.dumps(statement, separators=(",", ":"))) < 5000
    # Neither of the three denials is in the way of it, and none is lifted.
    denied = {
        action
        for s in statements(plan, "ci-preview-policy").values()
        if s["Effect"] == "Deny"
        for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    }
    assert not denied & set(inventory.reads())
    attached = plan.one(ATTACHED, "ci-orphans")
    assert attached.inputs["role"] == plan.one(INLINE, "ci-preview-policy").inputs["role"]


# Calls whose permission has another name than the call, and calls that no permission is needed for.
PERMISSIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:GetBucketAcl": "s3:GetBucketAcl",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "iam:GetOpenIdConnectProvider": "iam:GetOpenIDConnectProvider",
}


def calls():
    """What the provider stand-in calls to read each type, as service:Operation."""
    found = {}
    for file in (ROOT / "sandbox/aistacks_sandbox/providers/aws/tokens").glob("*.yaml"):
        table = yaml.safe_load(file.read_text())
        for type_, row in table["resources"].items():
            service = row.get("service") or table["service"]
            names = ["".join(part.title() for part in read["call"].split("_")) for read in row.get("read", [])]
            found[type_] = {f"{service}:{name}" for name in names}
    return found


def test_every_resource_of_our_components_can_be_read():
    """Held against the calls by which the stand-in reads a type; the vendor's provider may call more."""
    used = set()
    for source in (ROOT / "components" / "aistacks").rglob("*.py"):
        for module, kind in re.findall(r"\baws\.([a-z0-9]+)\.([A-Z]\w+)\(", source.read_text()):
            used.add(f"aws:{module}/{kind[0].lower()}{kind[1:]}:{kind}")
    by_type = calls()
    called = set().union(*(by_type.get(type_, set()) for type_ in used))
    assert len(used) > 40
    assert len(called) > 30
    services = {"cloudwatch:DescribeRule": "events", "cloudwatch:ListTargetsByRule": "events"}
    services |= {"cloudwatch:DescribeLogGroups": "logs", "cloudwatch:ListTagsLogGroup": "logs"}
    needed = {PERMISSIONS.get(c, f"{services[c]}:{c.partition(':')[2]}" if c in services else c) for c in called}
    assert needed - set(reads()) == set()


def test_outputs_are_registered(ci):
    plan = ci(environments={"dev": {"policy_arns": POWER}}, **OWN)
    (component,) = plan.of("aistacks:index:CiAccess")
    assert set(component.outputs) == {"providerArn", "previewRoleArn", "deployRoleArns"}
    assert component.outputs["providerArn"] == PROVIDER


def test_a_transform_changes_one_child(ci, review_record):
    def shorter(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.name != "ci-deploy-prod":
            return None
        return pulumi.ResourceTransformResult({**args.props, "maxSessionDuration": 7200}, args.opts)

    environments = {"dev": {"policy_arns": POWER}, "prod": {"policy_arns": POWER}}
    plan = ci(pulumi.ResourceOptions(transforms=[shorter]), environments=environments, **OWN)
    seconds = {r.name: r.inputs["maxSessionDuration"] for r in plan.of(ROLE)}
    assert seconds == {"ci-preview": 3600, "ci-deploy-dev": 3600, "ci-deploy-prod": 7200}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"repository": "platform"}, "repository: got 'platform'; expected owner/name"),
        ({"repository": "my-company/*"}, "repository: got 'my-company/*'; expected owner/name"),
        ({"repository": "a/b/c"}, "repository: got 'a/b/c'; expected owner/name"),
        ({"provider": "gitlab", "repository": "a"}, "repository: got 'a'; expected group/project"),
        ({"owner_id": "12"}, "repository_id: got None; expected a number too"),
        ({"owner_id": "x", "repository_id": "1"}, "owner_id: got 'x'; expected GitHub's number"),
        (
            {"provider": "gitlab", "owner_id": "1", "repository_id": "1"},
            "owner_id: got '1'; expected nothing on GitLab",
        ),
        ({"issuer": "git.example.com"}, "issuer: got 'git.example.com'; expected nothing on GitHub"),
        ({"provider": "gitlab", "issuer": "https://git.example.com"}, "issuer: got 'https://git.example.com'"),
        ({"preview_contexts": ["*"]}, "preview_contexts[0]: got '*'; expected a literal string"),
        ({"preview_contexts": []}, "preview_contexts: got []; expected one at least"),
        ({"state_prefix": "a", "state_bucket": "b"}, "state_prefix: got 'a'; expected nothing, or a prefix"),
        ({"state_prefix": "a/"}, "state_bucket: got None; expected the bucket"),
        (
            {"state_kms_key_arns": ["arn:aws:kms:eu-west-1:111122223333:alias/a"]},
            "state_kms_key_arns[0]: got 'arn:aws:kms:eu-west-1:111122223333:alias/a'; expected the ARN of a key",
        ),
        ({"session_seconds": 60}, "session_seconds: got 60; expected 3600 to 43200"),
        ({"environments": {"prod": {"policy_arns": {}}}}, "environments.prod.policy_arns: got {}; expected what"),
        ({"environments": {"Prod": {"policy_arns": POWER}}}, "environments.Prod: got 'Prod'; expected a label"),
        (
            {"environments": {"prod": {"policy_arns": {"a-b": "x"}}}},
            "environments.prod.policy_arns.a-b: got 'a-b'; expected a label",
        ),
        (
            {"environments": {"prod": {"policy_arns": POWER, "branch": "*"}}},
            "environments.prod.branch: got '*'; expected a literal string",
        ),
        (
            {"environments": {"prod": {"policy_arns": {"a": "arn:aws:iam::aws:policy/AdministratorAccess"}}}},
            "environments.prod.policy_arns.a: got 'arn:aws:iam::aws:policy/AdministratorAccess'",
        ),
        (
            {"provider": "gitlab", "environments": {"dev": {"policy_arns": POWER}, "prod": {"policy_arns": POWER}}},
            "environments.prod: got 'project_path:my-company/platform:ref_type:branch:ref:main'; expected a subject",
        ),
        (
            {"provider": "gitlab", "environments": {"dev": {"policy_arns": POWER, "environment": "dev"}}},
            "environments.dev.environment: got 'dev'; expected nothing",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(ci, args, message):
    with pytest.raises(UserError) as error:
        ci(**{"repository": "my-company/platform", **args})
    assert f"CiAccess 'ci': {message}" in str(error.value)


def test_a_policy_fits_where_aws_keeps_it(ci):
    """10,240 characters for all inline policies of a role; IAM counts no white space."""
    text = ci(**OWN, **STATE).one(INLINE, "ci-preview-policy").inputs["policy"]
    assert len("".join(text.split())) < 10_240 / 2
