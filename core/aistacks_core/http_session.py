"""HTTP sessions: with public hosts, and with servers of this machine."""

from __future__ import annotations

import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter


class _SystemTrust(HTTPAdapter):
    """Trusts what the system trusts, a company's own authority or ``SSL_CERT_FILE``, beside certifi's list."""

    def init_poolmanager(self, *args: Any, **options: Any) -> Any:
        return super().init_poolmanager(*args, **options, ssl_context=ssl.create_default_context())

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, **options, ssl_context=ssl.create_default_context())


def public_session() -> requests.Session:
    """For files of public hosts: the environment's proxies, the system's authorities, no credentials, no repetition.

    Content arrives as it is stored, so that its digest is the published one.
    """
    session = requests.Session()
    session.headers.update({"User-Agent": "aistacks", "Accept-Encoding": "identity"})
    # Else a password in ~/.netrc would be sent.
    session.auth = lambda request: request
    session.mount("https://", _SystemTrust())
    return session


def local_session() -> requests.Session:
    """For servers of this machine: no proxy stands between, and nothing of the environment is sent."""
    session = requests.Session()
    session.trust_env = False
    return session


def answers(session: requests.Session, url: str, seconds: float = 2) -> bool:
    """Whether ``url`` answers with success within ``seconds``."""
    try:
        with session.get(url, timeout=seconds) as answer:
            return answer.ok
    except requests.RequestException:
        return False


def reason(error: requests.RequestException) -> str:
    """Why a request failed, without the libraries' names around it."""
    cause: Any = error.args[0] if error.args else error
    text = str(getattr(cause, "reason", cause))
    return text.rpartition("): ")[2] or type(error).__name__
