"""The plugin process: prints its port and serves the engine."""

from __future__ import annotations

from aistacks_core import import_lock

from ..server import serve
from .provider import AwsProvider

if __name__ == "__main__":
    # The provider loads boto3 in a thread of its own, and the first requests load parts of it, too.
    import_lock.at_a_time()
    serve(AwsProvider())
