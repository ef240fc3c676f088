"""The plugin process: prints its port and serves the engine."""

from __future__ import annotations

from aistacks_cli.providers.aws.provider import AwsProvider
from aistacks_cli.providers.server import serve

if __name__ == "__main__":
    serve(AwsProvider())
