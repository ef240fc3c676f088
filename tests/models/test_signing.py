"""Signatures: made by a file's key or by KMS, believed only of trusted keys, over this digest alone."""

import base64
import stat
import subprocess

import boto3
import pytest
from moto import mock_aws

from aistacks_core.errors import UserError
from aistacks_models import signing
from aistacks_models.signing import Signature, Trust

DIGEST = "a" * 64


@pytest.fixture
def key(tmp_path):
    signing.new_key(tmp_path / "models.key")
    return tmp_path / "models.key"


@pytest.fixture
def trust(key):
    return Trust.read(key.with_name("models.key.pub"))


def test_a_new_key_is_its_owners_alone_and_openssl_reads_it(key):
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    done = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], capture_output=True, text=True, check=True)
    assert done.stdout == key.with_name("models.key.pub").read_text()


def test_keys_are_never_overwritten(key):
    before = key.read_bytes()
    with pytest.raises(UserError, match=r"models\.key: got a file"):
        signing.new_key(key)
    assert key.read_bytes() == before


def test_what_a_trusted_key_signed_is_believed(key, trust):
    signature = signing.open_signer(str(key)).sign(DIGEST)
    assert signature.algorithm == "Ed25519"
    assert list(trust.keys) == [signature.key]
    trust.check(Signature.parse(signature.to_bytes(), "here"), DIGEST, "here")


def test_a_signature_is_of_one_digest_only(key, trust):
    signature = signing.open_signer(str(key)).sign(DIGEST)
    with pytest.raises(UserError, match=r"here: got a signature that isn't by the key .* over bbbb"):
        trust.check(signature, "b" * 64, "here")


def test_one_altered_byte_of_a_signature_is_refused(key, trust):
    signature = signing.open_signer(str(key)).sign(DIGEST)
    data = bytearray(base64.b64decode(signature.signature))
    data[5] ^= 1
    other = signature.model_copy(update={"signature": base64.b64encode(data).decode()})
    with pytest.raises(UserError, match="isn't by the key"):
        trust.check(other, DIGEST, "here")
    with pytest.raises(UserError, match="isn't by the key"):
        trust.check(signature.model_copy(update={"signature": "no base64!"}), DIGEST, "here")


def test_anothers_signature_is_refused_even_under_a_trusted_name(tmp_path, trust):
    other = signing.new_key(tmp_path / "other.key").sign(DIGEST)
    with pytest.raises(UserError, match=f"got a signature by the key {other.key}; expected one of"):
        trust.check(other, DIGEST, "here")
    with pytest.raises(UserError, match="isn't by the key"):
        trust.check(other.model_copy(update={"key": next(iter(trust.keys))}), DIGEST, "here")


def test_several_trusted_keys_with_words_between(tmp_path, key):
    other = signing.new_key(tmp_path / "other.key")
    file = tmp_path / "trusted.pem"
    text = key.with_name("models.key.pub").read_text()
    file.write_text(f"# the pipeline's\n{text}\n# the release manager's\n{other.public_pem}")
    trust = Trust.read(file)
    assert len(trust.keys) == 2
    trust.check(other.sign(DIGEST), DIGEST, "here")


@pytest.fixture
def kms(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("kms", "eu-west-1")


def kms_key(kms, spec="ECC_NIST_P256", usage="SIGN_VERIFY"):
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


def test_a_key_in_kms_signs_and_its_public_half_proves_it_here(kms, tmp_path):
    signer = signing.open_signer(f"kms:{kms_key(kms)}", lambda _: kms)
    (tmp_path / "trusted.pem").write_text(signer.public_pem)
    signature = signer.sign(DIGEST)
    assert signature.algorithm == "ECDSA_SHA_256"
    trust = Trust.read(tmp_path / "trusted.pem")
    trust.check(signature, DIGEST, "here")
    with pytest.raises(UserError, match="isn't by the key"):
        trust.check(signature, "b" * 64, "here")


def test_keys_in_kms_of_another_kind_or_none_are_one_line(kms):
    with pytest.raises(UserError, match=r"kms:.*: got .*; expected an Ed25519 or P-256"):
        signing.open_signer(f"kms:{kms_key(kms, 'RSA_2048')}", lambda _: kms).sign(DIGEST)
    with pytest.raises(UserError, match=r"kms:alias/nothing: got no such key"):
        signing.open_signer("kms:alias/nothing", lambda _: kms).sign(DIGEST)


@pytest.mark.parametrize("text", [b"", b"{}", b'{"algorithm": "none", "key": "0000000000000000", "signature": ""}'])
def test_what_is_no_signature_is_one_line(text):
    with pytest.raises(UserError, match=r"^here: got ") as refused:
        Signature.parse(text, "here")
    assert "\n" not in str(refused.value)


def test_files_that_hold_no_key_are_one_line(tmp_path, key):
    with pytest.raises(UserError, match="got no such file or directory"):
        signing.open_signer(str(tmp_path / "none"))
    with pytest.raises(UserError, match="got no private key that reads"):
        signing.open_signer(str(key.with_name("models.key.pub")))
    with pytest.raises(UserError, match="got no public key; expected at least one"):
        Trust.read(key)
    (tmp_path / "broken.pem").write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    with pytest.raises(UserError, match="got an invalid key"):
        Trust.read(tmp_path / "broken.pem")
    with pytest.raises(UserError, match="none"):
        Trust.read(tmp_path / "none")
