"""YAML that users write: read, or refused in one line whatever stands there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aistacks_core.errors import UserError
from aistacks_core.yaml_files import described, parse, read_mapping, written


@pytest.mark.parametrize(
    ("text", "place", "got"),
    [
        ("config:\n  a: [1\nb: 2\n", ":3", "expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", ":2", "cannot start any token"),
        ("", "", "an empty file"),
        ("- 1\n", "", "a list"),
        ("a: \x07\n", "", "special characters are not allowed"),
    ],
)
def test_what_is_no_mapping_is_told_with_its_line(tmp_path: Path, text: str, place: str, got: str) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        read_mapping(path, "settings")
    assert error.value.where == f"{path}{place}"
    assert got in error.value.got


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("Yes", "Yes"),
        ("n", "n"),
        ("true", True),
        ("FALSE", False),
        ("10:30", "10:30"),
        ("1:30:20.5", "1:30:20.5"),
        ("1e3", 1000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("0755", 0o755),
        ("1_000", 1000),
        ("0x1f", 31),
        ("-.inf", float("-inf")),
        ("~", None),
        ("'true'", "true"),
        ("'1e3'", "1e3"),
        ("'off'", "off"),
        ("'~'", "~"),
    ],
)
def test_scalars_are_what_pulumi_takes_them_for(text: str, value: object) -> None:
    """Each was given to gopkg.in/yaml.v3 3.0.1, into an `any`."""
    read = parse(f"a: {text}", "here")["a"]
    assert (type(read), read) == (type(value), value)
    # Whoever reads it next, Go or Python, reads the same.
    again = written({"a": value})
    assert parse(again, "here") == {"a": value}
    assert isinstance(value, float) or yaml.safe_load(again) == {"a": value}


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_bytes(b"a: \xff\xfe\n")
    with pytest.raises(UserError) as error:
        read_mapping(path, "settings")
    assert error.value.where == str(path) and "utf-8" in error.value.got


LAUGHS = "\n".join(["a0: &a0 [x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9))])
ODD = [
    "!!int x", "!!int ''", "!!float .", "!!bool maybe", "!!timestamp x", "2001-99-99", "!!binary '%'", "1:99:99",
    "!!python/object:os.system x", "&a [*a]", "&a {b: *a}", "? [a]\n: 1", "? {a: 1}\n: 1", '"\\ud800"', '"\\0"',
    "<<: 1", "0x" + "f" * 20_000, "[" * 5_000, "{a: " * 5_000, "*nobody", "!<tag:x> 1", "%YAML 9.9\n--- 1",
    "!!set {a, b}", "!!omap [a: 1]", "9" * 5_000, "1e999999999", "\ufeffa: 1", "a: 1\na: 2", "--- 1\n--- 2", "=", "~",
    "a: &x [1]\nb: [*x, *x]", LAUGHS,
]  # fmt: skip
"""What PyYAML's constructors stumble over, and what is YAML but no tree, no text or no end."""


@pytest.mark.parametrize("text", ODD)
def test_odd_yaml_is_a_value_or_one_line(text: str) -> None:
    try:
        value = parse(text, "here")
    except UserError as refused:
        assert str(refused).startswith("here")
        assert "\n" not in str(refused)
        assert len(str(refused)) < 300
    else:
        str(value).encode()
        assert "\n" not in described(value)


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_one_line(text: str) -> None:
    try:
        value = parse(text, "here")
    except UserError as refused:
        assert str(refused).startswith("here")
        assert "\n" not in str(refused)
    else:
        yaml.safe_dump(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_mapping_or_one_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Pulumi.dev.yaml")
        path.write_bytes(content)
        try:
            assert isinstance(read_mapping(path, "settings"), dict)
        except UserError as refused:
            assert str(refused).startswith(str(path))


@pytest.mark.parametrize(
    ("value", "text"),
    [({}, "a mapping"), ([1], "a list"), (None, "None"), (7, "7"), ("x\ny", r"'x\ny'"), ("x" * 99, f"'{'x' * 59}…")],
)
def test_a_value_is_described_shortly(value: object, text: str) -> None:
    assert described(value) == text
