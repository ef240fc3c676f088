"""The AWS account, real or emulated, in which recovery looks."""

from __future__ import annotations

import functools
import threading
from typing import Any

import boto3
from botocore.config import Config

_ATTEMPTS = 8
"""Of one call, the first included. botocore's standard mode waits 20 s at most between two of them."""
_CONFIG = Config(retries={"mode": "standard", "max_attempts": _ATTEMPTS}, user_agent_extra="aistacks-recovery")


class Account:
    """Clients of one account, by the credentials of the environment (``AWS_PROFILE``, ``AWS_ENDPOINT_URL``, …).

    Calls that were throttled, timed out or met a 5xx are repeated by botocore, with its backoff.
    """

    def __init__(self, region: str, endpoint: str | None = None) -> None:
        self.region = region
        self.endpoint = endpoint
        self._session = boto3.Session(region_name=region)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str = "") -> Any:
        """The boto3 client of ``service``, made once. Default region: the account's. May be called from threads."""
        key = (service, region or self.region)
        # A boto3 session makes one client at a time.
        with self._lock:
            if key not in self._clients:
                make: Any = self._session.client  # typed for every service's name, and this one is data
                self._clients[key] = make(service, region_name=key[1], endpoint_url=self.endpoint, config=_CONFIG)
            return self._clients[key]

    @functools.cached_property
    def number(self) -> str:
        """The account's twelve digits."""
        found: str = self.client("sts").get_caller_identity()["Account"]
        return found

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn`` or ``aws-us-gov``."""
        return self._session.get_partition_for_region(self.region)
