"""Requests that no model may answer: seeded, of thousands of kinds, for any packaged model and either server.

``python -m fuzzing PACKAGE --http HOST:PORT --grpc HOST:PORT``, run in the models environment with the folder above on
PYTHONPATH, sends them.
"""

from .target import SERVERS, Server, Target

__all__ = ["SERVERS", "Server", "Target"]
