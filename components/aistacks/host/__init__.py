"""The component provider: lets programs in any Pulumi language use the components."""

import asyncio
import importlib.metadata
import sys

import aistacks

from .provider import Provider
from .server import serve

NAME = "aistacks"
COMPONENTS = (
    "Backup",
    "CiAccess",
    "DataLake",
    "EksCluster",
    "GpuNodePool",
    "InferenceService",
    "ModelStore",
    "Monitoring",
    "Network",
    "Warehouse",
)


def provider() -> Provider:
    """The provider of all components, at the installed version."""
    return Provider([getattr(aistacks, name) for name in COMPONENTS], NAME, importlib.metadata.version(NAME))


def main() -> None:
    """Serve the engine whose address is the first argument. The engine starts it as ``pulumi-resource-aistacks``."""
    addresses = [word for word in sys.argv[1:] if not word.startswith("-")]
    if not addresses:
        sys.exit(
            "pulumi-resource-aistacks: got no engine address; expected one: Pulumi's engine starts this program by "
            "itself where it is on PATH."
        )
    asyncio.run(serve(provider(), addresses[-1]))
