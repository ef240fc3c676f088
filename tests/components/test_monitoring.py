"""What a Monitoring registers.

test_chart_values.py holds the values against the charts' own keys; here only what they say.
"""

import json

import pulumi
import pytest

from aistacks import Monitoring
from aistacks_core.errors import UserError

RELEASE = "kubernetes:helm.sh/v3:Release"
TOPIC = {
    "cluster_name": "dev",
    "alert_topic_arn": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "alert_topic_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/k",
}


@pytest.fixture
def monitoring(record):
    """Registers one; keyword arguments are its arguments."""

    def make(opts=None, answers=lambda _token, _args: None, **args):
        return record(lambda: Monitoring("watch", args, opts), answers=answers)

    return make


def values(plan, name="watch"):
    return plan.one(RELEASE, name).inputs["values"]


def alertmanager(plan):
    return values(plan)["alertmanager"]["config"]


def test_every_child_is_named_after_it(monitoring):
    plan = monitoring(**TOPIC)
    children = plan.children(plan.one("aistacks:index:Monitoring", "watch").urn)
    assert len(children) == len(plan.resources) - 1
    assert all(c.name == "watch" or c.name.startswith("watch-") for c in children)
    assert all(len(c.name.removeprefix("watch-")) <= 22 for c in children)


def test_it_tells_where_prometheus_and_grafana_are(monitoring):
    assert monitoring().one("aistacks:index:Monitoring", "watch").outputs == {
        "namespace": "monitoring",
        "prometheusUrl": "http://kube-prometheus-stack-prometheus.monitoring.svc.cluster.local:9090",
        "grafanaService": "kube-prometheus-stack-grafana",
    }


def test_charts_are_pinned(monitoring):
    charts = {r.inputs["chart"]: (r.inputs["version"], r.inputs["namespace"]) for r in monitoring().of(RELEASE)}
    assert charts == {
        "prometheus-operator-crds": ("31.0.1", "monitoring"),
        "kube-prometheus-stack": ("88.5.3", "monitoring"),
        "prometheus-adapter": ("5.3.0", "monitoring"),
        "dcgm-exporter": ("4.8.2", "monitoring-nodes"),
    }


def test_only_what_reads_nodes_lives_where_anything_goes(monitoring):
    plan = monitoring(namespace="observe")
    level = "pod-security.kubernetes.io/enforce"
    assert plan["watch-namespace"].inputs["metadata"]["name"] == "observe"
    assert plan["watch-namespace"].inputs["metadata"]["labels"][level] == "restricted"
    nodes = plan.one("kubernetes:core/v1:Namespace", "watch-nodes").inputs["metadata"]
    assert (nodes["name"], nodes["labels"][level]) == ("observe-nodes", "privileged")
    assert values(plan)["prometheus-node-exporter"]["namespaceOverride"] == "observe-nodes"


def test_from_outside_only_the_api_server_gets_in(monitoring):
    plan = monitoring()
    assert plan["watch-network"].inputs["spec"]["ingress"] == [
        {"from": [{"podSelector": {}}]},
        {"ports": [{"port": 10250, "protocol": "TCP"}, {"port": 6443, "protocol": "TCP"}]},
    ]
    (reader,) = plan["watch-nodes-network"].inputs["spec"]["ingress"]
    assert reader == {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]}


def test_prometheus_keeps_what_it_is_told_to(monitoring):
    made = values(monitoring(metric_retention_days=90, storage_gib=200, storage_class="gp3", replicas=2, memory="8Gi"))
    spec = made["prometheus"]["prometheusSpec"]
    assert (spec["retention"], spec["retentionSize"], spec["replicas"]) == ("90d", "170GiB", 2)
    assert spec["storageSpec"]["volumeClaimTemplate"]["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "200Gi"}},
        "storageClassName": "gp3",
    }
    assert spec["resources"] == {"requests": {"cpu": "500m", "memory": "8Gi"}, "limits": {"memory": "8Gi"}}
    assert spec["podAntiAffinity"] == "hard"
    assert made["alertmanager"]["alertmanagerSpec"]["podAntiAffinity"] == "hard"


def test_one_replica_goes_wherever_there_is_room(monitoring):
    made = values(monitoring())
    assert made["prometheus"]["prometheusSpec"]["podAntiAffinity"] == "soft"
    assert made["alertmanager"]["alertmanagerSpec"]["podAntiAffinity"] == "soft"


def test_prometheus_takes_everybodys_monitors_and_rules(monitoring):
    spec = values(monitoring())["prometheus"]["prometheusSpec"]
    assert {k: v for k, v in spec.items() if k.endswith("NilUsesHelmValues")} == {
        "ruleSelectorNilUsesHelmValues": False,
        "serviceMonitorSelectorNilUsesHelmValues": False,
        "podMonitorSelectorNilUsesHelmValues": False,
        "probeSelectorNilUsesHelmValues": False,
        "scrapeConfigSelectorNilUsesHelmValues": False,
    }


def test_series_carry_the_clusters_name(monitoring):
    assert values(monitoring(cluster_name="dev"))["prometheus"]["prometheusSpec"]["externalLabels"] == {
        "cluster": "dev"
    }


def test_what_aws_runs_is_not_watched(monitoring):
    made = values(monitoring())
    for part in ("kubeControllerManager", "kubeScheduler", "kubeEtcd", "kubeProxy"):
        assert made[part] == {"enabled": False}


def test_grafanas_password_is_the_charts_random_one(monitoring):
    grafana = values(monitoring())["grafana"]
    assert "adminPassword" not in grafana
    assert "admin" not in grafana


def test_pods_run_where_they_are_told_to(monitoring):
    plan = monitoring(node_selector={"role": "system"}, tolerated_taints=["dedicated"])
    seats = {"nodeSelector": {"role": "system"}, "tolerations": [{"key": "dedicated", "operator": "Exists"}]}
    stack = values(plan)
    for part in (
        stack["prometheus"]["prometheusSpec"],
        stack["alertmanager"]["alertmanagerSpec"],
        stack["grafana"],
        stack["prometheusOperator"],
        stack["prometheusOperator"]["admissionWebhooks"]["patch"],
        stack["kube-state-metrics"],
        values(plan, "watch-adapter"),
    ):
        assert {k: part[k] for k in seats} == seats


def test_autoscalers_get_the_queue_and_nothing_else(monitoring):
    made = values(monitoring(), "watch-adapter")
    assert made["prometheus"] == {
        "url": "http://kube-prometheus-stack-prometheus.monitoring.svc.cluster.local",
        "port": 9090,
    }
    assert made["rules"]["default"] is False
    triton, torchserve = made["rules"]["custom"]
    assert triton == {
        "seriesQuery": 'nv_inference_queue_duration_us{namespace!="",pod!=""}',
        "resources": {"overrides": {"namespace": {"resource": "namespace"}, "pod": {"resource": "pod"}}},
        "name": {"as": "triton_queue_microseconds_per_request"},
        "metricsQuery": (
            "sum(rate(nv_inference_queue_duration_us{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)"
            " / clamp_min(sum(rate(nv_inference_request_success{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>), 0.001)"
        ),
    }
    assert torchserve["name"] == {"as": "torchserve_queue_microseconds_per_request"}


def test_gpus_are_watched_unless_there_are_none(monitoring):
    terms = values(monitoring(), "watch-gpu")["affinity"]["nodeAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]["nodeSelectorTerms"]
    assert [t["matchExpressions"][0]["key"] for t in terms] == [
        "karpenter.k8s.aws/instance-gpu-manufacturer",
        "nvidia.com/gpu.present",
    ]
    assert "watch-gpu" not in [r.name for r in monitoring(gpu_metrics=False).resources]


def test_inference_pods_and_karpenter_are_scraped_wherever_they_are(monitoring):
    plan = monitoring()
    assert plan["watch-inference"].inputs["spec"] == {
        "namespaceSelector": {"any": True},
        "selector": {
            "matchLabels": {
                "app.kubernetes.io/component": "inference-server",
                "app.kubernetes.io/part-of": "aistacks",
            }
        },
        "podTargetLabels": [
            "app.kubernetes.io/name",
            "app.kubernetes.io/instance",
            "app.kubernetes.io/component",
        ],
        "podMetricsEndpoints": [{"port": "metrics", "path": "/metrics", "interval": "15s"}],
    }
    assert plan["watch-karpenter"].inputs["spec"]["podMetricsEndpoints"][0]["port"] == "http-metrics"


def test_definitions_are_upgraded_by_a_release_of_their_own_that_comes_first(monitoring):
    plan = monitoring()
    definitions = plan["watch-crds"]
    assert definitions.inputs["takeOwnership"] is True
    assert definitions.urn in plan.one(RELEASE, "watch").dependencies
    assert values(plan)["crds"] == {"enabled": False}
    assert not [r.name for r in plan.of(RELEASE) if r.name != "watch-crds" and "takeOwnership" in r.inputs]


def test_definitions_outlive_their_release_for_everybodys_monitors_are_of_their_kinds(monitoring):
    assert values(monitoring(deletion_protection=False), "watch-crds") == {
        "crds": {"annotations": {"helm.sh/resource-policy": "keep"}}
    }


def test_the_gpu_exporter_has_room_for_eight_gpus_and_no_cpu_limit(monitoring):
    made = values(monitoring(), "watch-gpu")
    # null: the chart's own limit of 200m goes.
    assert made["resources"] == {
        "requests": {"cpu": "100m", "memory": "1Gi"},
        "limits": {"cpu": None, "memory": "1Gi"},
    }
    assert {e["name"]: e["value"] for e in made["extraEnv"]} == {"GOMEMLIMIT": "768MiB", "GOMAXPROCS": "2"}


def test_every_image_comes_from_the_mirror_under_its_upstream_host(monitoring):
    plan = monitoring(image_registry="mirror.example.com/up", storage_class="gp3")
    stack = values(plan)
    assert stack["prometheus"]["prometheusSpec"]["image"] == {"registry": "mirror.example.com/up/quay.io"}
    assert stack["prometheus"]["prometheusSpec"]["retention"] == "15d"
    assert stack["grafana"]["image"] == {"registry": "mirror.example.com/up/docker.io"}
    assert stack["prometheusOperator"]["admissionWebhooks"]["patch"]["image"] == {
        "registry": "mirror.example.com/up/ghcr.io"
    }
    assert values(plan, "watch-gpu")["image"] == {
        "repository": "mirror.example.com/up/nvcr.io/nvidia/k8s/dcgm-exporter"
    }
    assert "image" not in values(monitoring())["grafana"]


def test_what_needs_the_operators_definitions_waits_for_them(monitoring):
    plan = monitoring()
    stack = plan.one(RELEASE, "watch").urn
    waiting = [r for r in plan.resources if "monitoring.coreos.com" in r.type]
    assert [r.name for r in sorted(waiting, key=lambda r: r.name)] == [
        "watch-alerts-capacity",
        "watch-alerts-gpu",
        "watch-alerts-serving",
        "watch-inference",
        "watch-karpenter",
    ]
    assert all(stack in r.dependencies for r in [*waiting, plan["watch-adapter"], plan["watch-gpu"]])


def test_without_a_receiver_alerts_are_only_shown(monitoring):
    made = alertmanager(monitoring())
    assert made["receivers"] == [{"name": "null"}]
    assert made["route"]["receiver"] == "null"
    assert [r["receiver"] for r in made["route"]["routes"]] == ["null"]


def test_alerts_go_to_a_topic_under_a_role_that_may_nothing_else(monitoring):
    plan = monitoring(**TOPIC, answers=lambda _token, _args: {"accountId": "123456789012"})
    made = alertmanager(plan)
    assert made["receivers"][1] == {
        "name": "team",
        "sns_configs": [
            {"topic_arn": TOPIC["alert_topic_arn"], "sigv4": {"region": "eu-west-1"}, "send_resolved": True}
        ],
    }
    assert made["route"]["routes"][1] == {"receiver": "team", "matchers": ['severity =~ "warning|critical"']}
    assert json.loads(plan["watch-alerts-publish"].inputs["policy"])["Statement"] == [
        {"Effect": "Allow", "Action": "sns:Publish", "Resource": TOPIC["alert_topic_arn"]},
        {
            "Effect": "Allow",
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": TOPIC["alert_topic_key_arn"],
        },
    ]
    (trust,) = json.loads(plan["watch-alerts"].inputs["assumeRolePolicy"])["Statement"]
    assert trust["Condition"]["StringEquals"]["aws:RequestTag/kubernetes-service-account"] == "alertmanager"
    assert values(plan)["alertmanager"]["serviceAccount"]["name"] == "alertmanager"
    assert plan["watch-alerts-binding"].urn in plan.one(RELEASE, "watch").dependencies


def test_alerts_go_to_slack_by_a_secret_that_is_a_file(monitoring):
    plan = monitoring(alert_slack_secret="slack", alert_slack_channel="#ml", alert_severity="critical")
    made = alertmanager(plan)
    assert made["receivers"][1]["slack_configs"] == [
        {"api_url_file": "/etc/alertmanager/secrets/slack/url", "channel": "#ml", "send_resolved": True}
    ]
    assert made["route"]["routes"][1]["matchers"] == ['severity =~ "critical"']
    assert values(plan)["alertmanager"]["alertmanagerSpec"]["secrets"] == ["slack"]
    assert [r for r in plan.resources if r.type.startswith("aws:")] == []


def test_metrics_are_hard_to_lose_unless_asked_for(monitoring):
    def guarded(plan):
        return {r.name for r in plan.resources if r.protect and r.retain_on_delete}

    assert guarded(monitoring()) == {"watch", "watch-crds", "watch-namespace"}
    assert guarded(monitoring(deletion_protection=False)) == set()


def test_the_callers_labels_and_tags_are_on_everything(monitoring):
    plan = monitoring(**TOPIC, labels={"team": "ml"}, tags={"Project": "vision"})
    objects = [r for r in plan.resources if r.type.startswith("kubernetes:") and r.type != RELEASE]
    assert len(objects) == 13
    assert all(r.inputs["metadata"]["labels"]["team"] == "ml" for r in objects)
    assert values(plan)["commonLabels"] == {"team": "ml"}
    assert values(plan, "watch-adapter")["customLabels"] == {"team": "ml"}
    for child in ("watch-alerts", "watch-alerts-binding"):
        assert plan[child].inputs["tags"] == {
            "Project": "vision",
            "Name": child,
            "aistacks:component": "Monitoring/watch",
            "aistacks:stack": "test/test",
        }


def test_kubernetes_schemas_know_every_field(monitoring):
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    plan = monitoring()
    checked = [r for r in plan.resources if r.type.startswith("kubernetes:core") or "networking" in r.type]
    assert len(checked) == 8
    for resource in checked:
        kubernetes_validate.validate(resource.inputs, "1.35", strict=True)


def test_a_transform_changes_one_child(monitoring, review_record):
    def scrape_rarely(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if (args.type_, args.name) != (RELEASE, "watch"):
            return None
        values = args.props["values"]
        spec = {**values["prometheus"]["prometheusSpec"], "scrapeInterval": "60s"}
        values = {**values, "prometheus": {**values["prometheus"], "prometheusSpec": spec}}
        return pulumi.ResourceTransformResult({**args.props, "values": values}, args.opts)

    spec = values(monitoring(pulumi.ResourceOptions(transforms=[scrape_rarely])))["prometheus"]["prometheusSpec"]
    assert spec["scrapeInterval"] == "60s"
    assert spec["retention"] == "15d"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"metric_retention_days": 0}, "metric_retention_days: got 0; expected 1 or more"),
        ({"image_registry": "https://mirror.example.com"}, "image_registry: got 'https://mirror.example.com'"),
        ({"alert_topic_arn": "arn:x"}, "cluster_name: got None; expected the EKS cluster"),
        ({"alert_topic_key_arn": "arn:x"}, "alert_topic_arn: got None; expected the topic whose key"),
        ({"alert_severity": "info"}, "alert_severity: got 'info'; expected one of warning, critical"),
        ({"storage": 5}, "unknown key 'storage'"),
        ({"namespace": "kube-system"}, "namespace: got 'kube-system'; expected a namespace that isn't there yet"),
        ({"namespace": "My_Metrics"}, "namespace: got 'My_Metrics'; expected lower-case letters"),
        ({"namespace": "m" * 58}, "expected lower-case letters, digits and hyphens, at most 57"),
    ],
)
def test_what_makes_no_sense_is_refused(monitoring, args, message):
    with pytest.raises(UserError) as error:
        monitoring(**args)
    assert "Monitoring 'watch'" in str(error.value)
    assert message in str(error.value)
