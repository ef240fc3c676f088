"""Signatures of packages: over the digest of `SHA256SUMS`, by a key in a file or in AWS KMS.

Trusted keys are a file of public keys in PEM, as openssl and KMS write them; text between them is a comment.
Needs `cryptography`, which the models environment doesn't have.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aistacks_core.errors import UserError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    PublicKey = Ed25519PublicKey | EllipticCurvePublicKey

KMS = "kms:"
"""Before the id, ARN or alias of a key in AWS KMS (ECC_NIST_P256, for signing)."""
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)
_PRIVATE = 0o600
_READABLE = 0o644


class Signature(BaseModel):
    """`SHA256SUMS.sig`. ``key``: 16 hex digits, see `key_id`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: Literal["Ed25519", "ECDSA_SHA_256"]
    key: str = Field(pattern=r"^[0-9a-f]{16}$")
    signature: str
    """Base64; of ECDSA in DER."""

    def to_bytes(self) -> bytes:
        """The content of the file."""
        return (self.model_dump_json() + "\n").encode()

    @classmethod
    def parse(cls, text: bytes, where: str) -> Signature:
        """Parse ``text``; ``where`` begins the error message."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            got = ".".join(map(str, first["loc"])) or "other text"
            raise UserError(where, f"{got}: {first['msg']}", "a signature by aistacks") from None


class Signer(Protocol):
    """Makes signatures."""

    def sign(self, digest: str) -> Signature:
        """Sign the package with ``digest``."""
        ...

    @property
    def public_pem(self) -> str:
        """The public key in PEM, for a file of trusted keys."""
        ...


@dataclass(frozen=True)
class FileSigner:
    """An Ed25519 key in a file."""

    private: Ed25519PrivateKey

    @property
    def public_pem(self) -> str:
        """The public key in PEM, for a file of trusted keys."""
        return _pem(self.private.public_key())

    def sign(self, digest: str) -> Signature:
        """Sign the package with ``digest``."""
        made = self.private.sign(_message(digest))
        return Signature(
            algorithm="Ed25519", key=key_id(self.private.public_key()), signature=base64.b64encode(made).decode()
        )


@dataclass(frozen=True)
class KmsSigner:
    """A key that never leaves AWS KMS. ``client``: boto3's, for kms."""

    client: Any
    key: str

    @property
    def public_pem(self) -> str:
        """The public key in PEM, for a file of trusted keys."""
        return _pem(self._public())

    def sign(self, digest: str) -> Signature:
        """Sign the package with ``digest``. Raises `UserError` where KMS refuses."""
        public = self._public()
        with _kms_errors(self.key):
            made = self.client.sign(
                KeyId=self.key,
                Message=_message(digest),
                MessageType="RAW",
                SigningAlgorithm="ECDSA_SHA_256",
            )["Signature"]
        return Signature(algorithm="ECDSA_SHA_256", key=key_id(public), signature=base64.b64encode(made).decode())

    def _public(self) -> PublicKey:
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        with _kms_errors(self.key):
            der = self.client.get_public_key(KeyId=self.key)["PublicKey"]
        return _supported(load_der_public_key(der), f"{KMS}{self.key}")


@dataclass(frozen=True)
class Trust:
    """Public keys by their id. ``where``: the file that they came from, for messages."""

    keys: dict[str, PublicKey]
    where: str

    @classmethod
    def read(cls, file: Path) -> Trust:
        """Every PEM public key in ``file``; Ed25519 or P-256. Raises `UserError` where there is none."""
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            text = file.read_text()
        except (OSError, ValueError) as error:
            raise UserError(str(file), getattr(error, "strerror", None) or "not text", "public keys in PEM") from None
        keys: dict[str, PublicKey] = {}
        for block in _PEM.findall(text):
            try:
                key = _supported(load_pem_public_key(block.encode()), str(file))
            except ValueError as error:
                raise UserError(str(file), f"an invalid key ({error})", "public keys in PEM") from None
            keys[key_id(key)] = key
        if not keys:
            raise UserError(str(file), "no public key", "at least one in PEM", "Make one: aistacks models key new.")
        return cls(keys, str(file))

    def check(self, signature: Signature, digest: str, where: str) -> None:
        """Raise `UserError` unless one of the keys signed ``digest``. ``where`` begins the error message."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key = self.keys.get(signature.key)
        if key is None:
            known = ", ".join(self.keys)
            raise UserError(where, f"a signature by the key {signature.key}", f"one of {known}, of {self.where}")
        try:
            made = base64.b64decode(signature.signature, validate=True)
            if isinstance(key, Ed25519PublicKey):
                key.verify(made, _message(digest))
            else:
                key.verify(made, _message(digest), ECDSA(hashes.SHA256()))
        except (InvalidSignature, binascii.Error):
            got = f"a signature that isn't by the key {signature.key} over {digest[:12]}…"
            raise UserError(where, got, "its signature", "It was altered or made for another package.") from None


def new_key(file: Path) -> FileSigner:
    """A fresh Ed25519 key: the private half in ``file``, readable by its owner only, the public one in ``<file>.pub``.

    Raises `UserError` where one of them exists.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    public = file.with_name(f"{file.name}.pub")
    for there in (file, public):
        if there.exists():
            raise UserError(str(there), "a file", "none: keys are never overwritten", "Name another one.")
    private = Ed25519PrivateKey.generate()
    made = FileSigner(private)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for path, text, mode in ((file, pem, _PRIVATE), (public, made.public_pem.encode(), _READABLE)):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
                stream.write(text)
    except OSError as error:
        raise UserError(str(file), (error.strerror or "an error").lower(), "a file that can be written") from None
    return made


def open_signer(key: str, kms: Callable[[str], Any] | None = None) -> Signer:
    """The signer that ``key`` names: a private key's file, or ``kms:<id, ARN or alias>``.

    ``kms``: key → boto3's client for kms, called when it is needed. Raises `UserError` where the file is no such key.
    """
    if key.startswith(KMS):
        name = key.removeprefix(KMS)
        if kms is None:
            raise UserError(key, "a key in KMS", "a key in a file")
        return KmsSigner(kms(name), name)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(Path(key).read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        got = getattr(error, "strerror", None) or "no private key that reads without a password"
        raise UserError(
            key, got.lower(), "an Ed25519 private key in PEM", "Make one: aistacks models key new."
        ) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise UserError(key, type(private).__name__, "an Ed25519 private key")
    return FileSigner(private)


def key_id(key: PublicKey) -> str:
    """The id by which signatures refer to ``key``: 16 hex digits of the SHA-256 of its DER (SubjectPublicKeyInfo)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def _message(digest: str) -> bytes:
    # Domain separation: a signature made for another purpose is never valid here.
    return f"aistacks model sha256:{digest}\n".encode()


def _pem(key: PublicKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _supported(key: Any, where: str) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    raise UserError(where, type(key).__name__, "an Ed25519 or P-256 (ECC_NIST_P256) key")


def _kms_errors(key: str) -> contextlib.AbstractContextManager[None]:
    from .aws_errors import as_user_error

    return as_user_error(f"{KMS}{key}")
