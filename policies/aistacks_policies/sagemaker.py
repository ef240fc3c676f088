"""SageMaker: notebooks, models and endpoints."""

from __future__ import annotations

from .resource import Resource
from .rule import Severity, rule
from .stack import Types
from .values import Answers

_NOTEBOOKS: Types = ("aws:sagemaker/notebookInstance:NotebookInstance",)
_MODELS: Types = ("aws:sagemaker/model:Model",)
_CONFIGS: Types = ("aws:sagemaker/endpointConfiguration:EndpointConfiguration",)


@rule(
    "sagemaker-notebook-no-internet",
    _NOTEBOOKS,
    Severity.HIGH,
    "SageMaker.1",
    "CKV_AWS_122",
    title="Notebooks have no way of their own to the internet",
    fix="Set directInternetAccess to Disabled, with a subnetId.",
)
def no_internet(notebook: Resource) -> Answers:
    """Traffic leaves through the VPC only, where it can be seen and stopped. Unset, it is open."""
    return [notebook["directInternetAccess"].or_else("Enabled").must_be("Disabled")]


@rule(
    "sagemaker-notebook-in-vpc",
    _NOTEBOOKS,
    Severity.HIGH,
    "SageMaker.2",
    "CKV_AWS_306",
    title="Notebooks are in a VPC",
    fix="Set subnetId and securityGroups.",
)
def in_vpc(notebook: Resource) -> Answers:
    """The notebook has a subnet of the account's own."""
    return [notebook["subnetId"].must_be_set()]


@rule(
    "sagemaker-notebook-no-root",
    _NOTEBOOKS,
    Severity.HIGH,
    "SageMaker.3",
    "CKV_AWS_307",
    title="Nobody is root on a notebook",
    fix="Set rootAccess to Disabled.",
)
def no_root(notebook: Resource) -> Answers:
    """Users of the notebook have no root access. Unset, they do."""
    return [notebook["rootAccess"].or_else("Enabled").must_be("Disabled")]


@rule(
    "sagemaker-notebook-imdsv2",
    _NOTEBOOKS,
    Severity.MEDIUM,
    "CKV_AWS_371",
    title="Notebooks answer metadata requests with a session token only",
    fix="Set instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion to 2.",
)
def notebook_imdsv2(notebook: Resource) -> Answers:
    """Version 1 of the metadata service is off."""
    config = notebook["instanceMetadataServiceConfiguration"]
    return [config["minimumInstanceMetadataServiceVersion"].must_be("2", 2)]


@rule(
    "sagemaker-endpoint-spread",
    _CONFIGS,
    Severity.MEDIUM,
    "SageMaker.4",
    title="Endpoints have two instances or more",
    fix="Set initialInstanceCount to 2, or use a serverless variant.",
)
def endpoint_spread(config: Resource) -> Answers:
    """Each variant starts with two instances, so that one zone's failure doesn't end the service. Serverless variants
    have no instances to count."""
    for variant in config["productionVariants"].each():
        if not variant["serverlessConfig"].absent and not variant.unknown:
            continue
        yield variant["initialInstanceCount"].or_else(1).must_be_at_least(2)


@rule(
    "sagemaker-model-isolated",
    _MODELS,
    Severity.MEDIUM,
    "SageMaker.5",
    "CKV_AWS_370",
    title="Models run without a network",
    fix="Set enableNetworkIsolation to true.",
)
def model_isolated(model: Resource) -> Answers:
    """A model's container makes no calls of its own: what it is fed stays with it."""
    return [model["enableNetworkIsolation"].or_else(False).must_be(True)]
