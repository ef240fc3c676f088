"""The API server's own keys: an authority, what it signed, and tokens. None leaves the state folder."""

import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

from aistacks_core.files import write_atomically
from aistacks_core.loopback import LOOPBACK

_ADMIN = "aistacks"
_MANAGER = "system:kube-controller-manager"
_SCHEDULER = "system:kube-scheduler"


@dataclass(frozen=True)
class Pki:
    """Files of one cluster. Certificates are PEM; ``tokens`` is the API server's static token file."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def server_certificate(self) -> Path:
        return self.folder / "server.crt"

    @property
    def server_key(self) -> Path:
        return self.folder / "server.key"

    @property
    def client_certificate(self) -> Path:
        """With it the API server shows etcd who it is."""
        return self.folder / "client.crt"

    @property
    def client_key(self) -> Path:
        return self.folder / "client.key"

    @property
    def accounts_key(self) -> Path:
        """Signs service account tokens."""
        return self.folder / "accounts.key"

    @property
    def accounts_certificate(self) -> Path:
        """Holds the public half of `accounts_key`."""
        return self.folder / "accounts.crt"

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens.csv"

    def token(self, user: str) -> str:
        """The bearer token of ``user``. Raises KeyError for one who has none."""
        rows = (line.split(",") for line in self.tokens.read_text().splitlines())
        return {row[1]: row[0] for row in rows}[user]

    @property
    def admin_token(self) -> str:
        return self.token(_ADMIN)

    @property
    def manager_token(self) -> str:
        return self.token(_MANAGER)

    @property
    def scheduler_token(self) -> str:
        return self.token(_SCHEDULER)


def ensure(folder: Path) -> Pki:
    """The keys in ``folder``, made anew where one is missing or damaged. The token file is written last."""
    pki = Pki(folder)
    if whole(folder):
        return pki
    authority = trustme.CA(organization_name="aistacks sandbox")
    for certificate, key, name in (
        (pki.server_certificate, pki.server_key, "kube-apiserver"),
        (pki.client_certificate, pki.client_key, "etcd-client"),
        (pki.accounts_certificate, pki.accounts_key, "service-accounts"),
    ):
        made = authority.issue_cert("localhost", LOOPBACK, common_name=name)
        _write(key, made.private_key_pem.bytes())
        _write(certificate, made.cert_chain_pems[0].bytes())
    _write(pki.authority, authority.cert_pem.bytes())
    rows = (f"{_ADMIN},{_ADMIN},system:masters", f"{_MANAGER},{_MANAGER}", f"{_SCHEDULER},{_SCHEDULER}")
    _write(pki.tokens, "".join(f"{secrets.token_hex(32)},{row}\n" for row in rows).encode())
    return pki


def whole(folder: Path) -> bool:
    """Whether every file is there and is what it should be."""
    pki = Pki(folder)
    pairs = (
        (pki.server_certificate, pki.server_key),
        (pki.client_certificate, pki.client_key),
        (pki.accounts_certificate, pki.accounts_key),
    )
    try:
        ssl.create_default_context(cafile=str(pki.authority))
        for certificate, key in pairs:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        return bool(pki.admin_token and pki.manager_token)
    except (OSError, ValueError, KeyError, IndexError):
        return False


def _write(path: Path, content: bytes) -> None:
    write_atomically(path, content, mode=0o600)
