"""SageMaker: notebooks, models and endpoints."""

from __future__ import annotations

from .resource import Resource
from .rule import Severity, rule
from .stack import Types
from .values import Answers

_CONFIGS: Types = ("aws:sagemaker/endpointConfiguration:EndpointConfiguration",)


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
