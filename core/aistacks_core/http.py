"""Talks to GitHub's or GitLab's REST API: a token, time limits, patient repetition, and no following of redirects."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from .errors import UserError
from .loopback import is_loopback

_TIMES = (10, 30)
"""Seconds to connect, and to wait for an answer."""
_LONGEST_WAIT = 120
_PAGES = 200


class _Patient(Retry):
    # GitHub says 403 with Retry-After for its secondary limits.
    RETRY_AFTER_STATUS_CODES = frozenset({403, 413, 429, 503})


class Api:
    """One provider's API. Errors come as ``UserError``, without what the server wrote in its body."""

    def __init__(self, base: str, headers: Mapping[str, str], backoff: float = 1.0) -> None:
        """``base``: address of the API; ``headers``: with the token; ``backoff``: seconds before the second repetition
        (doubled each time)."""
        self.base = checked_base(base)
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "aistacks", **headers})
        # A token in ~/.netrc would take the given one's place.
        self._session.trust_env = False
        self._session.proxies.update(requests.utils.get_environ_proxies(self.base))
        retry = _Patient(
            total=5,
            backoff_factor=backoff,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=None,
            raise_on_status=False,
            retry_after_max=_LONGEST_WAIT,
            redirect=False,
        )
        self._session.mount("https://", HTTPAdapter(max_retries=retry))
        self._session.mount("http://", HTTPAdapter(max_retries=retry))

    def request(self, method: str, path: str, **how: Any) -> requests.Response:
        """One request to ``path`` below the base; ``params`` and ``json`` as ``requests`` has them."""
        return self._send(method, f"{self.base}{path}", **how)

    def json(self, method: str, path: str, **how: Any) -> Any:
        """The answer's JSON."""
        return _json(self.request(method, path, **how))

    def pages(self, path: str, params: Mapping[str, str | int]) -> Iterator[Any]:
        """Every item of a list, page after page by its Link header, on the same host only."""
        url: str | None = f"{self.base}{path}"
        query: Mapping[str, str | int] | None = params
        for _ in range(_PAGES):
            if url is None:
                return
            answer = self._send("GET", url, params=query)
            items = _json(answer)
            if not isinstance(items, list):
                raise UserError(path, "no list", "a list")
            yield from items
            url, query = answer.links.get("next", {}).get("url"), None
            if url is not None and urlsplit(url)[:2] != urlsplit(self.base)[:2]:
                raise UserError(path, "a next page on another host", "pages of one host")
        raise UserError(path, f"more than {_PAGES} pages", "fewer comments")

    def download(self, path: str, most: int) -> bytes | None:
        """A file; ``None`` where it has more than ``most`` bytes.

        A redirect to where it is kept is followed without the token.
        """
        answer = self._send("GET", f"{self.base}{path}", stream=True, redirect=True)
        if answer.is_redirect:
            there = answer.headers["location"]
            secure = urlsplit(there).scheme == "https" or urlsplit(self.base).scheme == "http"
            if not secure:
                raise UserError(path, "a redirect to an insecure address", "https")
            bare = requests.Session()
            bare.trust_env = False
            bare.proxies.update(requests.utils.get_environ_proxies(there))
            answer = _tried(bare, "GET", there, stream=True, timeout=_TIMES)
            _judged(answer, path)
        return _limited(answer, path, most)

    def _send(self, method: str, url: str, *, redirect: bool = False, **how: Any) -> requests.Response:
        answer = _tried(self._session, method, url, allow_redirects=False, timeout=_TIMES, **how)
        if not (redirect and answer.is_redirect):
            _judged(answer, f"{method} {urlsplit(url).path}")
        return answer


def checked_base(base: str) -> str:
    """``base`` without a slash at its end; ``UserError`` where a token would travel in the open."""
    parts = urlsplit(base)
    if parts.scheme == "https" and parts.hostname:
        return base.rstrip("/")
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return base.rstrip("/")
    raise UserError("--api", repr(base), "an address that begins with https://", "Plain http only on this machine.")


def token_of(variable: str) -> str:
    """A token from the environment, and from nowhere else."""
    found = os.environ.get(variable, "").strip()
    if not found:
        raise UserError(variable, "nothing", "a token that may write comments", "Set the environment variable.")
    if not found.isascii() or not found.isprintable() or " " in found:
        raise UserError(variable, "blanks or control characters", "a token")
    return found


def _tried(session: requests.Session, method: str, url: str, **how: Any) -> requests.Response:
    try:
        return session.request(method, url, **how)
    except requests.RequestException as error:
        host = urlsplit(url).netloc
        raise UserError(
            host, f"no answer ({type(error).__name__})", "the provider's API", "Is the address right?"
        ) from None


def _judged(answer: requests.Response, where: str) -> None:
    if answer.status_code < 300:
        return
    reasons = {
        401: ("the token isn't accepted", "a valid token", ""),
        403: ("not allowed", "a token that may do this", "GitHub Actions: `permissions: pull-requests: write`."),
        404: ("not found", "a repository and pull request that the token can see", ""),
        410: ("gone", "a pull request whose comments are open", ""),
        422: ("refused as invalid", "what the provider accepts", ""),
    }
    told = (f"answer {answer.status_code}", "an answer of the 200s", "Its limits or a fault; try again later.")
    if answer.is_redirect:
        told = ("a redirect", "no redirect", "Was the repository renamed? Give its new name.")
    raise UserError(where, *reasons.get(answer.status_code, told))


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        raise UserError(urlsplit(answer.url).path, "no JSON", "the provider's API", "Is the address right?") from None


def _limited(answer: requests.Response, where: str, most: int) -> bytes | None:
    found = bytearray()
    try:
        for part in answer.iter_content(1 << 16):
            found += part
            if len(found) > most:
                answer.close()
                return None
    except requests.RequestException as error:
        raise UserError(where, f"a broken transfer ({type(error).__name__})", "the whole file") from None
    return bytes(found)
