"""The projects of a repository, and which of them a change touches. In doubt one is touched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from aistacks_core.errors import UserError
from aistacks_core.project import FILE, Project, read_project
from aistacks_core.yaml_files import read_mapping

from . import requirements, revisions

_PRUNED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", "site-packages"})
_SILENT = (
    "*.md",
    "*.rst",
    "LICENSE*",
    "CODEOWNERS",
    ".gitignore",
    ".github/*",
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
)
"""Files outside every project that no program reads, unless it names them."""
_TEXT = (".py", ".yaml", ".yml", ".toml", ".txt", ".cfg", ".json", ".sh")
_MOST_TEXT = 1 << 20
"""Bytes of a file that are looked through for names."""
_MOST_FILES = 5000


@dataclass(frozen=True)
class Found:
    """A folder with a ``Pulumi.yaml``. ``project``: ``None`` where it isn't planned, and ``why`` says so."""

    path: str
    """Seen from the repository; ``.`` for its root."""
    project: Project | None
    why: str = ""
    mistake: bool = False
    """Whether it isn't planned because its files are wrong."""


@dataclass
class Change:
    """What differs between a base and the work tree: paths seen from the repository."""

    root: Path
    files: list[str]
    folders: list[str] = field(default_factory=list)
    """Of every project, on either side."""

    def touches(self, found: Found) -> str:
        """Why the project may come out otherwise, a phrase; empty where nothing that it reads has changed."""
        assert found.project  # noqa: S101 (what isn't planned isn't asked about)
        own = [file for file in self.files if self._owner(file) == found.path]
        if own:
            return _counted(own)
        reach = list(self._reach(found.project))
        needed = [file for file in self.files if any(_below(file, place) for place in reach)]
        if needed:
            return f"it needs {_counted(needed)}"
        # What a project at the root owns may as well be everybody's.
        shared = [f for f in self.files if self._owner(f) in ("", ".") and not any(fnmatch(f, p) for p in _SILENT)]
        if shared:
            return f"shared files: {_counted(shared)}"
        words = self._words(found)
        named = [f for f in self.files if {Path(f).name, Path(f).stem, Path(self._owner(f) or f).name} & words]
        return f"it names {_counted(named)}" if named else ""

    def _owner(self, file: str) -> str:
        """The innermost project that the file lies in; empty without one."""
        inside = [folder for folder in self.folders if _below(file, folder)]
        return max(inside, key=lambda folder: (folder != ".", len(folder)), default="")

    def _reach(self, project: Project) -> Iterator[str]:
        """Folders and files besides its own that the project says it needs."""
        places = [project.settings_folder, project.program, *_links(project.folder)]
        try:
            asked = requirements.read(project, self.root)
        except UserError:
            asked = None
        if asked is not None:
            places += [asked.file, *(asked.file.parent / path for path in asked.local)]
        for place in places:
            resolved = place.resolve()
            if resolved.is_relative_to(self.root) and resolved not in (self.root, project.folder):
                yield resolved.relative_to(self.root).as_posix()

    def _words(self, found: Found) -> set[str]:
        """Every word in the project's texts that may be the name of a file or folder."""
        words: set[str] = set()
        for count, path in enumerate(sorted((self.root / found.path).rglob("*"))):
            if count > _MOST_FILES:
                break
            inside = path.relative_to(self.root).as_posix()
            if path.suffix in _TEXT and not _pruned(inside) and self._owner(inside) == found.path and path.is_file():
                text = path.read_bytes()[:_MOST_TEXT].decode(errors="replace")
                words.update(re.findall(r"[\w.-]+", text))
                words.update(re.findall(r"\w+", text))
        return words


def find(root: Path, pattern: str = "") -> list[Found]:
    """Every project below ``root``, sorted by path; ``pattern``: only those whose path matches it (``infra/*``)."""
    places = sorted({str(Path(file).parent) for file in _project_files(root)})
    return [_found(root, place) for place in places if not pattern or fnmatch(place, pattern)]


def changed(root: Path, base: str) -> Change:
    """What differs between ``base``, a commit's hash, and the work tree, new files included."""
    names = [
        *revisions.git(root, "diff", "--name-only", "--no-renames", "-z", base, "--").stdout.split("\0"),
        *revisions.git(root, "ls-files", "--others", "--exclude-standard", "-z").stdout.split("\0"),
    ]
    folders = sorted({*(str(Path(file).parent) for file in _project_files(root)), *_before(root, base)})
    return Change(root, sorted({name for name in names if name}), folders)


def gone(root: Path, base: str, found: list[Found]) -> list[str]:
    """Folders of projects that the base has and the work tree hasn't, under no other folder either."""
    before = _before(root, base)
    here = {one.path for one in found}
    names = {one.project.name for one in found if one.project}
    return [place for place in sorted(before - here) if _name_in(root, base, place) not in names]


def _before(root: Path, base: str) -> set[str]:
    listed = revisions.git(root, "ls-tree", "-r", "-z", "--name-only", base).stdout.split("\0")
    return {str(Path(file).parent) for file in listed if Path(file).name == FILE and not _pruned(file)}


def _name_in(root: Path, base: str, place: str) -> str:
    text = revisions.git(root, "show", f"{base}:{place}/{FILE}" if place != "." else f"{base}:{FILE}").stdout
    named = re.search(r"(?m)^name:\s*['\"]?([\w.-]+)", text)
    return named[1] if named else ""


def _project_files(root: Path) -> list[str]:
    listed = revisions.git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z", f"*{FILE}")
    if listed.returncode == 0:
        names = listed.stdout.split("\0")
    else:
        names = [str(path.relative_to(root)) for path in _walk(root)]
    return [n for n in names if Path(n).name == FILE and not _pruned(n) and (root / n).is_file()]


def _walk(root: Path) -> Iterator[Path]:
    for folder, inside, files in os.walk(root):
        inside[:] = [name for name in inside if name not in _PRUNED]
        if FILE in files:
            yield Path(folder) / FILE


def _pruned(file: str) -> bool:
    return bool(_PRUNED.intersection(Path(file).parts))


def _found(root: Path, place: str) -> Found:
    folder = root / place
    try:
        about = read_mapping(folder / FILE, "a Pulumi project").get("runtime")
        runtime = about.get("name") if isinstance(about, dict) else about
        if isinstance(runtime, str) and runtime != "python":
            return Found(place, None, f"its runtime is {runtime}: only Python programs are planned")
        return Found(place, read_project(folder))
    except UserError as error:
        return Found(place, None, str(error).replace(f"{root}/", ""), mistake=True)


def _links(folder: Path) -> Iterator[Path]:
    """Where links in the folder lead."""
    for count, path in enumerate(folder.rglob("*")):
        if count > _MOST_FILES:
            return
        if path.is_symlink() and not _PRUNED.intersection(path.relative_to(folder).parts):
            yield path


def _below(file: str, place: str) -> bool:
    return place == "." or file == place or file.startswith(f"{place}/")


def _counted(files: list[str]) -> str:
    return files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
