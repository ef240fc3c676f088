"""What killed publishers, promoters and pullers leave, and that the next call takes it away."""

import random

import pytest

from aistacks_core.errors import UserError
from aistacks_models import store
from aistacks_models.store import upload


@pytest.fixture
def large(make_package):
    """A package whose model goes up in parts."""
    return store.Package.load(make_package(size=2 * upload.PART + 1))


def begun(bucket, key, parts=1):
    """An upload as a killed publisher leaves it."""
    made = bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key, ChecksumAlgorithm="SHA256")
    for number in range(1, parts + 1):
        words = {"Bucket": bucket.name, "Key": key, "UploadId": made["UploadId"], "PartNumber": number}
        bucket.client.upload_part(**words, Body=random.Random(number).randbytes(1 << 10))
    return made["UploadId"]


def uploads(bucket):
    listed = bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])
    return sorted(item["Key"] for item in listed)


def test_of_several_killed_uploads_none_stays(bucket, large):
    key = f"{bucket.home('digits', large.digest)}triton/digits/1/model.onnx"
    for _ in range(3):
        begun(bucket, key)
    store.publish(bucket, "digits", large)
    assert uploads(bucket) == []
    store.Published.open(bucket, "digits", large.digest).verify_objects(read=True)


def test_an_upload_that_was_begun_of_what_is_there_goes_with_the_next_publication(bucket, large):
    store.publish(bucket, "digits", large)
    begun(bucket, f"{bucket.home('digits', large.digest)}triton/digits/1/model.onnx")
    assert store.publish(bucket, "digits", large).files == 0
    assert uploads(bucket) == []


def test_another_packages_upload_stays(bucket, large, package):
    other = f"{bucket.home('digits', '0' * 64)}model.onnx"
    begun(bucket, other)
    store.publish(bucket, "digits", package)
    assert uploads(bucket) == [other]


def test_a_copy_in_parts_that_was_killed_goes_with_the_next_one(make_bucket, package):
    dev, staging = make_bucket("dev"), make_bucket("staging")
    store.publish(dev, "digits", package)
    begun(staging, f"{staging.home('digits', package.digest)}triton/digits/1/model.onnx")
    store.copy(store.Published.open(dev, "digits", package.digest), staging)
    assert uploads(staging) == []


def test_what_is_collected_takes_its_uploads_with_it(bucket, package):
    store.publish(bucket, "digits", package)
    begun(bucket, f"{bucket.home('digits', package.digest)}triton/digits/1/model.onnx")
    (entry,) = store.entries(bucket)
    store.remove(bucket, entry)
    assert uploads(bucket) == []


def test_without_permission_to_list_uploads_publishing_goes_on(bucket, package, monkeypatch):
    from botocore.exceptions import ClientError

    def denied(_):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "ListMultipartUploads")

    real = bucket.client.get_paginator
    monkeypatch.setattr(
        bucket.client,
        "get_paginator",
        lambda name: denied(name) if name == "list_multipart_uploads" else real(name),
    )
    assert store.publish(bucket, "digits", package).files > 0


def test_an_upload_that_another_ended_is_no_fault(bucket, package, monkeypatch):
    key = f"{bucket.home('digits', package.digest)}triton/digits/1/model.onnx"
    begun(bucket, key)
    real = bucket.client.abort_multipart_upload

    def twice(**words):
        real(**words)
        return real(**words)

    monkeypatch.setattr(bucket.client, "abort_multipart_upload", twice)
    assert store.publish(bucket, "digits", package).files > 0
    assert uploads(bucket) == []


@pytest.mark.parametrize("there", [False, True], ids=["failed", "came first"])
def test_an_upload_that_met_another_one_is_begun_anew_where_that_one_failed(bucket, large, monkeypatch, there):
    real, met = bucket.client.complete_multipart_upload, []

    def conflicting(**words):
        if words.get("IfNoneMatch") and not met:
            met.append(words["UploadId"])
            if there:
                real(**{name: value for name, value in words.items() if name != "IfNoneMatch"})
            told = {"Error": {"Code": "ConditionalRequestConflict", "Message": "conflicting operation"}}
            raise bucket.client.exceptions.ClientError(told, "CompleteMultipartUpload")
        return real(**words)

    monkeypatch.setattr(bucket.client, "complete_multipart_upload", conflicting)
    assert store.publish(bucket, "digits", large).files > 0
    assert met
    assert uploads(bucket) == []
    store.Published.open(bucket, "digits", large.digest).verify_objects(read=True)


def test_a_pull_killed_just_after_its_folder_got_its_name_leaves_nothing(bucket, package, tmp_path):
    store.publish(bucket, "digits", package)
    folder = tmp_path / "pulled"
    store.pull(bucket, "digits", package.digest, folder)
    (tmp_path / "pulled.part" / "ranges").mkdir(parents=True)
    store.pull(bucket, "digits", package.digest, folder)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("pulled")] == ["pulled"]


def test_something_elses_part_is_not_touched(bucket, package, tmp_path):
    store.publish(bucket, "digits", package)
    (tmp_path / "pulled").mkdir()
    (tmp_path / "pulled.part").mkdir()
    with pytest.raises(UserError, match="something else"):
        store.pull(bucket, "digits", package.digest, tmp_path / "pulled")
    assert (tmp_path / "pulled.part").exists()
