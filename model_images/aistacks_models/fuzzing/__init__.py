"""Requests that no model may answer: seeded, of thousands of kinds, for any packaged model and either server.

``python -m aistacks_models.fuzzing PACKAGE --http HOST:PORT --grpc HOST:PORT`` sends them in the models environment.
"""

from .target import SERVERS, Server, Target

__all__ = ["SERVERS", "Server", "Target"]
