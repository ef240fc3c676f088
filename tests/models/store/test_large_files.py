"""Large files, against a real server: in parts and ranges, and gone on with where they were cut off."""

import pytest

from aistacks_core import checksums
from aistacks_core.errors import UserError
from aistacks_models import store
from aistacks_models.store import download, upload


def published(bucket, package):
    return store.Published.open(bucket, "digits", package.digest)


@pytest.fixture
def small_parts(monkeypatch):
    """Files of more than 10 MiB go in parts of 5 MiB, the least that S3 takes; ranges are as small."""
    monkeypatch.setattr(upload, "PART", 5 << 20)
    monkeypatch.setattr(download, "range_size", lambda bucket, size: 3 << 20)


@pytest.fixture
def large(make_package, small_parts):
    return store.Package.load(make_package(size=(12 << 20) + 17))


def test_large_files_go_in_parts_and_come_in_ranges(bucket, large, tmp_path):
    store.publish(bucket, "digits", large)
    assert store.publish(bucket, "digits", large) == store.Sent(0, 0)
    store.pull(bucket, "digits", large.digest, tmp_path / "digits")
    assert checksums.complete(tmp_path / "digits") == large.digest


def test_an_upload_that_was_cut_off_goes_on_with_the_parts_that_arrived(bucket, large, monkeypatch):
    real, sent = bucket.client.upload_part, []

    def cut(**words):
        if words["PartNumber"] == 3:
            raise OSError("the connection is gone")
        return real(**words)

    monkeypatch.setattr(bucket.client, "upload_part", cut)
    with pytest.raises(OSError, match="gone"):
        store.publish(bucket, "digits", large)
    monkeypatch.setattr(bucket.client, "upload_part", lambda **words: sent.append(words["PartNumber"]) or real(**words))
    store.publish(bucket, "digits", large)
    assert sent == [3]
    published(bucket, large).verify_objects()
    assert bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", []) == []


def test_a_pull_that_was_cut_off_goes_on_with_the_ranges_that_arrived(bucket, large, tmp_path, monkeypatch):
    store.publish(bucket, "digits", large)
    real, got = download._range, []

    def cut(bucket, key, there, fd, start, length, moved):
        if start == 6 << 20:
            raise OSError("the connection is gone")
        got.append((key, start))
        real(bucket, key, there, fd, start, length, moved)

    monkeypatch.setattr(download, "_range", cut)
    with pytest.raises(UserError, match=r"digits\.part: got the connection is gone"):
        store.pull(bucket, "digits", large.digest, tmp_path / "digits")
    assert not (tmp_path / "digits").exists()
    before = list(got)
    got.clear()
    monkeypatch.setattr(download, "_range", lambda *words: got.append((words[1], words[4])) or real(*words))
    store.pull(bucket, "digits", large.digest, tmp_path / "digits")
    assert not {(key, start) for key, start in before if key.endswith("model.onnx")} & set(got)
    assert (f"digits/{large.digest}/triton/digits/1/model.onnx", 6 << 20) in got
    assert checksums.complete(tmp_path / "digits") == large.digest


def test_what_a_cut_left_wrong_on_the_disk_is_got_again(bucket, large, tmp_path, monkeypatch):
    store.publish(bucket, "digits", large)
    real = download._range

    def cut(bucket, key, there, fd, start, length, moved):
        if start == 6 << 20:
            raise OSError("gone")
        real(bucket, key, there, fd, start, length, moved)

    with monkeypatch.context() as patch:
        patch.setattr(download, "_range", cut)
        with pytest.raises(UserError):
            store.pull(bucket, "digits", large.digest, tmp_path / "digits")
    file = tmp_path / "digits.part" / large.digest / "triton" / "digits" / "1" / "model.onnx"
    with file.open("r+b") as stream:
        stream.write(bytes(100))
    store.pull(bucket, "digits", large.digest, tmp_path / "digits")
    assert checksums.complete(tmp_path / "digits") == large.digest
