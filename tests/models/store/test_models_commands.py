"""`aistacks models`, as a user calls it."""

import json

import pytest

from aistacks_core import checksums
from aistacks_models import store


@pytest.fixture
def models(command, repository):
    """The command in the project's folder."""
    return lambda *words: command("models", *words, cwd=repository.folder)


@pytest.fixture
def at(repository):
    """Options that name dev's bucket instead of dev."""
    bucket = repository.buckets["dev"]
    return ["--bucket", bucket.name, "--endpoint", bucket.endpoint]


def test_publish_prints_what_a_deployment_names(models, repository, make_package):
    repository.write("dev", {})
    folder = make_package()
    answer = models("publish", folder, "-e", "dev")
    assert answer.code == 0, answer.err
    assert answer.out == f"digits@{checksums.complete(folder)}\n"
    assert models("publish", folder, "-e", "dev").out == answer.out


def test_list_tells_people_and_programs_the_same(models, repository, dev, at):
    answer = models("list", "-e", "dev")
    assert dev[0].digest[:12] in answer.out
    assert "dev/digits" in answer.out
    told = json.loads(models("list", "--json", *at).out)["models"]
    assert {row["digest"] for row in told} == {package.digest for package in dev}
    (first,) = (row for row in told if row["digest"] == dev[0].digest)
    assert first["named_by"] == ["dev/digits"]
    assert (first["variant"], first["quality"], first["verified"]) == ("int8", "accuracy 0.9700", True)


def test_list_shows_what_was_cut_off_or_is_unverified(models, repository, dev, make_package):
    bucket = repository.buckets["dev"]
    bucket.delete([f"digits/{dev[1].digest}/SHA256SUMS"])
    store.publish(bucket, "old", store.Package.load(make_package(5, marked=False, name="digits")))
    bucket.put(f"older/{'a' * 64}/SHA256SUMS", b"")
    answer = models("list", "-e", "dev")
    assert answer.code == 0
    assert "incomplete" in answer.out
    assert "unverified" in answer.out


def test_show_tells_the_manifest(models, dev):
    answer = models("show", f"digits@{dev[0].digest[:8]}", "-e", "dev")
    assert f"digits@{dev[0].digest}" in answer.out
    for text in ("accuracy 0.9700 (0.9500 to 0.9800)", "quality_loss", "dev/digits", "nobody", "CC0-1.0"):
        assert text in answer.out
    told = json.loads(models("show", f"digits@{dev[0].digest}", "-e", "dev", "--json").out)
    assert told["manifest"]["schema"] == 2
    assert told["signed_by"] is None


def test_pull_brings_it_and_verify_proves_it(models, repository, dev, tmp_path, alter):
    words = (f"digits@{dev[0].digest[:8]}", "-e", "dev")
    assert models("verify", *words).out.startswith(
        f"digits@{dev[0].digest} is intact (every byte read); 1 gates passed"
    )
    assert models("pull", *words, "--to", tmp_path / "here").code == 0
    assert checksums.complete(tmp_path / "here") == dev[0].digest
    alter(repository.buckets["dev"], f"digits/{dev[0].digest}/triton/digits/1/model.onnx")
    for more in ([], ["--quick"]):
        assert "model.onnx: got sha256 " in models("verify", *words, *more).mistake
    assert "model.onnx: got sha256 " in models("pull", *words, "--to", tmp_path / "there").mistake
    assert not (tmp_path / "there").exists()


def test_a_signature_is_made_asked_for_and_proved(models, repository, dev, make_package, tmp_path, at):
    assert models("key", "new", tmp_path / "k").out == (tmp_path / "k.pub").read_text()
    assert models("key", "public", tmp_path / "k").out == (tmp_path / "k.pub").read_text()
    folder = make_package(6)
    trusted = ["--trusted-keys", tmp_path / "k.pub", *at]
    assert "got no signature" in models("publish", folder, *trusted).mistake
    assert models("publish", folder, "--sign", tmp_path / "k", *trusted).code == 0
    name = f"digits@{checksums.complete(folder)}"
    assert "signed by a trusted key" in models("verify", name, *trusted).out
    assert "got no signature" in models("verify", f"digits@{dev[0].digest}", *trusted).mistake
    assert "got no signature" in models("pull", f"digits@{dev[0].digest}", *trusted).mistake


def test_promote_rollback_and_collect(models, repository, dev):
    assert models("promote", "digits", "--from", "dev", "--to", "staging").code == 0
    assert dev[0].digest in repository.text("staging")
    repository.commit()
    assert "no SHA256SUMS" in models("rollback", "digits", "-e", "staging").mistake
    assert models("promote", f"digits@{dev[1].digest}", "--from", "dev", "--to", "staging").code == 0
    answer = models("rollback", "digits", "-e", "staging", "--dry-run")
    assert f"{dev[1].digest[:12]} → {dev[0].digest[:12]}" in answer.out
    answer = models("collect", "-e", "dev", "--days", "0", "--newest", "1", "--yes")
    assert answer.code == 0
    # staging's file names the second, dev's the first.
    assert len(store.entries(repository.buckets["dev"])) == 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["list"], "no store; expected --environment (dev, staging) or --bucket"),
        (["list", "-e", "prod"], "--environment: got 'prod'"),
        (["list", "-e", "dev", "--bucket", "b"], "--bucket: got it beside --environment"),
        (["list", "--endpoint", "http://127.0.0.1:1"], "a store's options without --bucket"),
        (["collect", "-e", "dev", "--keep", "abc"], "--keep: got 'abc'"),
        (["show", "letters", "-e", "dev"], "no published model 'letters'"),
        (["publish", ".", "-e", "dev"], "no SHA256SUMS; expected a package"),
        (["key", "public", "nothing.key"], "nothing.key: got no such file"),
    ],
)
def test_mistakes_are_one_line(models, dev, words, line):
    assert line in models(*words).mistake


def test_a_note_that_does_not_fit_is_one_line(models, repository, dev):
    def noted(text):
        head = repository.text("dev").partition("  aistacks:store:")[0]
        repository.path("dev").write_text(f"{head}{text}")
        return models("list", "-e", "dev").mistake

    assert "aistacks:store: got nothing; expected the store's bucket" in noted("")
    assert "aistacks:store.bucket: got nothing" in noted("  aistacks:store: {prefix: a/}\n")
    assert "aistacks:store.buckets: got an unknown key" in noted("  aistacks:store: {buckets: a}\n")
    assert "aistacks:store.prefix: got 3; expected a valid string" in noted(
        "  aistacks:store: {bucket: models, prefix: 3}\n"
    )
    assert "prefix that ends in /" in noted("  aistacks:store: {bucket: models, prefix: x}\n")
    assert "none.pem: got" in noted("  aistacks:store: {bucket: models, trusted_keys: none.pem}\n")


def test_outside_a_project_a_bucket_will_do(command, repository, dev, at, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    answer = command("models", "list", *at, cwd=tmp_path / "elsewhere")
    assert dev[0].digest[:12] in answer.out
    assert "neither a project nor --bucket" in command("models", "list", cwd=tmp_path / "elsewhere").mistake
    assert "no Pulumi.yaml" in command("models", "collect", *at, cwd=tmp_path / "elsewhere").mistake


def test_the_running_sandboxs_store_is_found(command, repository, dev, monkeypatch, make_package):
    from aistacks_sandbox import cloud
    from aistacks_sandbox.state import State

    bucket, state = repository.buckets["dev"], State.of(repository.folder)
    repository.path("dev").write_text(repository.text("dev").partition("  aistacks:store:")[0])
    cloud.remember(state, stacks={"aistacks/dev": {"region": "eu-west-1"}})
    file = state.backend / ".pulumi" / "stacks" / "aistacks" / "dev.json"
    file.parent.mkdir(parents=True)
    outputs = {"model_bucket": bucket.name}
    resources = [{"type": "pulumi:pulumi:Stack", "outputs": outputs}]
    file.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))
    monkeypatch.setattr(cloud, "find", lambda state: cloud.EmulatedAws(bucket.endpoint, "boot"))
    for words in (["list"], ["list", "-e", "dev"]):
        assert dev[0].digest[:12] in command("models", *words, cwd=repository.folder).out
