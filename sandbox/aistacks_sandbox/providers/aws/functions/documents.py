"""Functions that need no resource: who and where one is, and policy documents."""

from __future__ import annotations

from aistacks_catalog.aws import functions
from aistacks_catalog.aws.iam.policy_document import PolicyDocumentError, policy_document
from aistacks_core.property_values import Props
from aistacks_sandbox.providers.failures import ProviderError

from ..cloud import Cloud


def caller_identity(args: Props, cloud: Cloud) -> Props:  # noqa: ARG001
    """The emulator's account."""
    answer = cloud.call("sts", "get_caller_identity", {})
    return {
        "accountId": answer["Account"],
        "arn": answer["Arn"],
        "userId": answer["UserId"],
        "id": answer["Account"],
    }


def _policy_document(args: Props, cloud: Cloud) -> Props:  # noqa: ARG001
    try:
        return policy_document(args)
    except PolicyDocumentError as error:
        raise ProviderError(str(error)) from error


FUNCTIONS = {
    "index/getCallerIdentity": caller_identity,
    "index/getPartition": lambda _args, _cloud: functions.partition(),
    "index/getRegion": lambda args, cloud: functions.region(args, cloud.region),
    "index/getServicePrincipal": lambda args, cloud: functions.service_principal(args, cloud.region),
    "iam/getPolicyDocument": _policy_document,
}
