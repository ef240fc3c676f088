"""Files whole or not at all."""

import os
import threading

import pytest

from aistacks_core.files import write_atomically


def test_text_and_bytes_take_the_place_of_what_was_there(tmp_path):
    path = tmp_path / "note"
    write_atomically(path, "größer\n")
    assert path.read_bytes() == "größer\n".encode()
    write_atomically(path, b"\x00\r\n")
    assert path.read_bytes() == b"\x00\r\n"
    assert [file.name for file in tmp_path.iterdir()] == ["note"]


def test_permissions_are_those_asked_for_from_the_first_byte_or_those_of_before(tmp_path, monkeypatch):
    path = tmp_path / "key"
    seen = []
    real = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda fd, *words: seen.append(os.fstat(fd).st_mode & 0o777) or real(fd, *words))
    write_atomically(path, "secret", mode=0o600)
    assert seen == [0o600]
    path.chmod(0o640)
    write_atomically(path, "other")
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_can_not_be_written_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "note"
    write_atomically(path, "before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "after")
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["note"]


def test_writers_at_the_same_time_do_not_mix(tmp_path):
    path = tmp_path / "note"
    texts = [str(number) * 100_000 for number in range(8)]
    threads = [threading.Thread(target=write_atomically, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert [file.name for file in tmp_path.iterdir()] == ["note"]
