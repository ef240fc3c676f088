"""An artifact that anybody may have made gives its one document, or one line."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from aistacks_core.errors import UserError
from aistacks_review.pr import intake
from aistacks_review.pr.intake import take, unzipped
from aistacks_review.pr.strict import DEEPEST, parse


def archive(*members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members:
            opened.writestr(name, data)
    return made.getvalue()


def refused(call, told):
    with pytest.raises(UserError) as error:
        call()
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_a_folder_and_an_archive_are_alike(tmp_path):
    (tmp_path / "plan.json").write_bytes(b"{}")
    (tmp_path / "a.zip").write_bytes(archive(("plan.json", b"{}")))
    (tmp_path / "unnamed").write_bytes(archive(("plan.json", b"{}")))
    assert take(tmp_path) == take(tmp_path / "plan.json") == b"{}"
    assert take(tmp_path / "a.zip") == take(tmp_path / "unnamed") == b"{}"


OUTSIDE = ["../../escaped", "/tmp/escaped-aistacks", "..\\escaped", "plan.json/../../escaped", "a/b/c"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_in_an_archive_lead_nowhere(tmp_path, monkeypatch, name):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    file = folder / "plan.zip"
    file.write_bytes(archive((name, b"evil"), ("plan.json", b"{}")))
    before = sorted(tmp_path.rglob("*"))
    assert take(file) == b"{}"
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/escaped-aistacks").exists()


def test_a_link_in_an_archive_is_only_its_bytes(tmp_path):
    (tmp_path / "secret").write_text("{}")
    link = zipfile.ZipInfo("plan.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert unzipped(archive((link, str(tmp_path / "secret"))), "a") == str(tmp_path / "secret").encode()


def test_links_devices_and_pipes_are_not_read(tmp_path):
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "plan.json").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe.json")
    refused(lambda: take(tmp_path), "expected a plain file, not a link")
    refused(lambda: take(tmp_path / "plan.json"), "expected a plain file, not a link")
    refused(lambda: take(tmp_path / "pipe.json"), "got no plain file")
    refused(lambda: take(tmp_path / "none.json"), "got no such file")


def test_too_much_is_not_read(tmp_path):
    with (tmp_path / "plan.json").open("wb") as sparse:
        sparse.truncate(200 << 20)
    refused(lambda: take(tmp_path), "got more than 32 MiB")


def test_a_bomb_is_stopped_where_it_grows(tmp_path):
    bomb = archive(("plan.json", b" " * (64 << 20)))
    assert len(bomb) < 100_000
    refused(lambda: unzipped(bomb, "artifact"), "artifact: got more than 32 MiB")


def test_an_archive_of_too_many_bytes_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MOST_ARCHIVE", 100)
    (tmp_path / "a.zip").write_bytes(archive(("plan.json", os.urandom(200))))
    refused(lambda: take(tmp_path / "a.zip"), "got more than")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_documents_has_two_meanings(tmp_path):
    refused(lambda: unzipped(archive(("plan.json", b"{}"), ("plan.json", b"[]")), "a"), "2 files of that name")
    refused(lambda: unzipped(archive(("other.json", b"{}")), "a"), "0 files of that name")


# An archive carries the time at which it was made, and two workers must collect tests of the same name.
@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", b"no archive", archive(("plan.json", b"{}"))[:-30]],
    ids=["empty", "signature", "text", "cut"],
)
def test_what_is_no_archive_is_one_line(data):
    refused(lambda: unzipped(data, "artifact"), "artifact: got no readable archive")


def test_a_damaged_or_locked_member_is_one_line():
    whole = bytearray(archive(("plan.json", b"{}" * 1000)))
    whole[45] ^= 0xFF
    refused(lambda: unzipped(bytes(whole), "artifact"), "no readable archive")
    locked = bytearray(archive(("plan.json", b"{}")))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    refused(lambda: unzipped(bytes(locked), "artifact"), "no readable archive")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": NaN}', "NaN, which is no JSON"),
        ('{"a": [-Infinity]}', "-Infinity, which is no JSON"),
        ('{"a": 1e999}', "a number that is too large"),
        (f'{{"a": {"9" * 10_000}}}', "a number that is too long"),
        ('{"a": 1, "a": 2}', "a key that is given twice"),
        ('{"b": {"a": 1, "a": 2}}', "a key that is given twice"),
        ('{"a": "\\ud800"}', "a lone surrogate"),
        ('{"\\udfff": 1}', "a lone surrogate"),
        ("[]", "no mapping"),
        ('"text"', "no mapping"),
        ("", "no JSON (line 1, column 1)"),
        ("{", "no JSON"),
        ("\ufeff{}", "no JSON"),
        ('{"a": 1} {"b": 2}', "no JSON"),
        ("{'a': 1}", "no JSON"),
    ],
)
def test_json_with_another_meaning_than_one_is_refused(text, told):
    refused(lambda: parse(text.encode(), "plan.json"), told)


@pytest.mark.parametrize("levels", [DEEPEST, 1_000, 100_000, 1_000_000])
def test_deep_nesting_is_refused_and_not_suffered(levels):
    refused(lambda: parse(b'{"a":' + b"[" * levels + b"]" * levels + b"}", "plan.json"), f"more than {DEEPEST} levels")
    refused(lambda: parse(b'{"a":' * levels + b"1" + b"}" * levels, "plan.json"), f"more than {DEEPEST} levels")


def test_what_is_no_text_is_refused():
    refused(lambda: parse(b"\xff\xfe{}", "plan.json"), "no UTF-8 text")
    refused(lambda: parse('{"a": "é"}'.encode("latin-1"), "plan.json"), "no UTF-8 text")


def test_plain_json_comes_through():
    given = {"a": [1, 2.5, None, True, "é\u202e😀"], "b": {}}
    assert parse(json.dumps(given).encode(), "x") == parse(json.dumps(given, ensure_ascii=False).encode(), "x") == given
