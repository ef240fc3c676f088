"""What the sandbox's tests share."""

import pytest

from aistacks.errors import UserError
from aistacks_cli.sandbox import cluster
from aistacks_cli.sandbox.state import State
from aistacks_cli.tools import etcd, kubernetes


@pytest.fixture(scope="session")
def api_server(tmp_path_factory):
    """The state of a running API server of the session's own; skips where its programs can't be had."""
    try:
        kubernetes.ensure()
        etcd.ensure()
    except UserError as error:
        pytest.skip(f"no API server on this machine: {error}")
    state = State(tmp_path_factory.mktemp("cluster") / ".aistacks" / "sandbox")
    cluster.start(state)
    yield state
    cluster.stop(state)
