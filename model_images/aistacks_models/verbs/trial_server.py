"""What a trial needs to know of a server that runs."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Server:
    """``http``: a URL without a slash at the end. ``grpc``: host:port."""

    kind: Literal["triton", "torchserve"]
    http: str
    grpc: str
