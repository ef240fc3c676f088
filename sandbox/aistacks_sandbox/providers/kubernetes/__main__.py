"""``python -m aistacks_sandbox.providers.kubernetes``: the plugin ``pulumi-resource-kubernetes``."""

from importlib.metadata import version

from aistacks_core import import_lock

from ..server import serve
from .provider import KubernetesProvider

# The provider loads the client's library in a thread of its own, and the first requests load parts of it, too.
import_lock.at_a_time()
serve(KubernetesProvider("kubernetes", version("pulumi-kubernetes")))
