"""Openings of a network against every address and port of a small one."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aistacks_review.risk.networks import Width, beyond, opening, span

cidr = st.builds("10.0.0.{}/{}".format, st.integers(0, 15), st.integers(28, 32))
openings = st.lists(
    st.builds(
        lambda protocol, low, more, source: opening(protocol, low, low + more, source),
        st.sampled_from(["tcp", "udp", "-1"]),
        st.integers(0, 3),
        st.integers(0, 2),
        cidr,
    ),
    max_size=3,
)


def through(them, protocol, port, address):
    return any(
        o.protocol in ("-1", protocol)
        and o.ports[0] <= port <= o.ports[1]
        and o.addresses[1] <= address <= o.addresses[2]
        for o in them
    )


@settings(max_examples=150, deadline=None)
@given(openings, openings)
def test_something_is_new_exactly_if_a_packet_gets_through_that_didnt(base, head):
    first = span("10.0.0.0/32")[1]
    packets = itertools.product(["tcp", "udp", "sctp"], range(6), range(first, first + 16))
    more = any(through(head, *p) and not through(base, *p) for p in packets)
    assert bool(beyond(head, base)) == more


@pytest.mark.parametrize(
    ("source", "width"),
    [
        ("0.0.0.0/0", Width.INTERNET),
        ("::/0", Width.INTERNET),
        ("128.0.0.0/1", Width.INTERNET),
        ("8.0.0.0/8", Width.INTERNET),
        ("203.0.113.0/24", Width.PUBLIC),
        ("10.0.0.0/8", Width.PRIVATE),
        ("192.168.1.1/32", Width.PRIVATE),
        ("fd00::/8", Width.PRIVATE),
        ("100.64.0.0/10", Width.PRIVATE),
        ("sg-1", Width.NAMED),
        ("nonsense/99", Width.NAMED),
    ],
)
def test_width(source, width):
    assert opening("tcp", 443, 443, source).width is width


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (opening("tcp", 443, 443, "x"), "port 443"),
        (opening("6", 8000, 8002, "x"), "ports 8000 to 8002"),
        (opening(-1, 0, 0, "x"), "every port and protocol"),
        (opening("udp", None, None, "x"), "every port (udp)"),
        (opening("icmp", 8, 0, "x"), "every port (icmp)"),
    ],
)
def test_words(made, words):
    assert made.port_words == words
