"""Certificates: requested, signed, and read."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from aistacks_core.property_values import Props

from ..failures import ProviderError
from . import tls_keys

_NAMES = {
    "country": NameOID.COUNTRY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "postalCode": NameOID.POSTAL_CODE,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}
# The names of the vendor's `allowed_uses`: the first are bits of a key's usage, the others purposes of its own.
_USAGES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
_PURPOSES = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "ipsec_end_system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
}


def request(inputs: Props) -> str:
    """A request in PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(inputs.get("subject") or {}))
    if names := _alternatives(inputs):
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    key = _key(inputs, "privateKeyPem")
    return _pem(builder.sign(key, _digest(key)))


def self_signed(inputs: Props) -> tuple[str, Props]:
    """The serial number and the outputs of a certificate that its own key signs."""
    key = _key(inputs, "privateKeyPem")
    name = _name(inputs.get("subject") or {})
    return _signed(inputs, name, _alternatives(inputs), key.public_key(), name, key)


def locally_signed(inputs: Props) -> tuple[str, Props]:
    """The same of one that ``caPrivateKeyPem`` signs for the request ``certRequestPem``."""
    try:
        asked = x509.load_pem_x509_csr(str(inputs["certRequestPem"]).encode())
        authority = x509.load_pem_x509_certificate(str(inputs["caCertPem"]).encode())
    except ValueError as error:
        raise ProviderError(f"tls: got a text that is no request or certificate ({error}); expected PEM") from error
    try:
        names = list(asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        names = []
    key = _key(inputs, "caPrivateKeyPem")
    return _signed(inputs, asked.subject, names, asked.public_key(), authority.subject, key)


def _signed(
    inputs: Props, subject: x509.Name, names: list[x509.GeneralName], public: Any, issuer: x509.Name, key: Any
) -> tuple[str, Props]:
    begin = datetime.now(UTC).replace(microsecond=0)
    end = begin + timedelta(hours=int(inputs["validityPeriodHours"]))
    serial = x509.random_serial_number()
    authority = bool(inputs.get("isCaCertificate"))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    length = inputs.get("maxPathLength") if authority else None
    builder = builder.add_extension(x509.BasicConstraints(authority, length), critical=True)
    uses = [str(use) for use in inputs.get("allowedUses") or []]
    if unknown := [use for use in uses if use not in _USAGES and use not in _PURPOSES]:
        raise ProviderError(
            f"tls: allowedUses: got {', '.join(unknown)}; expected of {', '.join([*_USAGES, *_PURPOSES])}"
        )
    bits = {flag: name in uses for name, flag in _USAGES.items()}
    if any(bits.values()):
        builder = builder.add_extension(x509.KeyUsage(**bits), critical=True)
    if purposes := [_PURPOSES[use] for use in uses if use in _PURPOSES]:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if authority or inputs.get("setSubjectKeyId"):
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    if inputs.get("setAuthorityKeyId") or issuer != subject:
        known = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        builder = builder.add_extension(known, critical=False)
    outputs: Props = {
        "certPem": _pem(builder.sign(key, _digest(key))),
        "validityStartTime": begin.isoformat().replace("+00:00", "Z"),
        "validityEndTime": end.isoformat().replace("+00:00", "Z"),
        "readyForRenewal": begin + timedelta(hours=int(inputs.get("earlyRenewalHours") or 0)) >= end,
    }
    return str(serial), outputs


def described(args: Props) -> Props:
    """The function getCertificate: the certificates in ``content``, or the one that stands for ``url``.

    The sandbox asks no server: a URL gives a certificate made from the URL, always the same.
    """
    if args.get("content"):
        try:
            found = x509.load_pem_x509_certificates(str(args["content"]).encode())
        except ValueError as error:
            raise ProviderError(f"tls:getCertificate: content: got no certificate ({error}); expected PEM") from error
    elif args.get("url"):
        found = [_stand_in(str(args["url"]))]
    else:
        raise ProviderError("tls:getCertificate: got neither url nor content; expected one of them")
    shown = [_shown(item) for item in found]
    return {**args, "certificates": shown, "id": shown[0]["sha1Fingerprint"]}


def _stand_in(url: str) -> x509.Certificate:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(url.encode()).digest())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return builder.sign(key, None)


def _shown(found: x509.Certificate) -> Props:
    try:
        basic = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        basic = x509.BasicConstraints(ca=False, path_length=None)
    public = found.public_key()
    algorithm = (
        "RSA" if isinstance(public, rsa.RSAPublicKey) else type(public).__name__.removesuffix("PublicKey").lstrip("_")
    )
    return {
        "certPem": _pem(found),
        "isCa": basic.ca,
        "issuer": found.issuer.rfc4514_string(),
        "maxPathLength": -1 if basic.path_length is None else basic.path_length,
        "notAfter": found.not_valid_after_utc.isoformat().replace("+00:00", "Z"),
        "notBefore": found.not_valid_before_utc.isoformat().replace("+00:00", "Z"),
        "publicKeyAlgorithm": "ECDSA" if algorithm.startswith("Elliptic") else algorithm,
        "serialNumber": str(found.serial_number),
        "sha1Fingerprint": found.fingerprint(hashes.SHA1()).hex(),  # noqa: S303
        "signatureAlgorithm": found.signature_algorithm_oid._name,
        "subject": found.subject.rfc4514_string(),
        "version": found.version.value + 1,
    }


def _key(inputs: Props, name: str) -> Any:
    text = inputs.get(name) or inputs.get(f"{name}Wo")
    if not text:
        raise ProviderError(f"tls: {name}: got nothing; expected a private key in PEM")
    return tls_keys.read(str(text))


def _digest(key: Any) -> hashes.SHA256 | None:
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def _name(subject: Props) -> x509.Name:
    parts = []
    for name, oid in _NAMES.items():
        values = subject.get(name)
        listed = values if isinstance(values, list) else [values]
        parts += [x509.NameAttribute(oid, str(value)) for value in listed if value]
    return x509.Name(parts)


def _alternatives(inputs: Props) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(str(name)) for name in inputs.get("dnsNames") or []),
        *(x509.IPAddress(ipaddress.ip_address(str(text))) for text in inputs.get("ipAddresses") or []),
        *(x509.UniformResourceIdentifier(str(text)) for text in inputs.get("uris") or []),
    ]


def _pem(thing: Any) -> str:
    text: bytes = thing.public_bytes(serialization.Encoding.PEM)
    return text.decode()
