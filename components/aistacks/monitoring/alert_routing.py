"""Alertmanager's configuration, and its IAM role for SNS."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.pod_identity import trust_policy
from .._aws.tags import tags_for
from .values import ALERTMANAGER_ACCOUNT

NOBODY = "null"
TEAM = "team"


@dataclass(frozen=True)
class Routing:
    """Receivers of alerts; without any, Alertmanager only shows them."""

    topic_arn: pulumi.Input[str] | None
    key_arn: pulumi.Input[str] | None
    slack_secret: str
    """Kubernetes Secret whose key ``url`` is a Slack webhook; empty for none."""
    slack_channel: str
    severities: list[str]


def alertmanager_config(routing: Routing) -> dict[str, Any]:
    """Alertmanager's routes and receivers, and the Secrets that it mounts as files."""
    team: dict[str, Any] = {"name": TEAM}
    if routing.topic_arn is not None:
        region = pulumi.Output.from_input(routing.topic_arn).apply(lambda arn: arn.split(":")[3])
        team["sns_configs"] = [{"topic_arn": routing.topic_arn, "sigv4": {"region": region}, "send_resolved": True}]
    if routing.slack_secret:
        team["slack_configs"] = [
            {
                "api_url_file": f"/etc/alertmanager/secrets/{routing.slack_secret}/url",
                "channel": routing.slack_channel,
                "send_resolved": True,
            }
        ]
    routes: list[dict[str, Any]] = [
        # Watchdog always fires, as a heartbeat; InfoInhibitor only inhibits other alerts.
        {"receiver": NOBODY, "matchers": ['alertname =~ "Watchdog|InfoInhibitor"']}
    ]
    receivers: list[dict[str, Any]] = [{"name": NOBODY}]
    if len(team) > 1:
        routes.append({"receiver": TEAM, "matchers": [f'severity =~ "{"|".join(routing.severities)}"']})
        receivers.append(team)
    config = {
        "route": {
            "receiver": NOBODY,
            "group_by": ["alertname", "namespace"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
            "routes": routes,
        },
        "receivers": receivers,
    }
    return {"config": config, "secrets": [routing.slack_secret] if routing.slack_secret else []}


def publisher(
    name: str,
    routing: Routing,
    cluster: pulumi.Input[str],
    namespace: pulumi.Input[str],
    tags: dict[str, str],
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """An IAM role for Alertmanager, through Pod Identity, that may publish to the SNS topic only."""
    if routing.topic_arn is None:
        return []
    role_name, component = f"{name}-alerts", f"Monitoring/{name}"
    opts = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        role_name,
        assume_role_policy=trust_policy(cluster, namespace, ALERTMANAGER_ACCOUNT, parent),
        description=f"Publishes the alerts of {name}",
        tags=tags_for(component, role_name, tags),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{role_name}-publish", role=role.name, policy=_policy(routing.topic_arn, routing.key_arn), opts=opts
    )
    binding = aws.eks.PodIdentityAssociation(
        f"{role_name}-binding",
        cluster_name=cluster,
        namespace=namespace,
        service_account=ALERTMANAGER_ACCOUNT,
        role_arn=role.arn,
        tags=tags_for(component, f"{role_name}-binding", tags),
        opts=opts,
    )
    return [policy, binding]


def _policy(topic: pulumi.Input[str], key: pulumi.Input[str] | None) -> pulumi.Output[str]:
    statements: list[dict[str, Any]] = [{"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}]
    if key is not None:
        # Publishing to an encrypted topic requires permissions for its KMS key.
        statements.append({"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key})
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})
