"""The two Kubernetes servers that the sandbox runs."""

from dataclasses import dataclass

from . import obtain
from .obtain import Program


@dataclass(frozen=True)
class ControlPlane:
    """The API server, and the controllers without which namespaces never finish terminating."""

    apiserver: Program
    controller_manager: Program


def find() -> ControlPlane | None:
    """Both servers if both are here already, else None."""
    apiserver, manager = obtain.find("kube-apiserver"), obtain.find("kube-controller-manager")
    return ControlPlane(apiserver, manager) if apiserver and manager else None


def ensure() -> ControlPlane:
    """Both servers, got when they aren't here. Raises UserError."""
    return ControlPlane(obtain.ensure("kube-apiserver"), obtain.ensure("kube-controller-manager"))
