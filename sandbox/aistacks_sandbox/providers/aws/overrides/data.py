"""Catalogue, queries and tables."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props

from ..handler import Handler
from ..shapes import to_api


class CatalogDatabase(Handler):
    """A catalogue's database, whose call for a change names it twice."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the name beside the wrapped inputs."""
        if operation.call in ("get_database", "delete_database") and "Name" not in params:
            params["Name"] = inputs["name"]
        return params


class CatalogTable(Handler):
    """A catalogue's table."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the indexes, which only creation takes."""
        indexes = inputs.get("partitionIndices")
        if operation.call == "create_table" and indexes:
            shape = self.cloud.shapes("glue", "create_table")[0].members["PartitionIndexes"]
            wanted = [{"keys": item.get("keys"), "indexName": item.get("indexName")} for item in indexes]
            params["PartitionIndexes"] = to_api(shape, wanted, [])
        return params


class Crawler(Handler):
    """A crawler; Pulumi writes each kind of target beside the others."""

    _TARGETS = {
        "s3Targets": "S3Targets",
        "jdbcTargets": "JdbcTargets",
        "dynamodbTargets": "DynamoDBTargets",
        "catalogTargets": "CatalogTargets",
        "deltaTargets": "DeltaTargets",
        "icebergTargets": "IcebergTargets",
        "mongodbTargets": "MongoDBTargets",
        "hudiTargets": "HudiTargets",
    }

    def _target(self, operation: Any, shape: Any, name: str) -> str | None:
        if name in self._TARGETS and "Targets" in shape.members:
            return f"Targets.{self._TARGETS[name]}"
        return super()._target(operation, shape, name)

    def seen(self, answer: Props, name: str) -> Any:
        """Targets from where they are wrapped."""
        if name in self._TARGETS:
            return (answer.get("Targets") or {}).get(self._TARGETS[name]) or None
        return super().seen(answer, name)


class Workgroup(Handler):
    """A workgroup; a change of its configuration has a shape of its own."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Disable it, or change its configuration."""
        params: Props = {}
        if inputs.get("state") == "DISABLED" and not state:
            params["State"] = "DISABLED"
        wanted = inputs.get("configuration")
        if state and wanted is not None and wanted != state.get("configuration"):
            shape = self.cloud.shapes("athena", "update_work_group")[0].members["ConfigurationUpdates"]
            renamed = {
                {"resultConfiguration": "resultConfigurationUpdates"}.get(key, key): value
                for key, value in wanted.items()
            }
            params["ConfigurationUpdates"] = to_api(shape, renamed, [], "", self.row.nested)
        if params:
            self.cloud.call("athena", "update_work_group", {"WorkGroup": id, **params}, self.region)

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """The name is a member of another name at creation."""
        if operation.call == "create_work_group":
            params["Name"] = inputs["name"]
        return params


class Table(Handler):
    """A DynamoDB table: its keys are a schema, and three of its settings are calls of their own."""

    def prepared(self, inputs: Props) -> Props:
        """Write the keys as a schema, and capacities as AWS nests them."""
        sent = dict(inputs)
        sent["keySchema"] = _schema(inputs)
        if inputs.get("billingMode", "PROVISIONED") == "PROVISIONED":
            sent["provisionedThroughput"] = _throughput(inputs)
        for kind in ("globalSecondaryIndexes", "localSecondaryIndexes"):
            if inputs.get(kind):
                sent[kind] = [_index(item, inputs, kind) for item in inputs[kind]]
        if not inputs.get("streamEnabled"):
            sent.pop("streamEnabled", None)
            sent.pop("streamViewType", None)
        if isinstance(inputs.get("serverSideEncryption"), dict):
            written = inputs["serverSideEncryption"]
            key = written.get("kmsKeyArn")
            keyed = {"sseType": "KMS", "kmsMasterKeyId": key} if key else {}
            sent["serverSideEncryption"] = {"enabled": written.get("enabled"), **keyed}
        return sent

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Turn point-in-time recovery and expiry on or off."""
        recovery = (inputs.get("pointInTimeRecovery") or {}).get("enabled", False)
        if recovery != (state.get("pointInTimeRecovery") or {}).get("enabled", False):
            params: Props = {
                "TableName": id,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": bool(recovery)},
            }
            self.cloud.call("dynamodb", "update_continuous_backups", params, self.region)
        expiry = inputs.get("ttl")
        if expiry is not None and expiry != state.get("ttl"):
            specification = {
                "Enabled": bool(expiry.get("enabled")),
                "AttributeName": expiry.get("attributeName", ""),
            }
            params = {"TableName": id, "TimeToLiveSpecification": specification}
            self.cloud.call("dynamodb", "update_time_to_live", params, self.region)

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Keys and capacities as Pulumi shows them."""
        keys = {item["KeyType"]: item["AttributeName"] for item in answer.get("KeySchema", [])}
        named = {"HASH": "HashKey", "RANGE": "RangeKey"}
        return {**answer, **{named[kind]: name for kind, name in keys.items()}}


def _schema(item: Props) -> list[Props]:
    kinds = (("hashKey", "HASH"), ("rangeKey", "RANGE"))
    return [{"attributeName": item[name], "keyType": kind} for name, kind in kinds if item.get(name)]


def _throughput(item: Props) -> Props:
    return {
        "readCapacityUnits": item.get("readCapacity") or 1,
        "writeCapacityUnits": item.get("writeCapacity") or 1,
    }


def _index(item: Props, table: Props, kind: str) -> Props:
    keys = item if kind == "globalSecondaryIndexes" else {"hashKey": table.get("hashKey"), **item}
    attributes = {"nonKeyAttributes": item["nonKeyAttributes"]} if item.get("nonKeyAttributes") else {}
    made: Props = {
        "indexName": item["name"],
        "keySchema": _schema(keys),
        "projection": {"projectionType": item.get("projectionType", "ALL"), **attributes},
    }
    if kind == "globalSecondaryIndexes" and table.get("billingMode", "PROVISIONED") == "PROVISIONED":
        made["provisionedThroughput"] = _throughput(item)
    return made
