"""``python -m aistacks_cli.providers.kubernetes``: the plugin ``pulumi-resource-kubernetes``."""

from importlib.metadata import version

from aistacks_cli import one_import
from aistacks_cli.providers.kubernetes.provider import KubernetesProvider
from aistacks_cli.providers.server import serve

# The provider loads the client's library in a thread of its own, and the first requests load parts of it, too.
one_import.at_a_time()
serve(KubernetesProvider("kubernetes", version("pulumi-kubernetes")))
