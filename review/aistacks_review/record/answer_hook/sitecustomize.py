"""Notes what a Pulumi program asks its engine for: every Python with this folder on its path runs this file first.

It belongs to a run of `aistacks answers record`, whose variable names the file that the notes go to. It must not get in
the program's way: it imports only what every Python has, and changes nothing but the engine's stub in Pulumi's SDK.
"""

import importlib.util
import json
import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

_NOTES = os.environ.get("AISTACKS_ANSWER_NOTES", "")
_STUB = "pulumi.runtime.proto.resource_pb2_grpc"
_HERE = Path(__file__).resolve().parent


class _Noted:
    """A method of the engine's that notes what it was asked and what it answered."""

    def __init__(self, method: Any, note: Any) -> None:
        self._method = method
        self._note = note

    def __call__(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = self._method(request, *args, **kwargs)
        try:
            self._note(request, response)
        except Exception as error:  # noqa: BLE001 (the program goes on whatever happens here)
            _write({"kind": "failure", "token": str(error)[:200]})
        return response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._method, name)


def _function(request: Any, response: Any) -> None:
    if response.failures or getattr(response, "unknown", False):
        return
    returned = getattr(response, "return")
    _write({"kind": "function", "token": request.tok, "args": _table(request.args), "result": _table(returned)})


def _read(request: Any, response: Any) -> None:
    state = _table(response.properties)
    _write({"kind": "state", "token": request.type, "id": request.id, "result": state})


def _table(struct: Any) -> Any:
    from google.protobuf import json_format

    return json_format.MessageToDict(struct)


def _write(note: Any) -> None:
    with Path(_NOTES).open("a", encoding="utf-8") as notes:
        notes.write(json.dumps(note) + "\n")


def _note_calls(module: Any) -> None:
    stock = module.ResourceMonitorStub.__init__

    def made(self: Any, channel: Any) -> None:
        stock(self, channel)
        self.Invoke = _Noted(self.Invoke, _function)
        self.ReadResource = _Noted(self.ReadResource, _read)

    module.ResourceMonitorStub.__init__ = made


class _Loader:
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        self._loader.exec_module(module)
        _note_calls(module)


class _Finder:
    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if name != _STUB:
            return None
        spec: Any = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


def _run_the_other() -> None:
    """A machine's own `sitecustomize`, which this one stands before."""
    for folder in sys.path:
        if Path(folder).resolve() == _HERE:
            continue
        spec = PathFinder.find_spec("sitecustomize", [folder])
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
            return


_run_the_other()
if _NOTES:
    sys.meta_path.insert(0, _Finder())
