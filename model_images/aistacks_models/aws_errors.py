"""Errors of AWS and of the network, each as one line that says what to do."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping

from aistacks_core.errors import UserError

_AGAIN = "Run the same command again: it resumes."
_CODES: Mapping[str, tuple[str, str, str]] = {
    "NoSuchBucket": ("no such bucket", "a model store", "Its name is the stack's output `model_bucket`."),
    "AccessDenied": ("access denied", "permission for this call", "The model store's read and write policies give it."),
    "InvalidAccessKeyId": ("unknown credentials", "credentials of the store's account", ""),
    "SignatureDoesNotMatch": ("wrong credentials", "credentials of the store's account", ""),
    "ExpiredToken": ("expired credentials", "valid credentials", "Log in again."),
    "RequestTimeTooSkewed": ("a request of another time", "this machine's clock to be right", "Set the clock."),
    "Throttling": ("too many requests, again and again", "a service that keeps up", _AGAIN),
    "InternalError": ("a fault of the service, again and again", "a service that works", _AGAIN),
    "400": ("a refusal without a reason", "a request that is accepted", "Expired credentials, or a wrong clock?"),
    "PermanentRedirect": ("another region's bucket", "the bucket's own region", "Give --region."),
    "ConditionalRequestConflict": (
        "another request for the same object, again and again",
        "one at a time",
        "Does another command publish the same model? " + _AGAIN,
    ),
    "BadDigest": ("bytes that changed in transit", "the bytes that were sent", _AGAIN),
    "NoSuchKey": ("an object that was deleted", "a published model", "Was it garbage-collected? Publish it again."),
    "NotFoundException": ("no such key", "a key in AWS KMS", ""),
    "InvalidKeyUsageException": ("a key that isn't a signing key", "an ECC_NIST_P256 key with SIGN_VERIFY", ""),
}
_SAME = {
    "403": "AccessDenied",
    "AccessDeniedException": "AccessDenied",
    "404": "NoSuchKey",
    **dict.fromkeys(("ExpiredTokenException", "TokenRefreshRequired"), "ExpiredToken"),
    **dict.fromkeys(("InvalidClientTokenId", "UnrecognizedClientException"), "InvalidAccessKeyId"),
    **dict.fromkeys(("RequestExpired", "RequestInTheFuture"), "RequestTimeTooSkewed"),
    **dict.fromkeys(
        ("SlowDown", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "429"), "Throttling"
    ),
    **dict.fromkeys(
        ("ServiceUnavailable", "KMSInternalException", "InternalFailure", "RequestTimeout", "500", "502", "503", "504"),
        "InternalError",
    ),
}
_SKEWED = re.compile(r"[Ss]ignature (expired|not yet current)")
"""How services but S3 say that a clock is wrong, under the code of a wrong key."""


@contextlib.contextmanager
def as_user_error(where: str) -> Iterator[None]:
    """Turn what boto3 raises into a `UserError`. ``where`` begins its message."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        raise _client_error(where, error) from error
    except (BotoCoreError, Boto3Error, HTTPError) as error:
        raise _connection_error(where, error) from error


def code(error: Exception) -> str:
    """AWS's error code, such as ``PreconditionFailed``; empty for an error of another kind."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _client_error(where: str, error: Exception) -> UserError:
    got = code(error)
    message = getattr(error, "response", {}).get("Error", {}).get("Message", "")
    if _SKEWED.search(message):
        got = "RequestTimeTooSkewed"
    known = _CODES.get(_SAME.get(got, got))
    operation = getattr(error, "operation_name", "")
    if known:
        return UserError(where, f"{known[0]} ({operation})", known[1], known[2])
    return UserError(where, f"{got} ({operation}): {message}".rstrip(": "), "a store that accepts the request")


def _connection_error(where: str, error: Exception) -> UserError:
    from botocore import exceptions as of

    no_credentials = (of.NoCredentialsError, of.PartialCredentialsError, of.CredentialRetrievalError, of.SSOError)
    if isinstance(error, no_credentials):
        return UserError(where, "no credentials", "credentials of the store's account", "Set AWS_PROFILE, or log in.")
    if isinstance(error, of.ProfileNotFound):
        return UserError(where, str(error), "a profile of the AWS configuration")
    if isinstance(error, (of.EndpointConnectionError, of.ConnectTimeoutError, of.ProxyConnectionError)):
        return UserError(where, "no connection", "a reachable store", _AGAIN)
    if isinstance(error, (of.HTTPClientError, of.IncompleteReadError)) or not isinstance(error, of.BotoCoreError):
        return UserError(where, f"a connection that broke ({type(error).__name__})", "a stable connection", _AGAIN)
    return UserError(where, str(error), "a store that accepts the request")
