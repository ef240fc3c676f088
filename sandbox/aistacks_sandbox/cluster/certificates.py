"""The API server's own keys: an authority, what it signed, and tokens. None leaves the state folder."""

import datetime as dt
import ipaddress
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = 3650
_ADMIN = "aistacks"
_MANAGER = "system:kube-controller-manager"


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
    def accounts_public(self) -> Path:
        return self.folder / "accounts.pub"

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


def ensure(folder: Path) -> Pki:
    """The keys in ``folder``, made when missing. The token file is written last and proves the rest."""
    pki = Pki(folder)
    if pki.tokens.exists():
        return pki
    authority_key = _key()
    authority = _sign("aistacks sandbox", authority_key, None, authority_key)
    for certificate, key_file, name, usage in (
        (pki.server_certificate, pki.server_key, "kube-apiserver", ExtendedKeyUsageOID.SERVER_AUTH),
        (pki.client_certificate, pki.client_key, "etcd-client", ExtendedKeyUsageOID.CLIENT_AUTH),
    ):
        key = _key()
        _write(key_file, _private(key))
        _write(certificate, _pem(_sign(name, key, authority, authority_key, usage)))
    accounts = _key()
    _write(pki.accounts_key, _private(accounts))
    public = accounts.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write(pki.accounts_public, public)
    _write(pki.authority, _pem(authority))
    rows = (f"{_ADMIN},{_ADMIN},system:masters", f"{_MANAGER},{_MANAGER}")
    _write(pki.tokens, "".join(f"{secrets.token_hex(32)},{row}\n" for row in rows).encode())
    return pki


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _sign(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    usage: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(_usage(issuer is None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if usage:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
