"""What an environment reaches from its network, and what it then can't have."""

from typing import TYPE_CHECKING

from aistacks import NatMode
from aistacks.network.endpoints import needed
from aistacks.settings import Section
from aistacks_core.errors import UserError

if TYPE_CHECKING:
    from aistacks_settings import Environment


def isolated(network: Section) -> bool:
    """Whether nothing in the network reaches the internet."""
    return network["nat"] is NatMode.NONE


def require_reachable(found: "Environment", where: str) -> None:
    """Raise ``UserError`` where something would wait in vain for what its network doesn't lead to."""
    endpoints = found.network.stated.get("interface_endpoints", None if isolated(found.network) else [])
    if found.warehouse is not None and endpoints is not None and "glue" not in endpoints:
        todo = "The warehouse's subnets never have NAT, and it reads the lake's catalogue there."
        raise UserError(f"{where}.network.interface_endpoints", repr(endpoints), "glue among them", todo)
    if isolated(found.network):
        if missing := [service for service in needed("cluster") if endpoints is not None and service not in endpoints]:
            expected = f"{', '.join(missing)}, too: without NAT the cluster reaches them no other way"
            raise UserError(f"{where}.network.interface_endpoints", repr(endpoints), expected)
        _require_images(found, where)
        _require_alerts(found, where, endpoints)


def _require_images(found: "Environment", where: str) -> None:
    pulling = {"cluster": found.cluster, **({"monitoring": found.monitoring} if found.monitoring else {})}
    pulling |= {f"services.{name}": service for name, service in found.services.items()}
    for key, section in pulling.items():
        if not section["image_registry"]:
            expected = "a registry that is reached without NAT, such as one of ECR"
            todo = "With network.nat none no public registry is."
            raise UserError(f"{where}.{key}.image_registry", "nothing", expected, todo)


def _require_alerts(found: "Environment", where: str, endpoints: list[str] | None) -> None:
    if found.monitoring is None:
        return
    if secret := found.monitoring["alert_slack_secret"]:
        expected = "nothing: Slack is on the internet, and network.nat is none"
        raise UserError(
            f"{where}.monitoring.alert_slack_secret", repr(secret), expected, "Send alerts to an SNS topic."
        )
    if "alert_topic_arn" in found.monitoring.stated and endpoints is not None and "sns" not in endpoints:
        todo = "Alertmanager publishes to monitoring.alert_topic_arn."
        raise UserError(f"{where}.network.interface_endpoints", repr(endpoints), "sns among them", todo)
