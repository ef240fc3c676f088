"""The AWS account, real or emulated, in which recovery looks."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from aistacks_core import aws_clients
from aistacks_core.errors import UserError

_CONFIG = aws_clients.config(user_agent_extra="aistacks-recovery")

_WHO = ("profile", "accessKey", "secretKey", "token", "assumeRoles", "assumeRole")
"""What of pulumi-aws's settings means another account."""


class Account:
    """Clients of one account, by the credentials of the environment (``AWS_PROFILE``, ``AWS_ENDPOINT_URL``, …).

    Calls that were throttled, timed out or met a 5xx are repeated by botocore, with its backoff. ``kubeconfig``: a file
    that stands for every cluster, whatever a provider says. Default: what the provider says.
    """

    def __init__(
        self,
        region: str,
        endpoint: str | None = None,
        kubeconfig: str | None = None,
        session: boto3.Session | None = None,
    ) -> None:
        self.region = region
        self.endpoint = endpoint
        self.kubeconfig = kubeconfig
        self._session = session or _own_session(region)
        self._others: dict[str, Account] = {}
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str = "") -> Any:
        """The boto3 client of ``service``, made once. Default region: the account's. May be called from threads.

        Raises ``UserError`` for credentials that are half there, and where region or endpoint can't be used.
        """
        key = (service, region or self.region)
        # A boto3 session makes one client at a time.
        with self._lock:
            if key not in self._clients:
                make: Any = self._session.client  # typed for every service's name, and this one is data
                try:
                    self._clients[key] = make(service, region_name=key[1], endpoint_url=self.endpoint, config=_CONFIG)
                except (BotoCoreError, ValueError) as error:
                    raise _unusable(error) from error
            return self._clients[key]

    def of(self, settings: Mapping[str, Any]) -> Account:
        """The account that a provider's settings (``profile``, keys, ``assumeRoles``) mean; this one without any."""
        told = {key: settings[key] for key in _WHO if settings.get(key)}
        if not told:
            return self
        name = json.dumps(told, sort_keys=True)
        if name not in self._others:
            self._others[name] = Account(self.region, self.endpoint, self.kubeconfig, _session(told, self.region))
        return self._others[name]

    @functools.cached_property
    def number(self) -> str:
        """The account's twelve digits. Raises ``UserError`` where nobody says them."""
        try:
            found: str = self.client("sts").get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            raise UserError(
                "AWS", str(error), "credentials that hold, and an answer of sts:GetCallerIdentity"
            ) from error
        return found

    @property
    def partition(self) -> str:
        """``aws``, ``aws-cn`` or ``aws-us-gov``. Raises ``UserError`` for a region that isn't one."""
        try:
            return self._session.get_partition_for_region(self.region)
        except BotoCoreError as error:
            raise _unusable(error) from error


def _own_session(region: str) -> boto3.Session:
    """A session with the environment's credentials. Raises ``UserError`` for a profile that isn't there."""
    try:
        return boto3.Session(region_name=region)
    except BotoCoreError as error:
        raise _unusable(error) from error


def _unusable(error: Exception) -> UserError:
    return UserError("AWS", str(error), "a profile, credentials, a region and an endpoint that can be used")


def _session(told: Mapping[str, Any], region: str) -> boto3.Session:
    """A session with a provider's credentials. Raises ``UserError`` where they don't hold."""
    try:
        session = boto3.Session(
            told.get("accessKey"), told.get("secretKey"), told.get("token"), region, profile_name=told.get("profile")
        )
        for role in told.get("assumeRoles") or [told.get("assumeRole") or {}]:
            if role.get("roleArn"):
                session = _assumed(session, role, region)
    except (BotoCoreError, ClientError) as error:
        raise UserError("the provider's settings", str(error), "credentials that hold") from error
    return session


def _assumed(session: boto3.Session, role: Mapping[str, Any], region: str) -> boto3.Session:
    params = {"RoleArn": role["roleArn"], "RoleSessionName": role.get("sessionName") or "aistacks-recovery"}
    if role.get("externalId"):
        params["ExternalId"] = role["externalId"]
    sts: Any = session.client("sts", config=_CONFIG)
    keys = sts.assume_role(**params)["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region)
