"""EC2: what goes along with a deleted thing, and a launch template's own tags, which change."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance, Reservation
from moto.ec2.models.launch_templates import LaunchTemplate

from . import ec2_fleets


def apply() -> None:
    """Patch the launch template, the deletion of NAT gateways and VPCs, and the launch of instant fleets."""
    ec2_fleets.apply()
    # moto keeps a copy from the day of creation; the setter swallows it.
    LaunchTemplate.tags = property(_tags, _ignore)  # type: ignore[assignment]
    _also(EC2Backend, "delete_nat_gateway", _drop_interface)
    _also(EC2Backend, "delete_vpc", _drop_acls)
    Instance.prep_nics = _with_own_interfaces(Instance.prep_nics)  # type: ignore[method-assign]
    # What launched instances together is gone with the last of them.
    Reservation.state = property(_state_of_all)  # type: ignore[attr-defined]


def _also(owner: Any, name: str, more: Any) -> None:
    plain = getattr(owner, name)

    def both(self: EC2Backend, *args: Any, **kwargs: Any) -> Any:
        gone = plain(self, *args, **kwargs)
        more(self, gone)
        return gone

    setattr(owner, name, both)


def _with_own_interfaces(plain: Any) -> Any:
    """An interface that a launch makes goes when the instance ends, unless its request says otherwise."""

    def prep_nics(self: Any, nic_spec: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        before = set(self.ec2_backend.enis)
        plain(self, nic_spec, *args, **kwargs)
        kept = {str(spec.get("DeviceIndex", "")) for spec in nic_spec or [] if spec.get("DeleteOnTermination") is False}
        for index, interface in self.nics.items():
            if interface.id not in before and str(index) not in kept:
                interface.delete_on_termination = True

    return prep_nics


def _state_of_all(self: Any) -> str:
    return "terminated" if all(instance.state == "terminated" for instance in self.instances) else "running"


def _drop_interface(backend: EC2Backend, gateway: Any) -> None:
    interface = gateway._eni
    for address in backend.describe_addresses():
        if address.eni is interface:
            address.eni = address.association_id = None
    backend.enis.pop(interface.id, None)


def _drop_acls(backend: EC2Backend, vpc: Any) -> None:
    for key, acl in list(backend.network_acls.items()):
        if acl.vpc_id == vpc.id:
            del backend.network_acls[key]


def _tags(self: Any) -> Any:
    return self.get_tags()


def _ignore(self: Any, value: Any) -> None:
    del self, value
