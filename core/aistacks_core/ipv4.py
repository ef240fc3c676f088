"""IPv4 ranges, read once for every package."""

from ipaddress import IPv4Network

PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""RFC 1918's blocks."""
SHARED = IPv4Network("100.64.0.0/10")
"""RFC 6598's block, which providers use behind their own address translation."""


def parse(text: str) -> IPv4Network:
    """The range that ``text`` names. Raises ``ValueError`` with one sentence for what is no range: it wants a prefix
    length and no host bits, so ``10.0.0.5`` and ``10.0.0.1/16`` are refused, as AWS refuses them."""
    if "/" not in text:
        raise ValueError(f"{text!r} has no prefix length such as /16.")
    length = text.partition("/")[2]
    if not length.isdigit():
        # ipaddress would also take a netmask, 10.0.0.0/255.0.0.0; AWS takes a prefix length only.
        raise ValueError(f"{length!r} is no prefix length from 0 to 32.")
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"{error}.") from None
    if str(network) != text:
        raise ValueError(f"Write it {network}.")
    return network
