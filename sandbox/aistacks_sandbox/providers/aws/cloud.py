"""The emulated AWS, through boto3: clients, calls and their errors."""

from __future__ import annotations

import json
import os
import re
import threading
from typing import Any

from aistacks_core import aws_clients
from aistacks_core.property_values import Props

from ..failures import ProviderError

ENDPOINT = "AISTACKS_SANDBOX_AWS_ENDPOINT"
DEFAULT_REGION = "us-east-1"
_GONE = re.compile(
    r"NotFound|NoSuch|NonExistent|DoesNotExist|UnknownResource|InvalidKeyPair\.NotFound|^InvalidDocument$|^404$"
)

# Services without a code of their own for it say it in words.
_VAGUE = frozenset({"InvalidRequestException", "ValidationError", "ValidationException", "InvalidParameterValue"})
_GONE_TEXT = re.compile(r"not found|does not exist|doesn't exist", re.IGNORECASE)


class AwsError(ProviderError):
    """An AWS call that failed, in one line."""

    def __init__(self, call: str, code: str, message: str, status: int = 0) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(f"{call}: {code}: {message}")

    @property
    def gone(self) -> bool:
        """Whether it says that the thing isn't there."""
        said = self.code in _VAGUE and _GONE_TEXT.search(self.message)
        return bool(_GONE.search(self.code) or said) or self.status == 404


class Cloud:
    """One account of the emulator. Safe to use from several threads."""

    def __init__(self) -> None:
        self.region = DEFAULT_REGION
        self.default_tags: dict[str, str] = {}
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._account = ""

    def configure(self, config: Props) -> None:
        """Take the provider's configuration: ``region`` and ``defaultTags``."""
        environment = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        self.region = config.get("region") or environment or DEFAULT_REGION
        tags = config.get("defaultTags") or {}
        if isinstance(tags, str):
            tags = json.loads(tags)
        self.default_tags = {str(key): str(value) for key, value in (tags.get("tags") or {}).items()}

    def client(self, service: str, region: str = "") -> Any:
        """The boto3 client for ``service`` (a boto3 name) in ``region``. Default: the provider's."""
        import boto3  # takes half a second: not before the engine has our port

        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                endpoint = os.environ.get(ENDPOINT)
                if not endpoint:
                    raise ProviderError(f"{ENDPOINT} isn't set; run the program by `aistacks sandbox run`")
                settings = aws_clients.config(s3={"addressing_style": "path"}, max_pool_connections=32)
                make: Any = boto3.client  # its stubs want a literal name
                self._clients[key] = make(
                    service,
                    region_name=key[1],
                    endpoint_url=endpoint,
                    aws_access_key_id="sandbox",
                    aws_secret_access_key="sandbox",  # noqa: S106  # the emulator takes any
                    config=settings,
                )
            return self._clients[key]

    def call(self, service: str, operation: str, params: Props, region: str = "") -> Props:
        """What ``operation`` (a boto3 method) answers. Raises ``AwsError``."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: Props = getattr(self.client(service, region), operation)(**params)
        except ClientError as error:
            details = error.response.get("Error", {})
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            raise AwsError(
                f"{service} {operation}", details.get("Code", "Unknown"), details.get("Message", ""), status
            ) from error
        except BotoCoreError as error:
            raise AwsError(f"{service} {operation}", type(error).__name__, str(error)) from error
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def shapes(self, service: str, operation: str) -> tuple[Any, Any]:
        """botocore's input and output shapes of an operation."""
        client = self.client(service)
        name = client.meta.method_to_api_mapping[operation]
        model = client.meta.service_model.operation_model(name)
        return model.input_shape, model.output_shape

    @property
    def account(self) -> str:
        """The account's id."""
        if not self._account:
            self._account = str(self.call("sts", "get_caller_identity", {})["Account"])
        return self._account
