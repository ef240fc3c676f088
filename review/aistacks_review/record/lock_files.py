"""What of a lock has to be installed: the program's own packages and what they need, on this machine's Python."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from packaging.markers import InvalidMarker, Marker

from aistacks_core.environments import normalised

from .requirements import Requirements, text_lines

_Table = dict[str, Any]


@dataclass(frozen=True)
class _Need:
    """One package that another needs. ``version``: which, where the lock has several."""

    name: str
    version: str = ""
    extras: tuple[str, ...] = ()


def lines_of(asked: Requirements) -> list[str]:
    """The lines of a requirements file that installs ``asked``, without packages by path; of a lock each with its
    exact version and, where the lock has them, its hashes."""
    if asked.kind not in ("uv", "poetry"):
        return text_lines(asked.file)
    packages = [p for p in tomllib.loads(asked.file.read_text()).get("package", []) if isinstance(p, dict)]
    by_name: dict[str, list[_Table]] = {}
    for package in packages:
        by_name.setdefault(normalised(str(package.get("name"))), []).append(package)
    needs = _uv_needs if asked.kind == "uv" else _poetry_needs
    if asked.kind == "uv":
        roots = [need for p in packages if _is_local(p) for need in needs(p, ())]
    else:
        roots = [_Need(name) for name in asked.direct]
        roots += [need for p in packages if _is_local(p) for need in needs(p, ())]
    found = _closure(roots, by_name, needs)
    # Hashes for all, or for none: an installer that sees one asks for every one.
    hashed = all(_hashes(package) for package in found)
    return sorted(_line(package, hashed=hashed) for package in found)


def _closure(
    roots: list[_Need], by_name: dict[str, list[_Table]], needs: Callable[[_Table, tuple[str, ...]], Iterator[_Need]]
) -> list[_Table]:
    found: dict[int, _Table] = {}
    seen: set[_Need] = set()
    todo = list(roots)
    while todo:
        need = todo.pop()
        if need in seen:
            continue
        seen.add(need)
        package = _chosen(by_name.get(need.name, []), need.version)
        if package is None:
            continue
        if not _is_local(package):
            found[id(package)] = package
        todo += needs(package, need.extras)
    return list(found.values())


def _chosen(candidates: list[_Table], version: str) -> _Table | None:
    if version:
        candidates = [p for p in candidates if p.get("version") == version]
    fitting = [p for p in candidates if _any_holds(p.get("resolution-markers")) and _holds(_marker_of(p))]
    return next(iter(fitting), None)


def _marker_of(package: _Table) -> Any:
    """Poetry's markers of a package: one text, or one for each group of dependencies."""
    markers = package.get("markers")
    return markers.get("main") if isinstance(markers, dict) else markers


def _uv_needs(package: _Table, extras: tuple[str, ...]) -> Iterator[_Need]:
    optional = package.get("optional-dependencies", {})
    for one in [*package.get("dependencies", []), *(d for extra in extras for d in optional.get(extra, []))]:
        if _holds(one.get("marker")):
            yield _Need(normalised(one["name"]), one.get("version", ""), tuple(one.get("extra", ())))


def _poetry_needs(package: _Table, extras: tuple[str, ...]) -> Iterator[_Need]:
    wanted = {
        normalised(text.split()[0].split("[")[0]) for e in extras for text in package.get("extras", {}).get(e, [])
    }
    for name, about in package.get("dependencies", {}).items():
        for one in about if isinstance(about, list) else [about]:
            table = one if isinstance(one, dict) else {}
            if table.get("optional") and normalised(name) not in wanted:
                continue
            if _holds(table.get("markers")) or normalised(name) in wanted:
                yield _Need(normalised(name), "", tuple(table.get("extras", ())))
                break


def _holds(marker: Any) -> bool:
    if not isinstance(marker, str) or not marker:
        return True
    try:
        return Marker(marker).evaluate({"extra": ""})
    except InvalidMarker:
        return True


def _any_holds(markers: Any) -> bool:
    return not isinstance(markers, list) or not markers or any(_holds(marker) for marker in markers)


def _is_local(package: _Table) -> bool:
    source = package.get("source", {})
    return source.get("type") == "directory" or any(key in source for key in ("editable", "directory", "virtual"))


def _hashes(package: _Table) -> list[str]:
    files = [*package.get("wheels", []), *package.get("files", []), *([package["sdist"]] if "sdist" in package else [])]
    return [file["hash"] for file in files if isinstance(file, dict) and "hash" in file]


def _line(package: _Table, *, hashed: bool) -> str:
    source = package.get("source", {})
    if "git" in source or source.get("type") == "git":
        address, _, commit = str(source.get("git", "")).partition("#")
        address = address.split("?")[0] or str(source.get("url"))
        return f"{package['name']} @ git+{address}@{commit or source.get('resolved_reference')}"
    if "url" in source and source.get("type") in (None, "url"):
        return f"{package['name']} @ {source['url']}"
    hashes = "".join(f" --hash={value}" for value in _hashes(package)) if hashed else ""
    return f"{package['name']}=={package['version']}{hashes}"
