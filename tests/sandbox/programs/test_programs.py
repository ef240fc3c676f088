"""The order in which programs are looked for, with real downloads from loopback and a real Go build."""

import dataclasses
import hashlib
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from aistacks_core import cache
from aistacks_core.errors import UserError
from aistacks_sandbox.programs import deb, download, go, obtain
from aistacks_sandbox.programs.facts import Deb, Download, GoBuild


def put_on_path(tmp_path, monkeypatch, name, version):
    folder = tmp_path / "path"
    folder.mkdir(exist_ok=True)
    script = folder / name
    script.write_text(f"#!/bin/sh\necho {version}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return script


def no_go(monkeypatch):
    monkeypatch.setattr(go, "path", lambda: None)


def test_a_program_on_path_is_taken(tool, cache_folder, host, tmp_path, monkeypatch):
    script = put_on_path(tmp_path, monkeypatch, tool.program, "v1.5.0")
    assert obtain.ensure(tool.program) == obtain.Program(tool.program, script, "v1.5.0", "PATH")
    assert host.asked == []


@pytest.mark.parametrize("version", ["v1.1.9", "no version at all"])
def test_one_that_is_too_old_or_says_nothing_is_passed_over(tool, cache_folder, tmp_path, monkeypatch, version):
    put_on_path(tmp_path, monkeypatch, tool.program, version)
    assert obtain.ensure(tool.program).origin == "download"


def test_a_download_is_verified_unpacked_and_cached(tool, cache_folder, host):
    first = obtain.ensure(tool.program)
    assert (first.version, first.origin) == ("v1.2.3", "download")
    assert obtain.ensure(tool.program) == first
    assert host.asked == ["/sums", "/tool.tar.gz"]


def test_a_corrupt_cached_program_is_downloaded_again(tool, cache_folder, host):
    first = obtain.ensure(tool.program)
    first.path.write_text("#!/bin/sh\necho v9.9.9\n")
    again = obtain.ensure(tool.program)
    assert again == first
    assert "v9.9.9" not in again.path.read_text()
    assert host.asked.count("/tool.tar.gz") == 2


def test_two_at_once_download_once(tool, cache_folder, host):
    got = []
    threads = [threading.Thread(target=lambda: got.append(obtain.ensure(tool.program))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1
    assert host.asked.count("/tool.tar.gz") == 1


def test_a_wrong_checksum_is_never_run(tool, cache_folder, host, monkeypatch):
    no_go(monkeypatch)
    host.files["/sums"] = f"{'1' * 64}  tool.tar.gz\n".encode()
    with pytest.raises(UserError, match=r"has sha256 \w+, but .*/sums says 1111"):
        obtain.ensure(tool.program)
    assert obtain.find(tool.program) is None


def test_a_program_that_reports_less_than_the_oldest_is_not_taken(tool, cache_folder, monkeypatch):
    no_go(monkeypatch)
    row = dataclasses.replace(tool, oldest="v1.2.4")
    monkeypatch.setattr(obtain, "facts", lambda _: row)
    with pytest.raises(UserError, match=r"download: what it gave is v1\.2\.3, older than v1\.2\.4"):
        obtain.ensure(tool.program)
    assert obtain.find(tool.program) is None


def test_what_is_got_lies_under_the_version_that_it_reports(tool, cache_folder, monkeypatch):
    row = dataclasses.replace(tool, version="v1.2.9")
    monkeypatch.setattr(obtain, "facts", lambda _: row)
    got = obtain.ensure(tool.program)
    assert (got.version, got.path.parent.name) == ("v1.2.3", "v1.2.3")
    assert obtain.find(tool.program) == got


def test_a_lost_download_is_no_program(tool, cache_folder, host, monkeypatch):
    no_go(monkeypatch)
    host.cut.add("/tool.tar.gz")
    with pytest.raises(UserError) as caught:
        obtain.ensure(tool.program)
    line = str(caught.value)
    assert "bytes" in line
    assert "\n" not in line
    assert "or Go 999.0 or newer" in line
    assert "https://example.org/install" in line
    assert [failure.way for failure in cache.failures(tool.program)] == ["download", "Go build"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://aistacks.invalid/sums", "aistacks.invalid"),
        ("https://127.0.0.1:1/sums", "refused"),
        ("http://127.0.0.1:1/sums", "not https"),
    ],
)
def test_a_host_that_is_not_there_is_told_at_once(tmp_path, url, reason):
    with pytest.raises(download.DownloadError, match=reason):
        download.fetch(Download("https://127.0.0.1:1/x", url, None), "x", tmp_path)


def test_a_listing_without_the_file_is_no_checksum(tool, host, tmp_path):
    host.files["/sums"] = f"{'1' * 64}  other\n".encode()
    with pytest.raises(download.DownloadError, match=r"no sha256 of tool\.tar\.gz"):
        download.fetch(tool.download, "tool", tmp_path)


def test_an_archive_without_the_program_is_told(tool, host, tmp_path):
    with pytest.raises(download.DownloadError, match="absent"):
        download.fetch(dataclasses.replace(tool.download, member="absent"), "tool", tmp_path)


def small_build(tool, package, oldest="1.20"):
    return dataclasses.replace(
        tool, version="v1.36.0", download=Download("http://no", "http://no", None),
        go=GoBuild("etcd", package, oldest, (), 1, 0),
    )  # fmt: skip


@pytest.mark.skipif(go.path() is None, reason="no Go on this machine")
def test_where_nothing_can_be_downloaded_go_builds_from_the_pinned_module(tool, cache_folder, monkeypatch):
    row = small_build(tool, "google.golang.org/protobuf/cmd/protoc-gen-go")
    monkeypatch.setattr(obtain, "facts", lambda _: row)
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    got = obtain.ensure(row.program)
    assert got.origin == "Go build"
    assert obtain.find(row.program) == got
    assert [failure.way for failure in cache.failures(row.program)] == ["download"]
    assert not list(cache_folder.glob("build-*.log"))


@pytest.mark.skipif(go.path() is None, reason="no Go on this machine")
def test_a_build_that_fails_tells_its_last_words_and_where_the_log_is(tool, cache_folder, monkeypatch):
    row = small_build(tool, "go.etcd.io/etcd/server/v3/absent")
    monkeypatch.setattr(obtain, "facts", lambda _: row)
    with pytest.raises(UserError) as caught:
        obtain.ensure(row.program)
    log = cache_folder / f"build-{row.program}.log"
    assert "absent" in log.read_text()
    assert f"Whole log: {log}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_old_a_go_is_said(tool, monkeypatch):
    monkeypatch.setattr(go, "_facts_of_go", lambda: {"GOVERSION": "go1.19.1", "GOTOOLCHAIN": "local"})
    with pytest.raises(go.NoGoError, match=r"Go 1\.19\.1 on PATH is older than 1\.26\.0"):
        go.require("1.26.0")
    monkeypatch.setattr(go, "_facts_of_go", lambda: {"GOVERSION": "go1.19.1", "GOTOOLCHAIN": "auto"})
    assert go.require("1.26.0") == go.path()


def test_no_disk_is_noticed_before_anything_is_got(tool, cache_folder, host, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1 << 20}))
    with pytest.raises(UserError, match="GiB free; expected"):
        obtain.ensure(tool.program)
    assert host.asked == []


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """apt, with an archive of one package in a folder: what it says of it is no matter of a mirror's."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        pytest.skip("this machine has no apt")
    built, folder = tmp_path / "built", tmp_path / "archive"
    for path in (built / "DEBIAN", built / "usr" / "bin", folder, *(tmp_path / "apt" / n for n in ("lists", "cache"))):
        path.mkdir(parents=True)
    control = "Package: aistacks-tool\nVersion: 1.2.3\nArchitecture: all\nMaintainer: nobody\nDescription: a test\n"
    (built / "DEBIAN").chmod(0o755)
    (built / "DEBIAN" / "control").write_text(control)
    (built / "usr" / "bin" / "tool").write_text("#!/bin/sh\necho tool v1.2.3\n")
    (built / "usr" / "bin" / "tool").chmod(0o755)
    package = folder / "tool.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", built, package], check=True, capture_output=True)
    size, digest = package.stat().st_size, hashlib.sha256(package.read_bytes()).hexdigest()
    (folder / "Packages").write_text(f"{control}Filename: ./tool.deb\nSize: {size}\nSHA256: {digest}\n")
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] file:{folder} ./\n")
    (tmp_path / "apt.conf").write_text(
        f'Dir::State "{tmp_path}/apt"; Dir::State::lists "lists"; Dir::State::status "/dev/null";\n'
        f'Dir::Cache "{tmp_path}/apt/cache"; Dir::Etc::sourcelist "{tmp_path}/sources.list";\n'
        'Dir::Etc::sourceparts "/dev/null"; APT::Sandbox::User "";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    subprocess.run(["apt-get", "update", "-qq"], check=True, capture_output=True)
    return package


def test_a_program_comes_out_of_a_debian_package_without_root(archive, tmp_path):
    into = tmp_path / "into"
    into.mkdir()
    program = deb.fetch(Deb("aistacks-tool", "usr/bin/tool"), into)
    assert obtain.program_version(program, ("--version",)) == "v1.2.3"
    with pytest.raises(deb.DebError, match="has no usr/bin/other"):
        deb.fetch(Deb("aistacks-tool", "usr/bin/other"), into)
    with pytest.raises(deb.DebError, match="aistacks-no-such-package"):
        deb.fetch(Deb("aistacks-no-such-package", "x"), into)


def test_debians_own_etcd_is_new_enough(tmp_path):
    if not shutil.which("apt-get"):
        pytest.skip("this machine has no apt")
    try:
        program = deb.fetch(Deb("etcd-server", "usr/bin/etcd"), tmp_path)
    except deb.DebError as error:
        if "apt-get download" not in str(error):
            raise
        pytest.skip(f"no archive of Debian's answers: {error}")
    assert obtain.program_version(program, ("--version",)) >= "v3.4.0"


def test_where_there_is_no_apt_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(deb.DebError, match="no apt here"):
        deb.fetch(Deb("etcd-server", "usr/bin/etcd"), tmp_path)


def test_a_program_that_nobody_builds_is_only_downloaded(tool, cache_folder, host, monkeypatch):
    host.files.clear()
    monkeypatch.setattr(obtain, "facts", lambda _name: dataclasses.replace(tool, go=None))
    with pytest.raises(UserError) as error:
        obtain.ensure(tool.program)
    assert [failure.way for failure in cache.failures(tool.program)] == ["download"]
    assert error.value.todo == "Install it (https://example.org/install), then run this again."


@pytest.fixture
def unused_go(cache_folder, tmp_path, monkeypatch):
    """A Go whose user never built anything."""
    monkeypatch.delenv("GOCACHE", raising=False)
    monkeypatch.delenv("GOMODCACHE", raising=False)
    known = {
        "GOVERSION": "go1.26.8",
        "GOCACHE": str(tmp_path / "theirs"),
        "GOMODCACHE": str(tmp_path / "their-modules"),
    }
    monkeypatch.setattr(go, "_facts_of_go", lambda: known)
    return tmp_path / "theirs"


def test_builds_use_the_go_caches_of_a_machine_that_has_some(unused_go):
    (unused_go / "00").mkdir(parents=True)
    assert go._environment_with_caches("go-build")["GOCACHE"] == str(unused_go)


def test_builds_use_the_go_caches_that_the_environment_names(unused_go, monkeypatch):
    monkeypatch.setenv("GOMODCACHE", str(unused_go))
    assert go._environment_with_caches("go-build")["GOCACHE"] == str(unused_go)


def test_what_builds_leave_on_a_machine_without_go_caches_is_removed_read_only_folders_included(
    unused_go, cache_folder
):
    env = go._environment_with_caches("go-build")
    module = Path(env["GOMODCACHE"]) / "example.org" / "module@v1.0.0"
    assert module.is_relative_to(cache_folder) and Path(env["GOCACHE"]).is_relative_to(cache_folder)
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module example.org/module\n")
    module.chmod(0o500)
    kept = Path(go._environment_with_caches("go-modules")["GOMODCACHE"])
    kept.mkdir(parents=True)
    go.clean()
    assert not module.exists() and not Path(env["GOCACHE"]).exists()
    assert kept.is_dir()
    go.clean()
