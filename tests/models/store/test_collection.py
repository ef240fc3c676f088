"""Garbage collection: what somebody names stays, whatever else happens."""

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_models import store
from aistacks_models.store import Entry, Rules
from aistacks_models.workflows.garbage_collection import Keep, collect, referenced_digests
from aistacks_models.workflows.stores import store_of_environment
from aistacks_sandbox.model_store import model_store

NOW = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
DIGESTS = [f"{i:064x}" for i in range(12)]


def entry(model, digest, days, published=True, size=10):
    then = NOW - dt.timedelta(days=days)
    return Entry(model, digest, 3, size, then if published else None, then, signed=False)


ENTRIES = st.lists(
    st.builds(
        entry,
        st.sampled_from(["digits", "digits-large", "letters"]),
        st.sampled_from(DIGESTS),
        st.integers(0, 400),
        st.booleans(),
    ),
    unique_by=lambda each: (each.model, each.digest),
)


@settings(max_examples=300, deadline=None)
@given(ENTRIES, st.sets(st.sampled_from(DIGESTS)), st.integers(1, 4), st.integers(0, 200))
def test_whatever_is_named_new_or_young_stays(entries, names, newest, days):
    plan = store.plan(entries, names, Rules(newest, days), NOW)
    removed = set(plan.removed)
    assert removed | {each for each, _ in plan.kept} == set(entries)
    assert len(removed) + len(plan.kept) == len(entries)
    assert not {each.digest for each in removed} & names
    for each in removed:
        assert NOW - each.newest >= dt.timedelta(days=days)
        if each.published:
            younger = [e for e in entries if e.model == each.model and e.published and e not in removed]
            assert sum(e.published >= each.published for e in younger) >= newest


@settings(max_examples=100, deadline=None)
@given(ENTRIES, st.sets(st.sampled_from(DIGESTS)))
def test_what_nothing_keeps_goes(entries, names):
    plan = store.plan(entries, names, Rules(1, 0), NOW)
    for each, reason in plan.kept:
        assert (reason == "named") == (each.digest in names)
    newest = {each.model for each, reason in plan.kept if reason.startswith("one of")}
    assert len(newest) == sum(reason.startswith("one of") for _, reason in plan.kept)


def test_rules_that_would_remove_the_last_one_are_refused():
    with pytest.raises(UserError, match="at least 1"):
        store.plan([], set(), Rules(0, 0), NOW)


@pytest.fixture
def project(repository, dev):
    return read_project(repository.folder)


@pytest.fixture
def third(repository, make_package):
    package = store.Package.load(make_package(3))
    store.publish(repository.buckets["dev"], "digits", package)
    return package


def digests(bucket):
    return {each.digest for each in store.entries(bucket)}


def clean(project, keep=None, *, newest=1, days=0, remove=True, **more):
    place = store_of_environment(project, "dev", model_store)
    collect(project, place, Rules(newest, days), keep or Keep(), remove=remove, as_json=False, **more)


def test_only_what_nobody_names_goes(project, repository, dev, third, make_package):
    bucket = repository.buckets["dev"]
    other = store.Package.load(make_package(4))
    store.publish(bucket, "digits-large", other)
    repository.name("dev", third.digest)
    repository.commit()
    clean(project)
    # dev[0] is what a rollback would name, the newest is kept by its rank.
    newest = max(store.entries(bucket, "digits"), key=lambda each: (each.published, each.digest)).digest
    assert digests(bucket) == {dev[0].digest, third.digest, other.digest} | {newest}
    store.Published.open(bucket, "digits", third.digest).verify_objects()


def test_nothing_goes_without_being_told(project, repository, dev, third, capsys):
    clean(project, remove=False)
    assert len(digests(repository.buckets["dev"])) == 3
    assert "To be removed" in capsys.readouterr().out


def test_young_ones_stay(project, repository, dev, third):
    clean(project, days=1)
    assert len(digests(repository.buckets["dev"])) == 3


def test_named_are_those_of_every_file_branch_and_revision(project, repository, dev):
    texts = [f"{i}" * 64 for i in range(2, 8)]
    repository.name("dev", texts[0])  # not committed
    (repository.folder / "program.py").write_text(f'InferenceService("a", {{"model_digest": "sha256:{texts[1]}"}})\n')
    repository.git("add", "program.py")
    repository.git("checkout", "-q", "-b", "release")
    (repository.folder / "other.txt").write_text(texts[2])
    released = repository.commit()
    repository.git("rm", "-q", "other.txt")
    repository.commit()
    (repository.folder / "notes").write_text(f"{texts[3]}\n")  # untracked
    (repository.folder / "longer").write_text("9" * 65)
    found = referenced_digests(project, Keep((released,), (texts[4],)))
    assert {*texts[:5], dev[0].digest, "0" * 64, "1" * 64} <= found
    assert "9" * 64 not in found
    assert texts[2] not in referenced_digests(project, Keep())
    # The default branch counts although another one is checked out.
    repository.write("dev", {})
    repository.commit()
    assert dev[0].digest in referenced_digests(project, Keep())


def test_an_environments_file_that_does_not_read_stops_it(project, repository, dev, third):
    repository.path("staging").write_text("config: [\n")
    with pytest.raises(UserError, match=r"Pulumi\.staging\.yaml:2"):
        clean(project)
    repository.git("checkout", "-q", "stacks")
    with pytest.raises(UserError, match="--revision: got 'nowhere'"):
        clean(project, Keep(("nowhere",)))
    assert len(digests(repository.buckets["dev"])) == 3


def test_half_removed_it_is_no_model_and_the_rest_goes_later(project, repository, dev, third, monkeypatch):
    bucket = repository.buckets["dev"]
    gone = next(each for each in store.entries(bucket) if each.digest == dev[1].digest)
    real, calls = bucket.client.delete_objects, []

    def cut(**words):
        calls.append([item["Key"] for item in words["Delete"]["Objects"]])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**words)

    with monkeypatch.context() as patch:
        patch.setattr(bucket.client, "delete_objects", cut)
        with pytest.raises(KeyboardInterrupt):
            store.remove(bucket, gone)
    assert calls[0] == [f"digits/{gone.digest}/SHA256SUMS"]
    with pytest.raises(UserError, match="an incomplete publication"):
        store.Published.open(bucket, "digits", gone.digest)
    clean(project, newest=5)
    assert gone.digest not in digests(bucket)


def test_what_was_published_anew_meanwhile_is_not_removed(repository, dev):
    bucket = repository.buckets["dev"]
    listed = next(each for each in store.entries(bucket) if each.digest == dev[0].digest)
    old = Entry(**{**vars(listed), "newest": listed.newest - dt.timedelta(seconds=5)})
    with pytest.raises(UserError, match="got objects added meanwhile"):
        store.remove(bucket, old)
    store.Published.open(bucket, "digits", dev[0].digest)


def test_json_says_what_goes_and_why_the_rest_stays(project, repository, dev, third, capsys):
    collect(project, store_of_environment(project, "dev", model_store), Rules(1, 0), Keep(), remove=False, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert {row["digest"] for row in told["removable"]} | {row["digest"] for row in told["kept"]} == digests(
        repository.buckets["dev"]
    )
    assert "named" in {row["reason"] for row in told["kept"]}
    assert told["bytes"] == sum(row["bytes"] for row in told["removable"])


def test_without_git_the_projects_files_count(tmp_path, repository, dev):
    import shutil

    bare = tmp_path / "bare"
    shutil.copytree(repository.folder, bare, ignore=shutil.ignore_patterns(".git"))
    assert dev[0].digest in referenced_digests(read_project(bare), Keep())
