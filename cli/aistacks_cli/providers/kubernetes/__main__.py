"""``python -m aistacks_cli.providers.kubernetes``: the plugin ``pulumi-resource-kubernetes``."""

from importlib.metadata import version

from aistacks_cli.providers.kubernetes.provider import KubernetesProvider
from aistacks_cli.providers.server import serve

serve(KubernetesProvider("kubernetes", version("pulumi-kubernetes")))
