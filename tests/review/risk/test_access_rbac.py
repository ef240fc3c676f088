"""What Kubernetes' own roles let somebody do."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import Severity

GROUP = "kubernetes:rbac.authorization.k8s.io/v1:"


@pytest.fixture
def granted(resource):
    """A role with these rules, bound to a service account."""

    def granted_(*rules, kind="Role", binding="RoleBinding", subject=None, ref=None):
        role = resource(
            f"{GROUP}{kind}", "r", inputs={"metadata": {"name": "r", "namespace": "n"}, "rules": list(rules)}
        )
        bound = resource(
            f"{GROUP}{binding}",
            "b",
            inputs={
                "metadata": {"name": "b", "namespace": "n"},
                "roleRef": {"kind": kind, "name": ref or "r"},
                "subjects": [subject or {"kind": "ServiceAccount", "name": "app", "namespace": "n"}],
            },
        )
        return [role, bound]

    return granted_


def rule(verbs, *resources, group=""):
    return {"apiGroups": [group], "resources": list(resources), "verbs": verbs}


READ = rule(["get", "list"], "configmaps")


@pytest.mark.parametrize(
    ("more", "severity", "why"),
    [
        (rule(["get"], "services"), Severity.LOW, ""),
        (rule(["delete"], "services"), Severity.MEDIUM, ""),
        (rule(["get"], "secrets"), Severity.HIGH, "reads secrets"),
        (rule(["*"], "*", group="*"), Severity.HIGH, "every verb"),
        (rule(["create"], "pods"), Severity.HIGH, "runs pods"),
        (rule(["create"], "serviceaccounts/token"), Severity.HIGH, "makes tokens"),
        (rule(["impersonate"], "users"), Severity.HIGH, "acts as somebody else"),
        (rule(["bind"], "clusterroles", group="rbac.authorization.k8s.io"), Severity.HIGH, "any permission"),
        (rule(["get"], "nodes/proxy"), Severity.HIGH, "runs commands"),
    ],
)
def test_a_rule_more(granted, judge, more, severity, why):
    (risk,) = judge(granted(READ), granted(READ, more))
    assert risk.severity is severity
    assert risk.title.startswith("The service account n/app may now ")
    assert why in risk.reason
    assert judge(granted(READ, more), granted(READ)) == []


def test_everything_in_the_cluster_is_critical(granted, judge):
    every = rule(["*"], "*", group="*")
    (risk,) = judge([], granted(every, kind="ClusterRole", binding="ClusterRoleBinding"))
    assert (risk.severity, risk.title) == (Severity.CRITICAL, "The service account n/app may now do anything.")


def test_a_narrower_rule_is_no_risk(granted, judge):
    wide, narrow = rule(["get", "list", "watch"], "pods"), rule(["get"], "pods") | {"resourceNames": ["x"]}
    assert judge(granted(wide), granted(narrow)) == []
    assert len(judge(granted(narrow), granted(wide))) == 1


def test_a_subresource_isnt_its_resource(granted, judge):
    assert len(judge(granted(rule(["get"], "pods")), granted(rule(["get"], "pods", "pods/log")))) == 1
    assert judge(granted(rule(["get"], "*")), granted(rule(["get"], "pods/log"))) == []


@pytest.mark.parametrize(
    ("ref", "binding", "severity", "certain"),
    [
        ("cluster-admin", "ClusterRoleBinding", Severity.CRITICAL, True),
        ("cluster-admin", "RoleBinding", Severity.HIGH, True),
        ("view", "RoleBinding", Severity.LOW, True),
        ("somebody-elses", "RoleBinding", Severity.MEDIUM, False),
    ],
)
def test_a_role_from_elsewhere(granted, judge, ref, binding, severity, certain):
    _, bound = granted(READ, kind="ClusterRole", binding=binding, ref=ref)
    (risk,) = judge([], [bound])
    assert (risk.severity, risk.certain) == (severity, certain)
    assert judge([bound], [bound]) == []


def test_everybody_is_critical(granted, judge):
    anybody = {"kind": "Group", "name": "system:unauthenticated"}
    (risk,) = judge([], granted(READ, kind="ClusterRole", binding="ClusterRoleBinding", subject=anybody))
    assert risk.severity is Severity.CRITICAL


def test_what_isnt_known(granted, resource, judge):
    role, bound = granted(READ)
    unknown = resource(role.type, "r", inputs={"metadata": {"name": "r", "namespace": "n"}, "rules": UNKNOWN})
    (risk,) = judge([role, bound], [unknown, bound])
    assert not risk.certain


def test_a_new_environment_has_its_roles(granted, judge):
    assert judge(None, granted(READ, rule(["get"], "secrets"))) == []
