"""From dev to staging and back: copied whole, named in the file, refused where anything is off."""

from functools import partial
from pathlib import Path

import pytest

from aistacks_core import checksums
from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_models import signing, store
from aistacks_models.store import copying
from aistacks_models.workflows import promotion
from aistacks_models.workflows import rollback as rolling
from aistacks_models.workflows.environment_file import EnvironmentFile
from aistacks_sandbox.model_store import model_store
from package_files import FILES

promote = partial(promotion.promote, sandbox_stores=model_store)
rollback = partial(rolling.rollback, sandbox_stores=model_store)


@pytest.fixture
def project(repository, dev):
    return read_project(repository.folder)


def test_the_digest_that_dev_names_is_copied_and_named_in_staging(project, repository, dev):
    before = repository.text("staging")
    promote(project, "digits", "dev", "staging")
    assert repository.text("staging") == before.replace("0" * 64, dev[0].digest)
    store.Published.open(repository.buckets["staging"], "digits", dev[0].digest).verify_objects()
    assert [each.digest for each in store.entries(repository.buckets["staging"])] == [dev[0].digest]


def test_a_digest_by_name_and_again_changes_nothing(project, repository, dev, keys):
    promote(project, f"digits@{dev[1].digest[:10]}", "dev", "staging")
    assert dev[1].digest in repository.text("staging")
    bucket = repository.buckets["staging"]
    versions = [item["VersionId"] for item in bucket.client.list_object_versions(Bucket=bucket.name)["Versions"]]
    promote(project, f"digits@{dev[1].digest[:10]}", "dev", "staging")
    again = [item["VersionId"] for item in bucket.client.list_object_versions(Bucket=bucket.name)["Versions"]]
    assert again == versions
    assert len(versions) == len(FILES) + 1


def test_a_dry_run_changes_nothing(project, repository, dev, keys, capsys):
    before = repository.text("staging")
    promote(project, "digits", "dev", "staging", dry_run=True)
    assert repository.text("staging") == before
    assert keys(repository.buckets["staging"]) == []
    assert f"digits: 000000000000 → {dev[0].digest[:12]}" in capsys.readouterr().out


def test_one_altered_byte_in_dev_is_refused_by_name(project, repository, dev, alter, keys):
    bucket, before = repository.buckets["dev"], repository.text("staging")
    for file in [*FILES, "SHA256SUMS"]:
        alter(bucket, f"digits/{dev[0].digest}/{file}")
        with pytest.raises(UserError, match=rf"digits/{dev[0].digest}/{file}: got sha256 .* It was altered"):
            promote(project, "digits", "dev", "staging")
        assert repository.text("staging") == before
        assert [each for each in store.entries(repository.buckets["staging"]) if each.published] == []
        store.publish(bucket, "digits", dev[0], repair=True)
        # What arrived is proved, and would not be copied again.
        repository.buckets["staging"].delete(keys(repository.buckets["staging"]))
    promote(project, "digits", "dev", "staging")
    store.Published.open(repository.buckets["staging"], "digits", dev[0].digest).verify_objects()


def test_one_altered_byte_in_staging_is_refused_by_name(project, repository, dev, alter):
    promote(project, "digits", "dev", "staging")
    repository.git("checkout", "stacks")
    bucket = repository.buckets["staging"]
    for file in ("manifest.json", "VERIFIED", "triton/digits/1/model.onnx"):
        alter(bucket, f"digits/{dev[0].digest}/{file}")
        with pytest.raises(UserError, match=rf"{bucket.name}/.*{file}: got other bytes"):
            promote(project, "digits", "dev", "staging")
        assert "0" * 64 in repository.text("staging")
        store.publish(bucket, "digits", dev[0], repair=True)


def test_what_a_cut_off_promotion_left_is_gone_on_with(project, repository, dev, monkeypatch):
    real, done = copying._one, []

    def cut(*words):
        if len(done) == 3:
            raise UserError("here", "the end", "more")
        done.append(words)
        real(*words)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_one", cut)
        with pytest.raises(UserError, match="the end"):
            promote(project, "digits", "dev", "staging")
    assert "0" * 64 in repository.text("staging")
    done.clear()
    monkeypatch.setattr(copying, "_one", lambda *words: done.append(words) or real(*words))
    promote(project, "digits", "dev", "staging")
    assert len(done) == len(FILES) - 3
    store.Published.open(repository.buckets["staging"], "digits", dev[0].digest).verify_objects()


def test_unverified_models_are_not_promoted(project, repository, make_package):
    package = store.Package.load(make_package(9, marked=False))
    store.publish(repository.buckets["dev"], "digits", package)
    with pytest.raises(UserError, match="unverified package: SHA256SUMS names no VERIFIED"):
        promote(project, f"digits@{package.digest}", "dev", "staging")


def test_half_a_model_is_not_promoted(project, repository, dev):
    repository.buckets["dev"].delete([f"digits/{dev[0].digest}/SHA256SUMS"])
    with pytest.raises(UserError, match=r"no SHA256SUMS \(an incomplete publication\)"):
        promote(project, "digits", "dev", "staging")


def test_staging_may_ask_for_a_signature(project, repository, dev, tmp_path):
    key = signing.new_key(tmp_path / "models.key")
    (repository.folder / "stacks" / "trusted.pem").write_text(key.public_pem)
    note = "    trusted_keys: trusted.pem\n"
    repository.write("staging", {"digits": ("digits", "0" * 64)}, note)
    with pytest.raises(UserError, match="got no signature; expected one by a key of"):
        promote(project, "digits", "dev", "staging")
    other = signing.new_key(tmp_path / "other.key")
    store.publish(repository.buckets["dev"], "digits", dev[0], signature=other.sign(dev[0].digest))
    with pytest.raises(UserError, match=r"SHA256SUMS\.sig: got a signature by the key"):
        promote(project, "digits", "dev", "staging")
    store.publish(repository.buckets["dev"], "digits", dev[0], signature=key.sign(dev[0].digest))
    promote(project, "digits", "dev", "staging")
    there = store.Published.open(repository.buckets["staging"], "digits", dev[0].digest)
    assert there.signature().key == key.sign(dev[0].digest).key


def test_large_objects_are_copied_in_parts_and_proved(repository, make_package, monkeypatch):
    monkeypatch.setattr(copying, "MOST", 6 << 20)
    package = store.Package.load(make_package(size=(13 << 20) + 5))
    source, target = repository.buckets["dev"], repository.buckets["staging"]
    store.publish(source, "digits", package)
    store.copy(store.Published.open(source, "digits", package.digest), target)
    store.Published.open(target, "digits", package.digest).verify_objects()


def test_another_service_than_the_sources_is_one_line(repository, dev):
    published = store.Published.open(repository.buckets["dev"], "digits", dev[0].digest)
    with pytest.raises(UserError, match=r"another service than .* Pull the model and publish it there"):
        store.copy(published, store.connect("elsewhere", region="eu-west-1"))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("digits", "dev", "dev"), "--to: got 'dev', the same as --from"),
        (("digits", "dev", "prod"), "--environment: got 'prod'; expected one of dev, staging"),
        (("letters", "dev", "staging"), r"Pulumi\.dev\.yaml: .*got no service of the model letters"),
        (("digits@" + "a" * 12, "dev", "staging"), "got no such digest; expected one of"),
        (("Digits", "dev", "staging"), "Digits: got no model"),
    ],
)
def test_what_makes_no_sense_is_one_line(project, words, line):
    with pytest.raises(UserError, match=line):
        promote(project, *words)


def test_two_digests_in_dev_ask_which(project, repository, dev):
    repository.write("dev", {"a": ("digits", dev[0].digest), "b": ("digits", dev[1].digest)})
    with pytest.raises(UserError, match=r"expected one digest. Say which: digits@DIGEST"):
        promote(project, "digits", "dev", "staging")


def test_only_the_named_service_changes(project, repository, dev):
    repository.write("staging", {"a": ("digits", "0" * 64), "b": ("digits", "2" * 64)})
    promote(project, "digits", "dev", "staging", service="b")
    assert "0" * 64 in repository.text("staging")
    assert "2" * 64 not in repository.text("staging")
    with pytest.raises(UserError, match="no service 'c' of the model digits; expected one of a, b"):
        promote(project, "digits", "dev", "staging", service="c")


def test_rollback_names_what_was_before(project, repository, dev):
    repository.name("dev", dev[1].digest)
    repository.commit()
    before = repository.text("dev")
    rollback(project, "digits", "dev")
    assert repository.text("dev") == before.replace(dev[1].digest, dev[0].digest)


def test_rollback_of_what_is_not_committed_yet_names_what_is(project, repository, dev):
    repository.name("dev", dev[1].digest)
    rollback(project, "digits", "dev", dry_run=True)
    assert dev[1].digest in repository.text("dev")
    rollback(project, "digits", "dev")
    assert repository.git("status", "--porcelain") == ""


def test_rollback_to_what_the_store_lost_is_refused(project, repository, dev, alter):
    repository.name("dev", dev[1].digest)
    alter(repository.buckets["dev"], f"digits/{dev[0].digest}/triton/digits/1/model.onnx")
    with pytest.raises(UserError, match=r"model\.onnx: got sha256 .* It was altered"):
        rollback(project, "digits", "dev")
    repository.buckets["dev"].delete([f"digits/{dev[0].digest}/SHA256SUMS"])
    with pytest.raises(UserError, match="no SHA256SUMS"):
        rollback(project, "digits", "dev")
    assert dev[1].digest in repository.text("dev")


def test_rollback_without_a_past_says_so_and_takes_a_digest(project, repository, dev):
    with pytest.raises(UserError, match="no digest before this one in git's history"):
        rollback(project, "digits", "dev")
    rollback(project, f"digits@{dev[1].digest[:8]}", "dev")
    assert dev[1].digest in repository.text("dev")


KEY = "aistacks:environment"
SHAPES = {
    "plain": "config:\n  aistacks:environment:\n    services:\n      a: # c\n        digest:   sha256:OLD   # EDIT\n",
    "quoted": "config: {aistacks:environment: {services: {a: {model: m, digest: 'sha256:OLD'}}}} # end\n",
    "double": 'config:\r\n  aistacks:environment:\r\n    services:\r\n      a:\r\n        digest: "OLD"\r\n',
    "strange": "# ä€😀\nconfig:\n  'aistacks:environment':\n    services:\n      ? a\n      : digest: sha256:OLD\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_edit_changes_the_digest_and_no_other_character(tmp_path, shape):
    path, text = tmp_path / "Pulumi.dev.yaml", SHAPES[shape].replace("OLD", "0" * 64)
    path.write_bytes(text.encode())
    path.chmod(0o640)
    file = EnvironmentFile(path, text, KEY)
    file.write(file.with_digests({"a": "f" * 64}))
    assert path.read_bytes().decode() == text.replace("0" * 64, "f" * 64)
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "services",
    [
        "a: {digest: &d OLD}\n      b: {digest: *d}",
        "a: &a {digest: OLD}\n      b: *a",
        "b: &b {digest: OLD}\n      a: {<<: *b}",
        "a:\n        digest: >-\n          OLD",
        "a: {model: m}",
        "a: {digest: [OLD]}",
    ],
)
def test_a_digest_that_is_not_written_out_is_left_alone(tmp_path, services):
    text = f"config:\n  aistacks:environment:\n    services:\n      {services.replace('OLD', '0' * 64)}\n"
    with pytest.raises(UserError, match=r"Pulumi\.dev\.yaml"):
        EnvironmentFile(tmp_path / "Pulumi.dev.yaml", text, KEY).with_digests({"a": "f" * 64})


def test_the_committed_environments_can_be_edited():
    found = read_project(Path(__file__).parents[3])
    for environment in found.stacks():
        file = EnvironmentFile.read(found, environment)
        after = file.with_digests({each.name: "f" * 64 for each in file.services})
        assert len(after.splitlines()) == len(file.text.splitlines())
        assert checksums.sha256(after.encode()) != checksums.sha256(file.text.encode())
