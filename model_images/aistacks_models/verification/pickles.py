"""Scans an artefact's files for code that loading them could run.

Files are identified by content, not by name: safetensors and ONNX carry data only and are parsed as such;
zip archives (``.pt2``, ``.pt``, ``.npz``) are opened, also inside one another; everything else is scanned as a pickle.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from .document import Finding, Safety

NATIVE = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""Magic bytes of programs and shared libraries of Linux, Windows and macOS."""
SCRIPTS = {".py", ".pyc", ".sh", ".so", ".dll", ".dylib", ".jar", ".js"}
PICKLED = {".pkl", ".pickle", ".joblib", ".dat", ".data", ".bin", ".pt", ".pth", ".ckpt", ".npy"}
"""Suffixes of pickles inside an archive; other entries are scanned where they begin like one."""
DEPTH = 4
"""Archives inside archives; deeper is suspicious in itself."""


def scan(files: list[Path], root: Path) -> Safety:
    """All ``files`` of an artefact; ``root`` is the folder that none of them may point out of."""
    findings: list[Finding] = []
    weights: set[Path] = set()
    models: dict[Path, Any] = {}
    for path in files:
        if (proto := _onnx(path)) is not None:
            models[path] = proto
            findings += _graph(proto, path, root, weights)
    for path in files:
        raw = path.resolve() in weights and path.suffix not in PICKLED - {".data", ".bin"}
        if path not in models and not raw and not _safetensors(path):
            with path.open("rb") as stream:
                findings += _scanned(stream, path.relative_to(root).as_posix(), DEPTH)
    return Safety(files=len(files), findings=tuple(dict.fromkeys(findings)))


def _scanned(stream: Any, name: str, depth: int) -> Iterator[Finding]:
    head = stream.read(8)
    stream.seek(0)
    if head.startswith(NATIVE) or PurePosixPath(name).suffix.lower() in SCRIPTS:
        yield Finding(file=name, level="dangerous", what="a program, which needs no pickle to run")
        return
    if not zipfile.is_zipfile(stream):
        stream.seek(0)
        yield from _pickle(stream, name)
        return
    if depth == 0:
        yield Finding(file=name, level="suspicious", what="an archive too deep inside others to be opened")
        return
    with zipfile.ZipFile(stream) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            try:
                data = io.BytesIO(archive.read(entry))
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
                yield Finding(file=f"{name}:{entry.filename}", level="suspicious", what=f"can't be read: {error}")
                continue
            if _may_run(entry.filename, data.getbuffer()[:8].tobytes()):
                yield from _scanned(data, f"{name}:{entry.filename}", depth - 1)


def _may_run(name: str, head: bytes) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    pickled = (head[:1] == b"\x80" and head[1:2] <= b"\x05") or head.startswith(b"\x93NUMPY")
    return pickled or suffix in PICKLED | SCRIPTS or head.startswith((b"PK\x03\x04", *NATIVE))


def _pickle(stream: Any, name: str) -> Iterator[Finding]:
    """By picklescan 1.0.5: its lists of what an import may do are kept up there, not here."""
    from picklescan.scanner import SafetyLevel, scan_bytes

    logging.getLogger("picklescan").setLevel(logging.CRITICAL)  # it logs to standard error what is returned here
    try:
        result = scan_bytes(stream, name, PurePosixPath(name).suffix)
    except Exception as error:  # noqa: BLE001 - a damaged pickle makes it raise arbitrary errors
        yield Finding(file=name, level="suspicious", what=f"can't be scanned: {type(error).__name__}: {error}")
        return
    if result.scan_err:
        yield Finding(file=name, level="suspicious", what="a pickle that breaks off")
    for found in sorted(result.globals, key=lambda one: (one.module, one.name)):
        if found.safety is SafetyLevel.Dangerous:
            yield Finding(file=name, level="dangerous", what=f"loading it runs {found.module}.{found.name}")
        elif found.safety is SafetyLevel.Suspicious:
            what = f"loading it imports {found.module}.{found.name}, which isn't known to be harmless"
            yield Finding(file=name, level="suspicious", what=what)


def _onnx(path: Path) -> Any:
    """The model in ``path``, without its external data, or ``None``."""
    if path.suffix != ".onnx":
        return None
    import onnx
    from google.protobuf.message import DecodeError

    try:
        return onnx.load(path, load_external_data=False)
    except DecodeError:
        return None


def _graph(proto: Any, path: Path, root: Path, weights: set[Path]) -> Iterator[Finding]:
    name = path.relative_to(root).as_posix()
    known = {*_domains(), *(function.domain for function in proto.functions)}
    graphs = [proto.graph]
    nodes = [node for function in proto.functions for node in function.node]
    tensors: list[Any] = []
    while graphs or nodes:
        if graphs:
            graph = graphs.pop()
            nodes += graph.node
            tensors += graph.initializer
            continue
        node = nodes.pop()
        if node.domain not in known:
            what = f"operator {node.domain}.{node.op_type} needs a library that isn't in the artefact"
            yield Finding(file=name, level="suspicious", what=what)
        for attribute in node.attribute:
            graphs += [attribute.g, *attribute.graphs] if attribute.HasField("g") else [*attribute.graphs]
            tensors += [attribute.t, *attribute.tensors] if attribute.HasField("t") else [*attribute.tensors]
    for place in sorted({e.value for tensor in tensors for e in tensor.external_data if e.key == "location"}):
        target = (path.parent / place).resolve()
        if not target.is_relative_to(root.resolve()):
            yield Finding(file=name, level="dangerous", what=f"weights are read from {place}, outside the artefact")
        elif not target.is_file():
            yield Finding(file=name, level="suspicious", what=f"weights are in {place}, which isn't there")
        weights.add(target)


@lru_cache(maxsize=1)
def _domains() -> frozenset[str]:
    """Built-in operator domains of ONNX Runtime; any other domain needs a custom library."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    # Its sources call the empty domain by this name, too (include/onnxruntime/core/graph/constants.h, read 2026-11-27).
    return frozenset({"ai.onnx", *(schema.domain for schema in state.get_all_operator_schema())})


def _safetensors(path: Path) -> bool:
    if path.suffix != ".safetensors":
        return False
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np"):
            return True
    except SafetensorError:
        return False
