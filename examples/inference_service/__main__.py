"""A model from a store, served by Triton on a cluster of your own."""

import os

import pulumi
import pulumi_kubernetes as kubernetes

from aistacks import InferenceService, ModelStore

# Any kubeconfig: its text, or the path of a file.
there = kubernetes.Provider("there", kubeconfig=os.environ.get("KUBECONFIG", "~/.kube/config"))

store = ModelStore(
    "models",
    {
        # So that `pulumi destroy` takes the trial away again. Leave this line out for models you care for.
        "deletion_protection": False,
        "tags": {"Project": "example"},
    },
)
digits = InferenceService(
    "digits",
    {
        "namespace": "digits",
        "create_namespace": True,
        # Whose pods may ask; nobody else can.
        "client_namespaces": ["apps"],
        "model": "digits",
        # What publishing the model printed.
        "model_digest": "eab1955b8fd034064bef3c8b0baa7b21d81821c4576d3ed2628f07d79383fb23",
        "model_store_bucket": store.bucket_name,
        "model_store_prefix": store.prefix,
        "max_replicas": 3,
        "tags": {"Project": "example"},
    },
    pulumi.ResourceOptions(provider=there),
)

pulumi.export("url", digits.url)
pulumi.export("grpc", digits.grpc_address)
