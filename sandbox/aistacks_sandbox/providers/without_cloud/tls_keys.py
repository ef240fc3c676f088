"""Private keys: drawn, read, and shown in every form that the ``tls`` package gives."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from aistacks_core.property_values import Props

from ..failures import ProviderError

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
Key = Any  # one of cryptography's private keys; it has no common base for signing ones


def drawn(algorithm: str, bits: int, curve: str) -> Key:
    """A new private key."""
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(_CURVES[curve]())
    return ed25519.Ed25519PrivateKey.generate()


def read(text: str) -> Key:
    """The key in a PEM or OpenSSH text. Raises ``ProviderError``."""
    try:
        if "OPENSSH" in text.partition("\n")[0]:
            return serialization.load_ssh_private_key(text.encode(), None)
        return serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError) as error:
        raise ProviderError(f"tls: got a text that is no private key ({error}); expected one in PEM") from error


def algorithm_of(text: str) -> str:
    """``RSA``, ``ECDSA`` or ``ED25519``."""
    key = read(text)
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def shown(key: Key) -> Props:
    """Every form of the key and its public one. OpenSSH has none for P-224: these are empty, as the vendor's are."""
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    pkcs8 = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain).decode()
    older = serialization.PrivateFormat.TraditionalOpenSSL
    traditional = pkcs8 if isinstance(key, ed25519.Ed25519PrivateKey) else key.private_bytes(pem, older, plain).decode()
    public = key.public_key()
    outputs: Props = {
        "privateKeyPem": traditional,
        "privateKeyPemPkcs8": pkcs8,
        "publicKeyPem": public.public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
        "privateKeyOpenssh": "",
        "publicKeyOpenssh": "",
        "publicKeyFingerprintMd5": "",
        "publicKeyFingerprintSha256": "",
    }
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1):
        return outputs
    openssh = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return outputs | {
        "privateKeyOpenssh": key.private_bytes(pem, serialization.PrivateFormat.OpenSSH, plain).decode(),
        "publicKeyOpenssh": openssh.decode() + "\n",
        **_fingerprints(openssh),
    }


def _fingerprints(openssh: bytes) -> Props:
    import base64

    blob = base64.b64decode(openssh.split()[1])
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return {
        "publicKeyFingerprintMd5": ":".join(md5[i : i + 2] for i in range(0, len(md5), 2)),
        "publicKeyFingerprintSha256": f"SHA256:{sha256}",
    }
