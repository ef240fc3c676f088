"""IPv4 ranges as AWS takes them."""

import pytest

from aistacks_core import ipv4


@pytest.mark.parametrize("text", ["10.0.0.0/16", "0.0.0.0/0", "203.0.113.7/32"])
def test_a_range_is_read_as_it_is_written(text):
    assert str(ipv4.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10.0.0.0", "no prefix length"),
        ("10.0.0.1/16", "host bits"),
        ("10.0.0.0/255.255.0.0", "no prefix length"),
        ("10.0.0.0/33", "33"),
        ("10.0.0.0/016", "Write it 10.0.0.0/16."),
        ("fd00::/8", "fd00::"),
        ("10.0.0/16", "10.0.0"),
        ("", "no prefix length"),
        ("10.0.0.0/-1", "no prefix length"),
        (" 10.0.0.0/16", "10.0.0.0"),
    ],
)
def test_what_aws_would_refuse_is_refused_in_one_sentence(text, why):
    with pytest.raises(ValueError, match=r"\.$") as error:
        ipv4.parse(text)
    assert why in str(error.value)
