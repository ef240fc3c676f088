"""The proof of a package: any change of any file is seen, and the sums are what sha256sum reads."""

import subprocess

import pytest

from aistacks_core import checksums


@pytest.fixture
def package(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "weights").write_bytes(bytes(range(256)))
    (tmp_path / "manifest.json").write_text("{}\n")
    return tmp_path


def test_sha256sum_agrees(package):
    digest = checksums.write(package)
    line = f"{digest}  SHA256SUMS\n"
    subprocess.run(["sha256sum", "--check", "--strict"], input=line, text=True, cwd=package, check=True)
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=package, check=True)


def test_lines_are_sorted_and_cover_every_other_file(package):
    checksums.write(package)
    sums = checksums.parse((package / "SHA256SUMS").read_bytes())
    assert list(sums) == ["a/b/weights", "manifest.json"]


def test_whole_package_gives_its_digest(package):
    digest = checksums.write(package)
    assert checksums.complete(package) == digest
    assert checksums.complete(package, digest) == digest
    assert checksums.complete(package, "0" * 64) is None


def test_one_altered_byte_is_seen(package):
    checksums.write(package)
    data = bytearray((package / "a" / "b" / "weights").read_bytes())
    data[100] ^= 1
    (package / "a" / "b" / "weights").write_bytes(data)
    assert checksums.complete(package) is None


def test_a_file_too_many_or_too_few_is_seen(package):
    checksums.write(package)
    (package / "a" / "extra").write_text("")
    assert checksums.complete(package) is None
    (package / "a" / "extra").unlink()
    (package / "manifest.json").unlink()
    assert checksums.complete(package) is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "0" * 64,
        "0" * 64 + " one-space",
        "x" * 64 + "  name",
        "0" * 64 + "  /etc/passwd",
        "0" * 64 + "  ../up",
    ],
)
def test_other_lines_are_refused(line):
    with pytest.raises(ValueError, match=r"line|path"):
        checksums.parse(f"{line}\n".encode())
