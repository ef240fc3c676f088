"""Load balancers: what Pulumi writes in one block and AWS in several members, and names that end an ARN."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props

from ..handler import Handler

_CHECK = {
    "healthyThreshold": "HealthyThresholdCount",
    "unhealthyThreshold": "UnhealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "enabled": "HealthCheckEnabled",
}
_CONDITIONS = {
    "hostHeader": "host-header",
    "pathPattern": "path-pattern",
    "httpHeader": "http-header",
    "httpRequestMethod": "http-request-method",
    "queryStrings": "query-string",
    "sourceIp": "source-ip",
}


class LoadBalancer(Handler):
    """A load balancer: inside or outside is a word in AWS."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the scheme."""
        if operation.call == "create_load_balancer":
            params["Scheme"] = "internal" if inputs.get("internal") else "internet-facing"
            params.setdefault("Name", inputs.get("name"))
        return params

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs = super()._outputs(id, inputs, seen, state)
        zones = [zone["SubnetId"] for zone in seen.get("AvailabilityZones") or [] if zone.get("SubnetId")]
        found = {"internal": seen["Scheme"] == "internal"} if "Scheme" in seen else {}
        if "subnets" not in inputs and zones:
            found["subnets"] = zones
        return {**outputs, "arnSuffix": id.partition(":loadbalancer/")[2], **found}


class TargetGroup(Handler):
    """A target group: its health check is a block in Pulumi, members of the group in AWS."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the health check and the name."""
        if operation.call in ("create_target_group", "modify_target_group"):
            check = inputs.get("healthCheck") or {}
            params |= {member: check[name] for name, member in _CHECK.items() if check.get(name) is not None}
            if check.get("matcher"):
                params["Matcher"] = {"HttpCode": str(check["matcher"])}
        if "HealthCheckPort" in params:
            params["HealthCheckPort"] = str(params["HealthCheckPort"])
        if operation.call == "create_target_group":
            params.setdefault("Name", inputs.get("name"))
        return params

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs = super()._outputs(id, inputs, seen, state)
        check = {name: seen[member] for name, member in _CHECK.items() if seen.get(member) is not None}
        check |= {"matcher": (seen.get("Matcher") or {}).get("HttpCode", "")}
        whole = self.shape.cast("healthCheck", {**check, **(inputs.get("healthCheck") or {})}, whole=True)
        suffix = id.partition(":targetgroup/")[2]
        return {**outputs, "arnSuffix": f"targetgroup/{suffix}", "healthCheck": whole}


class Listener(Handler):
    """A listener; its first certificate is a property of its own."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the certificate, and the protocol that an application's balancer listens by where none is named."""
        if operation.call == "create_listener" and "loadbalancer/app/" in str(inputs.get("loadBalancerArn")):
            params.setdefault("Protocol", "HTTPS" if inputs.get("certificateArn") else "HTTP")
        if operation.call in ("create_listener", "modify_listener"):
            params.pop("CertificateArn", None)
            if inputs.get("certificateArn"):
                params["Certificates"] = [{"CertificateArn": inputs["certificateArn"]}]
            if params.get("AlpnPolicy") is not None:
                params["AlpnPolicy"] = [inputs["alpnPolicy"]]
        return params


class ListenerRule(Handler):
    """A rule; what a condition looks at is the block that it has."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the field of each condition."""
        for given, sent in zip(inputs.get("conditions") or [], params.get("Conditions") or [], strict=False):
            sent["Field"] = next((field for name, field in _CONDITIONS.items() if given.get(name)), "path-pattern")
        if operation.call == "create_rule":
            params.setdefault("Priority", 1 + len(self._others(inputs["listenerArn"])))
        return params

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """With the listener, whose ARN the rule's own begins with."""
        arn = str(answer.get("RuleArn", ""))
        return {**answer, "ListenerArn": arn.rpartition("/")[0].replace(":listener-rule/", ":listener/")}

    def _others(self, listener: str) -> list[Any]:
        rules = self.cloud.call("elbv2", "describe_rules", {"ListenerArn": listener}, self.region)["Rules"]
        return [rule for rule in rules if not rule.get("IsDefault")]


class TargetGroupAttachment(Handler):
    """A target of a group."""

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Nothing, once the group doesn't know it any more."""
        health = answer.get("TargetHealth") or {}
        return {} if health.get("Reason") in ("Target.NotRegistered", "Target.DeregistrationInProgress") else answer
