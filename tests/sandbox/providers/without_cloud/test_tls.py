"""Keys and certificates that other programs read: OpenSSH's form, chains, what a certificate says of itself."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from aistacks_core.property_values import Props, Secret, strip_secrets
from aistacks_sandbox.providers.autoname import Naming
from aistacks_sandbox.providers.failures import CheckError, ProviderError
from aistacks_sandbox.providers.provider import Resource
from aistacks_sandbox.providers.without_cloud import tls

PROVIDER = tls.provider()


def made(kind: str, inputs: Props) -> Props:
    token = f"tls:index/{kind[0].lower()}{kind[1:]}:{kind}"
    resource = Resource(f"urn:pulumi:dev::project::{token}::a", token, "a")
    inputs = PROVIDER.check(resource, None, inputs, Naming("a", b""))
    outputs = PROVIDER.create(resource, inputs, preview=False, timeout=0).outputs
    assert not PROVIDER.diff(resource, "a", inputs, strip_secrets(outputs), inputs).changes
    return outputs


KEYS = [
    ({"algorithm": "RSA"}, rsa.RSAPrivateKey),
    ({"algorithm": "ECDSA", "ecdsaCurve": "P256"}, ec.EllipticCurvePrivateKey),
    ({"algorithm": "ED25519"}, ed25519.Ed25519PrivateKey),
]


@pytest.mark.parametrize(
    ("inputs", "kind"), KEYS, ids=lambda value: value.get("algorithm") if isinstance(value, dict) else ""
)
def test_a_key_is_the_same_in_every_form(inputs: Props, kind: type) -> None:
    outputs = made("PrivateKey", inputs)
    forms = ("privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh")
    assert all(isinstance(outputs[name], Secret) for name in forms)
    shown = strip_secrets(outputs)
    keys = [serialization.load_pem_private_key(shown[name].encode(), None) for name in forms[:2]]
    keys.append(serialization.load_ssh_private_key(shown["privateKeyOpenssh"].encode(), None))
    assert all(isinstance(key, kind) for key in keys)
    publics = {
        key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        for key in keys
    }
    assert publics == {shown["publicKeyOpenssh"].strip().encode()}
    assert len(shown["publicKeyFingerprintMd5"].split(":")) == 16
    assert shown["publicKeyFingerprintSha256"].startswith("SHA256:")
    read = tls.public_key({"privateKeyPem": shown["privateKeyPem"]})
    assert read["algorithm"] == inputs["algorithm"]
    assert {k: v for k, v in read.items() if k.startswith("public")} == {
        k: v for k, v in shown.items() if k.startswith("public")
    }


def test_a_curve_that_openssh_has_not_gives_none() -> None:
    shown = strip_secrets(made("PrivateKey", {"algorithm": "ECDSA"}))
    assert shown["publicKeyOpenssh"] == shown["privateKeyOpenssh"] == ""
    assert shown["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----")


def test_an_authority_signs_a_request() -> None:
    authority = strip_secrets(made("PrivateKey", {"algorithm": "RSA"}))["privateKeyPem"]
    own = strip_secrets(made("PrivateKey", {"algorithm": "ECDSA", "ecdsaCurve": "P384"}))["privateKeyPem"]
    root = made(
        "SelfSignedCert",
        {
            "privateKeyPem": authority,
            "subject": {"commonName": "root", "organization": "shop"},
            "allowedUses": ["cert_signing", "crl_signing"],
            "isCaCertificate": True,
            "validityPeriodHours": 48,
        },
    )
    asked = made(
        "CertRequest",
        {
            "privateKeyPem": own,
            "subject": {"commonName": "web"},
            "dnsNames": ["web.example"],
            "ipAddresses": ["10.0.0.1"],
        },
    )
    signed = made(
        "LocallySignedCert",
        {
            "certRequestPem": asked["certRequestPem"],
            "caPrivateKeyPem": authority,
            "caCertPem": root["certPem"],
            "allowedUses": ["server_auth", "digital_signature"],
            "validityPeriodHours": 24,
        },
    )
    certificate = x509.load_pem_x509_certificate(signed["certPem"].encode())
    issuer = x509.load_pem_x509_certificate(root["certPem"].encode())
    certificate.verify_directly_issued_by(issuer)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["web.example"]
    lasting = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lasting.total_seconds() == 24 * 3600
    assert (signed["caKeyAlgorithm"], asked["keyAlgorithm"], root["keyAlgorithm"]) == ("RSA", "ECDSA", "RSA")
    assert signed["readyForRenewal"] is False

    (shown,) = tls.tls_certificates.described({"content": root["certPem"]})["certificates"]
    assert (shown["isCa"] is True and shown["subject"] == "O=shop,CN=root") or shown["subject"] == "CN=root,O=shop"
    assert shown["publicKeyAlgorithm"] == "RSA" and shown["version"] == 3


def test_a_url_always_gives_the_same_certificate_and_asks_nobody() -> None:
    first, second = (tls.tls_certificates.described({"url": "https://oidc.example"}) for _ in range(2))
    other = tls.tls_certificates.described({"url": "https://other.example"})
    assert first == second
    assert len(first["certificates"][0]["sha1Fingerprint"]) == 40
    assert other["certificates"][0]["sha1Fingerprint"] != first["certificates"][0]["sha1Fingerprint"]


def test_mistakes_are_one_line() -> None:
    with pytest.raises(CheckError, match="algorithm: got 'DSA'; expected one of RSA, ECDSA, ED25519"):
        made("PrivateKey", {"algorithm": "DSA"})
    with pytest.raises(ProviderError, match="no private key"):
        made("CertRequest", {"privateKeyPem": "x"})
    key = strip_secrets(made("PrivateKey", {"algorithm": "ED25519"}))["privateKeyPem"]
    with pytest.raises(ProviderError, match="allowedUses: got flying; expected of "):
        made("SelfSignedCert", {"privateKeyPem": key, "allowedUses": ["flying"], "validityPeriodHours": 1})
