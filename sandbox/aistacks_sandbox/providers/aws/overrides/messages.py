"""Queues, topics, secrets and parameters: attributes that are set one by one, values in several forms."""

from __future__ import annotations

import base64

from aistacks_catalog.aws.types.equality import same
from aistacks_core.property_values import Props

from ..handler import Handler
from ..table import Operation


class Queue(Handler):
    """A queue: AWS wants no word of FIFO from one that isn't."""

    def prepared(self, inputs: Props) -> Props:
        """Drop what only a FIFO queue has."""
        if inputs.get("fifoQueue"):
            return inputs
        fifo = ("fifoQueue", "contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit")
        return {key: value for key, value in inputs.items() if key not in fifo}

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """With the name, which is only in the ARN."""
        return {**answer, "QueueName": str(answer.get("QueueArn", "")).rsplit(":", 1)[-1]} if answer else {}


class Topic(Handler):
    """A topic, whose attributes change one call at a time."""

    def prepared(self, inputs: Props) -> Props:
        """Drop what only a FIFO topic has."""
        fifo = ("fifoTopic", "contentBasedDeduplication", "archivePolicy", "fifoThroughputScope")
        return inputs if inputs.get("fifoTopic") else {k: v for k, v in inputs.items() if k not in fifo}

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Change what changed."""
        if not state:
            return
        for name in ("displayName", "policy", "deliveryPolicy", "kmsMasterKeyId", "contentBasedDeduplication"):
            value = inputs.get(name)
            if name in inputs and not same(value, state.get(name)):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                params = {"TopicArn": id, "AttributeName": self.row.names[name], "AttributeValue": text}
                self.cloud.call("sns", "set_topic_attributes", params, self.region)

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """With the name, which is only in the ARN."""
        return {**answer, "Name": str(answer.get("TopicArn", "")).rsplit(":", 1)[-1]} if answer else {}


class TopicSubscription(Handler):
    """A subscription, whose attributes change one call at a time."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Change what changed."""
        if not state:
            return
        for name in ("rawMessageDelivery", "filterPolicy", "filterPolicyScope", "redrivePolicy", "deliveryPolicy"):
            value = inputs.get(name)
            if value is not None and not same(value, state.get(name)):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                params = {"SubscriptionArn": id, "AttributeName": self.row.names[name], "AttributeValue": text}
                self.cloud.call("sns", "set_subscription_attributes", params, self.region)


class Secret(Handler):
    """A secret; one that waits for its deletion is gone."""

    def run(self, operation: Operation, inputs: Props, id: str, state: Props, *, undo: bool = False) -> Props:  # noqa: A002
        """Delete at once where the recovery window is none."""
        if operation.call != "delete_secret":
            return super().run(operation, inputs, id, state, undo=undo)
        window = inputs.get("recoveryWindowInDays", 30)
        how: Props = {"RecoveryWindowInDays": int(window)} if window else {"ForceDeleteWithoutRecovery": True}
        return self.cloud.call("secretsmanager", "delete_secret", {"SecretId": id, **how}, self.region)

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Nothing, once it is to be deleted."""
        return {} if answer.get("DeletedDate") else answer


class SecretVersion(Handler):
    """A value of a secret."""

    def prepared(self, inputs: Props) -> Props:
        """Binary values come as base64."""
        if inputs.get("secretBinary") is None:
            return inputs
        return {**inputs, "secretBinary": base64.b64decode(inputs["secretBinary"])}

    def _look(self, id: str, inputs: Props, state: Props) -> Props | None:  # noqa: A002
        secret, _, version = id.partition("|")
        known = {**inputs, "secretId": inputs.get("secretId") or secret}
        return super()._look(id, known, {**state, "versionId": version})


class Parameter(Handler):
    """A parameter; ``insecureValue`` is a value that may be shown."""

    def prepared(self, inputs: Props) -> Props:
        """One value, whatever it is called."""
        if inputs.get("insecureValue") is None:
            return inputs
        return {**inputs, "value": inputs["insecureValue"]}

    def _drifted(self, inputs: Props, seen: Props) -> Props:
        found = super()._drifted(inputs, seen)
        if inputs.get("insecureValue") is not None and seen.get("Value") is not None:
            found["insecureValue"] = seen["Value"]
        return found
