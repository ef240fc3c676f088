"""The ``tls`` package: keys, requests and certificates, made by the library that Python's own world uses for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from aistacks_core.property_values import Props

from ..failures import CheckError, ProviderError
from ..provider import Created
from . import tls_certificates, tls_keys
from .base import Kind, StateProvider

_CURVES = ("P224", "P256", "P384", "P521")
_ALGORITHMS = ("RSA", "ECDSA", "ED25519")


class PrivateKey(Kind):
    """A private key with its public one, in every form."""

    defaults: Mapping[str, Any] = {"rsaBits": 2048, "ecdsaCurve": "P224"}
    computed = (
        "privateKeyOpenssh",
        "privateKeyPem",
        "privateKeyPemPkcs8",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
        "publicKeyOpenssh",
        "publicKeyPem",
    )
    secret = frozenset({"privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"})

    def checked(self, inputs: Props) -> Props:
        """Refuse an algorithm or a curve that there isn't."""
        full = super().checked(inputs)
        for name, known in (("algorithm", _ALGORITHMS), ("ecdsaCurve", _CURVES)):
            if isinstance(full.get(name), str) and full[name] not in known:
                raise CheckError({name: f"got {full[name]!r}; expected one of {', '.join(known)}"})
        return full

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw it."""
        shown = tls_keys.shown(tls_keys.drawn(inputs["algorithm"], int(inputs["rsaBits"]), inputs["ecdsaCurve"]))
        return Created(hashlib.sha1(shown["publicKeyPem"].encode(), usedforsecurity=False).hexdigest(), shown)


class CertRequest(Kind):
    """A request to sign a certificate."""

    computed = ("certRequestPem", "keyAlgorithm")

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Write it."""
        text = tls_certificates.request(inputs)
        outputs = {"certRequestPem": text, "keyAlgorithm": tls_keys.algorithm_of(_key(inputs, "privateKeyPem"))}
        return Created(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), outputs)


class SelfSignedCert(Kind):
    """A certificate that its own key signs."""

    defaults: Mapping[str, Any] = {
        "earlyRenewalHours": 0,
        "isCaCertificate": False,
        "setAuthorityKeyId": False,
        "setSubjectKeyId": False,
    }
    computed = ("certPem", "keyAlgorithm", "readyForRenewal", "validityEndTime", "validityStartTime")
    in_place = frozenset({"earlyRenewalHours"})

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Sign it."""
        key = _key(inputs, "privateKeyPem")
        id_, outputs = tls_certificates.self_signed(inputs)
        return Created(id_, {**outputs, "keyAlgorithm": tls_keys.algorithm_of(key)})


class LocallySignedCert(Kind):
    """A certificate that another key signs, from a request."""

    defaults: Mapping[str, Any] = {"earlyRenewalHours": 0, "isCaCertificate": False, "setSubjectKeyId": False}
    computed = ("certPem", "caKeyAlgorithm", "readyForRenewal", "validityEndTime", "validityStartTime")
    in_place = frozenset({"earlyRenewalHours"})

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Sign it."""
        id_, outputs = tls_certificates.locally_signed(inputs)
        return Created(id_, {**outputs, "caKeyAlgorithm": tls_keys.algorithm_of(_key(inputs, "caPrivateKeyPem"))})


def _key(inputs: Props, name: str) -> str:
    text = inputs.get(name) or inputs.get(f"{name}Wo")
    if not text:
        raise ProviderError(f"tls: {name}: got nothing; expected a private key in PEM")
    return str(text)


def public_key(args: Props) -> Props:
    """The public key of a private one."""
    text = args.get("privateKeyPem") or args.get("privateKeyOpenssh")
    if not text:
        raise ProviderError("tls:getPublicKey: got neither privateKeyPem nor privateKeyOpenssh; expected one of them")
    shown = tls_keys.shown(tls_keys.read(str(text)))
    public = {key: value for key, value in shown.items() if key.startswith("public")}
    digest = hashlib.sha1(public["publicKeyPem"].encode(), usedforsecurity=False).hexdigest()
    return {**args, **public, "algorithm": tls_keys.algorithm_of(str(text)), "id": digest}


def provider() -> StateProvider:
    """The package's provider."""
    kinds: dict[str, Kind] = {
        "tls:index/privateKey:PrivateKey": PrivateKey(),
        "tls:index/certRequest:CertRequest": CertRequest(),
        "tls:index/selfSignedCert:SelfSignedCert": SelfSignedCert(),
        "tls:index/locallySignedCert:LocallySignedCert": LocallySignedCert(),
    }
    functions = {
        "tls:index/getPublicKey:getPublicKey": public_key,
        "tls:index/getCertificate:getCertificate": tls_certificates.described,
    }
    return StateProvider("tls", "5.6.2", kinds=kinds, functions=functions)
