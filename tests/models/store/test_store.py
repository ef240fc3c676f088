"""Publishing and pulling, against a real server: whole or not at all, every byte proved, and gone on with."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from aistacks_core import checksums
from aistacks_core.errors import UserError
from aistacks_models import store
from aistacks_models.manifest import GateVerdict
from aistacks_models.store import download
from package_files import FILES


def published(bucket, package):
    return store.Published.open(bucket, "digits", package.digest)


def test_publish_sends_everything_and_the_second_time_nothing(bucket, package, keys):
    assert store.publish(bucket, "digits", package).files == len(FILES) + 1
    assert store.publish(bucket, "digits", package) == store.Sent(0, 0)
    assert keys(bucket) == sorted(f"digits/{package.digest}/{name}" for name in [*FILES, "SHA256SUMS"])
    published(bucket, package).verify_objects()


def test_what_is_pulled_is_what_was_published(bucket, package, tmp_path):
    store.publish(bucket, "digits", package)
    got = store.pull(bucket, "digits", package.digest, tmp_path / "out" / "digits")
    assert got.name == "digits"
    assert checksums.complete(tmp_path / "out" / "digits") == package.digest
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["digits"]
    for name in [*FILES, "SHA256SUMS"]:
        assert (tmp_path / "out" / "digits" / name).read_bytes() == (package.folder / name).read_bytes()


def test_pulling_again_keeps_the_folder_and_anything_else_there_is_refused(bucket, package, tmp_path):
    store.publish(bucket, "digits", package)
    store.pull(bucket, "digits", package.digest, tmp_path / "digits")
    before = (tmp_path / "digits" / "manifest.json").stat()
    store.pull(bucket, "digits", package.digest, tmp_path / "digits")
    assert (tmp_path / "digits" / "manifest.json").stat() == before
    (tmp_path / "other").mkdir()
    with pytest.raises(UserError, match="other: got something else"):
        store.pull(bucket, "digits", package.digest, tmp_path / "other")


def test_one_altered_byte_in_the_store_is_refused_by_name(bucket, package, tmp_path, alter):
    store.publish(bucket, "digits", package)
    for file in [*FILES, "SHA256SUMS"]:
        alter(bucket, f"digits/{package.digest}/{file}")
        line = rf"s3://{bucket.name}/digits/{package.digest}/{file}: got sha256 .* It was altered"
        with pytest.raises(UserError, match=line):
            store.pull(bucket, "digits", package.digest, tmp_path / checksums.sha256(file.encode()))
        assert not (tmp_path / checksums.sha256(file.encode())).exists()
        for read in (True, False):
            with pytest.raises(UserError, match=line):
                published(bucket, package).verify_objects(read=read)
        with pytest.raises(UserError, match=rf"{file}: got other bytes"):
            store.publish(bucket, "digits", package)
        assert store.publish(bucket, "digits", package, repair=True) == store.Sent(1, len(content(package, file)))
    published(bucket, package).verify_objects()


def content(package, file):
    return (package.folder / file).read_bytes()


@pytest.mark.parametrize("file", FILES)
def test_one_altered_byte_on_this_side_is_no_package(package, alter, file):
    alter(package.folder / file)
    with pytest.raises(UserError, match=rf"{file}: got sha256 .* It was altered"):
        store.Package.load(package.folder)


def test_what_is_altered_while_it_is_published_is_not(bucket, package, alter, keys):
    alter(package.folder / "triton/digits/1/model.onnx")
    with pytest.raises(UserError, match=r"model\.onnx: got a file that was modified meanwhile"):
        store.publish(bucket, "digits", package)
    assert f"digits/{package.digest}/SHA256SUMS" not in keys(bucket)


def test_an_object_too_many_or_too_few_is_refused(bucket, package):
    store.publish(bucket, "digits", package)
    home = f"digits/{package.digest}/"
    bucket.put(f"{home}triton/digits/2/model.py", b"import os")
    with pytest.raises(UserError, match=r"triton/digits/2/model\.py is not in SHA256SUMS"):
        published(bucket, package)
    bucket.delete([f"{home}triton/digits/2/model.py", f"{home}samples.json"])
    with pytest.raises(UserError, match=r"samples\.json is missing"):
        published(bucket, package)
    assert store.publish(bucket, "digits", package).files == 1


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from aistacks_models import store
    endpoint, name, folder, after = sys.argv[1:]
    left = int(after)

    def report(_):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    store.upload.THREADS = 1
    bucket = store.connect(name, endpoint=endpoint)
    store.publish(bucket, "digits", store.Package.load(Path(folder)), report=report)
"""


@pytest.mark.parametrize("after", [1, len(FILES)])
def test_killed_in_the_middle_it_is_no_model_and_the_next_publish_completes_it(bucket, package, keys, after):
    argv = [sys.executable, "-c", textwrap.dedent(KILLED), bucket.endpoint, bucket.name, package.folder, after]
    done = subprocess.run([str(word) for word in argv], check=False)
    assert done.returncode == -signal.SIGKILL
    assert after <= len(keys(bucket)) <= len(FILES)
    with pytest.raises(UserError, match="no SHA256SUMS"):
        published(bucket, package)
    assert [each.published for each in store.entries(bucket)] == [None]
    arrived = len(keys(bucket))
    assert store.publish(bucket, "digits", package).files == len(FILES) + 1 - arrived
    published(bucket, package).verify_objects()


def test_publishers_at_the_same_time_do_no_harm(bucket, package, keys):
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(store.publish, bucket, "digits", package) for _ in range(4)]
        assert max(job.result().files for job in jobs) <= len(FILES) + 1
    assert len(keys(bucket)) == len(FILES) + 1
    published(bucket, package).verify_objects()


def test_full_disk_is_one_line(bucket, package, tmp_path, monkeypatch):
    store.publish(bucket, "digits", package)
    monkeypatch.setattr(download.os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError(28, os.strerror(28))))
    with pytest.raises(UserError, match="got no space left on device; expected free disk space for the model"):
        store.pull(bucket, "digits", package.digest, tmp_path / "digits")


def test_no_bucket_and_no_store_are_one_line(package, endpoint, tmp_path, nobody):
    with pytest.raises(UserError, match=r"s3://nowhere at http.*: got no such bucket"):
        store.publish(store.connect("nowhere", endpoint=endpoint), "digits", package)
    dead = store.connect("nowhere", endpoint=nobody)
    with pytest.raises(UserError, match=r"got no connection; .* Run the same command again"):
        store.pull(dead, "digits", package.digest, tmp_path / "digits")


def test_no_credentials_and_unknown_profiles_are_one_line(package, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(UserError, match="got no credentials"):
        store.publish(store.connect("models", region="eu-west-1"), "digits", package)
    with pytest.raises(UserError, match="profile"):
        store.connect("models", profile="nobody")


def test_access_denied_is_one_line(bucket, package, monkeypatch):
    def refused(**words):
        raise bucket.client.exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")

    monkeypatch.setattr(bucket.client, "put_object", refused)
    with pytest.raises(UserError, match=r"got access denied \(PutObject\)"):
        store.publish(bucket, "digits", package)


def test_a_store_that_knows_no_conditions_is_asked_without(bucket, package, monkeypatch):
    real = bucket.client.put_object

    def put(**words):
        if "IfNoneMatch" in words:
            getattr(words["Body"], "read", bytes)()
            raise bucket.client.exceptions.ClientError({"Error": {"Code": "NotImplemented"}}, "PutObject")
        return real(**words)

    monkeypatch.setattr(bucket.client, "put_object", put)
    store.publish(bucket, "digits", package)
    published(bucket, package).verify_objects()


def test_unverified_packages_are_refused(make_package):
    with pytest.raises(UserError, match="unverified package: SHA256SUMS names no VERIFIED"):
        store.Package.verified(make_package(marked=False))
    failed = (GateVerdict(name="latency_ratio", verdict="fail", got=2.0, bound=1.0),)
    with pytest.raises(UserError, match=r"unverified package \(failed: latency_ratio\)"):
        store.Package.verified(make_package(gates=failed))
    package, manifest = store.Package.verified(make_package(1))
    assert (package.digest, manifest.name) == (checksums.complete(package.folder), "digits")


def test_a_verification_of_something_else_is_refused(make_package):
    folder = make_package()
    (folder / "VERIFIED").write_text("0" * 64)
    checksums.write(folder)
    with pytest.raises(UserError, match="VERIFIED: got another verification's digest"):
        store.Package.verified(folder)


def test_a_manifest_of_other_files_is_refused(make_package, bucket):
    folder = make_package()
    (folder / "samples.json").write_text("[]\n")
    checksums.write(folder)
    with pytest.raises(UserError, match=r"another samples\.json than SHA256SUMS"):
        store.Package.verified(folder)
    package = store.Package.load(folder)
    store.publish(bucket, "digits", package)
    with pytest.raises(UserError, match=r"another samples\.json than SHA256SUMS"):
        published(bucket, package).verified()


def test_a_package_under_another_models_name_is_refused(bucket, package, tmp_path):
    store.publish(bucket, "letters", package)
    with pytest.raises(UserError, match="got the model 'digits'; expected 'letters'"):
        store.pull(bucket, "letters", package.digest, tmp_path / "letters")


def test_models_that_share_the_start_of_a_name_are_kept_apart(make_bucket, make_package):
    bucket = make_bucket(prefix="models/")
    for seed, name in enumerate(["digits", "digits-large", "digits.v2"]):
        store.publish(bucket, name, store.Package.load(make_package(seed, name="digits")))
    bucket.client.put_object(Bucket=bucket.name, Key=f"digits/{'0' * 64}/SHA256SUMS", Body=b"beside the prefix")
    bucket.client.put_object(Bucket=bucket.name, Key="models/digits/latest/SHA256SUMS", Body=b"no digest")
    assert [each.model for each in store.entries(bucket)] == ["digits", "digits-large", "digits.v2"]
    assert [each.model for each in store.entries(bucket, "digits")] == ["digits"]


def test_a_part_of_a_digest_finds_one(bucket, make_package):
    first, second = (store.Package.load(make_package(seed)) for seed in (1, 2))
    for package in (first, second):
        store.publish(bucket, "digits", package)
    assert store.find(bucket, "digits", first.digest[:8]).digest == first.digest
    newest = max(store.entries(bucket), key=lambda each: (each.published, each.digest))
    assert store.find(bucket, "digits") == newest
    with pytest.raises(UserError, match=r"no such digest; expected one of"):
        store.find(bucket, "digits", "0" * 12)
    with pytest.raises(UserError, match=r"no published model 'letters'; .* It has digits"):
        store.find(bucket, "letters")


@pytest.mark.parametrize("text", ["Digits", "digits@", "digits@12ab", "digits@xyzxyz", "a/b", "../digits", ""])
def test_what_names_no_model_is_refused(text):
    with pytest.raises(UserError, match="got no model"):
        store.reference(text)


def test_a_folder_that_is_no_package_is_one_line(tmp_path, make_package):
    with pytest.raises(UserError, match="no SHA256SUMS; expected a package"):
        store.Package.load(tmp_path)
    folder = make_package()
    (folder / "SHA256SUMS").write_text("nonsense\n")
    with pytest.raises(UserError, match="SHA256SUMS: got line 'nonsense'"):
        store.Package.load(folder)
    shutil.rmtree(folder / "triton")
    checksums.write(folder)
    with pytest.raises(UserError, match=r"manifest\.json: got another triton/"):
        store.Package.verified(folder)
