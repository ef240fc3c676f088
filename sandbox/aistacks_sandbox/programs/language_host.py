"""Asks a language host of Pulumi's for its version: it prints its port and serves, as it does for the engine."""

import subprocess
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2_grpc

_SECONDS = 20


def version(path: Path) -> str | None:
    """The version, as "v1.2.3", of the language host ``path``; None where it doesn't answer."""
    try:
        child = subprocess.Popen([path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return None
    with child:
        try:
            port = int(child.stdout.readline()) if child.stdout else 0
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                host = language_pb2_grpc.LanguageRuntimeStub(channel)
                plugin = host.GetPluginInfo(empty_pb2.Empty(), timeout=_SECONDS, wait_for_ready=True)
        except (ValueError, grpc.RpcError):
            return None
        finally:
            child.kill()
    return f"v{plugin.version.removeprefix('v')}" if plugin.version else None
