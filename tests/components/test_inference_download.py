"""The step that brings the model into the pod, run as the pod runs it, with a stand-in for the AWS CLI."""

import hashlib
import os
import subprocess
from importlib import resources
from pathlib import Path

import pytest

SCRIPT = (resources.files("aistacks.inference_service") / "download.sh").read_text(encoding="utf-8")
AWS = '#!/bin/bash\n[ "$1 $2" = "s3 cp" ] && [ "$5" = "$EXPECTED_URL" ] && cp -r "$STORE/." "$6"\n'


FILES = {
    "VERIFIED": "0" * 64 + "\n",
    "manifest.json": "{}",
    "triton/digits/config.pbtxt": "x",
    "triton/digits/1/model py": "print()",
}


@pytest.fixture
def published(tmp_path: Path):
    """A published model; returns its folder and digest."""
    return package(tmp_path / "store", FILES)


def package(store: Path, files: dict[str, str]):
    for name, text in files.items():
        (store / name).parent.mkdir(parents=True, exist_ok=True)
        (store / name).write_text(text)
    lines = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(files.items())]
    (store / "SHA256SUMS").write_text("".join(lines))
    return store, hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.fixture
def fetch(tmp_path: Path, published):
    """Runs the step; returns its exit code and the files that a server would see."""
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    program.write_text(AWS)
    program.chmod(0o755)
    target = tmp_path / "models"
    target.mkdir()

    def run(digest: str, prefix: str = "") -> tuple[int, set[str]]:
        env = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "STORE": str(published[0]),
            "EXPECTED_URL": f"s3://bucket/{prefix}digits/{digest}/",
            "BUCKET": "bucket",
            "PREFIX": prefix,
            "MODEL": "digits",
            "DIGEST": digest,
            "TARGET": str(target),
        }
        done = subprocess.run(["bash", "-c", SCRIPT], env=env, capture_output=True, text=True, check=False)
        run.said = done.stdout + done.stderr
        seen = {str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()}
        return done.returncode, {p for p in seen if not p.startswith(".download/")}

    return run


MODEL = set(FILES)


def test_a_whole_model_is_served(fetch, published):
    assert fetch(published[1]) == (0, MODEL)


def test_a_store_with_a_prefix_is_read_below_it(fetch, published):
    assert fetch(published[1], "team-a/models/") == (0, MODEL)


def test_a_second_try_after_a_broken_one_serves_the_same(fetch, published):
    fetch(published[1])
    assert fetch(published[1]) == (0, MODEL)


def test_one_altered_byte_is_not_served(fetch, published):
    store, digest = published
    for name in FILES:
        data = bytearray((store / name).read_bytes())
        data[0] ^= 1
        (store / name).write_bytes(data)
        code, seen = fetch(digest)
        assert code != 0
        assert seen == set()
        assert f"{name}: FAILED" in fetch.said
        assert f"model digits@{digest}: got files that differ from SHA256SUMS" in fetch.said
        (store / name).write_text(FILES[name])
    assert fetch(digest) == (0, MODEL)


def test_a_list_that_was_replaced_is_not_believed(fetch, published):
    store, digest = published
    (store / "manifest.json").write_text("forged")
    sums = store / "SHA256SUMS"
    old, new = (hashlib.sha256(text).hexdigest() for text in (b"{}", b"forged"))
    sums.write_text(sums.read_text().replace(old, new))
    code, seen = fetch(digest)
    assert code != 0
    assert seen == set()


def test_a_file_that_is_missing_stops_it(fetch, published):
    store, digest = published
    (store / "manifest.json").unlink()
    assert fetch(digest)[0] != 0


def test_a_file_that_the_list_does_not_name_is_not_served(fetch, published):
    store, digest = published
    planted = store / "triton" / "digits" / "2" / "model.py"
    planted.parent.mkdir()
    planted.write_text("import os")
    assert fetch(digest) == (0, MODEL)


@pytest.mark.parametrize(
    ("missing", "line"),
    [("VERIFIED", "passed no gates: SHA256SUMS names no VERIFIED"), ("manifest.json", "names no manifest.json")],
)
def test_a_package_that_was_not_verified_is_not_served(fetch, published, missing, line):
    store, _ = published
    (store / missing).unlink()
    _, digest = package(store, {name: text for name, text in FILES.items() if name != missing})
    code, seen = fetch(digest)
    assert (code, seen) == (1, set())
    assert line in fetch.said
    # Beside the sums it proves nothing.
    (store / missing).write_text(FILES[missing])
    assert fetch(digest) == (1, set())


def test_half_a_publication_is_not_served(fetch, published):
    store, digest = published
    (store / "SHA256SUMS").unlink()
    assert fetch(digest) == (1, set())
    assert f"model digits@{digest}: got no SHA256SUMS in s3://bucket" in fetch.said


def test_a_signature_beside_the_sums_stays_behind(fetch, published):
    store, digest = published
    (store / "SHA256SUMS.sig").write_text("{}")
    assert fetch(digest) == (0, MODEL)
