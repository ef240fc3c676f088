"""The provider's Go source, by package: functions, methods, types and values, parsed when they are asked for.

Takes a checkout of terraform-provider-aws, or a folder with one file per function (`func.x.goindex`), as an index of it
has them: in both a package is a folder, and a file has its imports.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import tree_sitter_go
from tree_sitter import Language, Node, Parser

MODULE = "github.com/hashicorp/terraform-provider-aws"
_PARSER = Parser(Language(tree_sitter_go.language()))


@dataclass(frozen=True)
class GoFile:
    """A parsed file: what its imports are called, and its declarations."""

    package: str
    name: str
    imports: dict[str, str]
    declarations: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Declared:
    """A declaration and the file that it stands in."""

    node: Node
    file: GoFile


@dataclass
class Package:
    """What a folder declares. ``methods`` by receiver's type, then name."""

    path: str
    functions: dict[str, Declared] = field(default_factory=dict)
    methods: dict[str, dict[str, Declared]] = field(default_factory=dict)
    types: dict[str, Declared] = field(default_factory=dict)
    values: dict[str, Declared] = field(default_factory=dict)


def text(node: Node | None) -> str:
    """A node's source, empty for none."""
    return node.text.decode() if node is not None and node.text is not None else ""


class Source:
    """The packages below ``folder``: the checkout's root, or the folder that holds `internal`."""

    def __init__(self, folder: Path, names: Path | None = None) -> None:
        self.folder = folder
        self.names = names or folder / "names" / "attr_constants.csv"
        self._packages: dict[str, Package] = {}

    def services(self) -> list[str]:
        """The import paths of the service packages, sorted."""
        return sorted(
            f"{MODULE}/internal/service/{item.name}"
            for item in (self.folder / "internal/service").iterdir()
            if item.is_dir()
        )

    def package(self, path: str) -> Package:
        """The package with an import path; empty where the folder hasn't it."""
        found = self._packages.get(path)
        if found is None:
            found = self._packages[path] = Package(path)
            folder = self.folder / path.removeprefix(f"{MODULE}/")
            if path.startswith(f"{MODULE}/") and folder.is_dir():
                for file in sorted(folder.iterdir()):
                    if file.suffix in (".go", ".goindex") and not file.name.endswith("_test.go"):
                        _add(found, _parsed(path, file))
        return found

    def has(self, path: str) -> bool:
        """Whether the source holds a package."""
        return path.startswith(f"{MODULE}/") and (self.folder / path.removeprefix(f"{MODULE}/")).is_dir()

    @cached_property
    def attributes(self) -> dict[str, str]:
        """The constants of package `names`: ``AttrARN`` gives ``arn``."""
        if not self.names.is_file():
            return {}
        with self.names.open(encoding="utf-8", newline="") as file:
            return {f"Attr{row[1]}": row[0] for row in csv.reader(file) if len(row) == 2}

    def attribute(self, constant: str) -> str:
        """What a constant of package `names` holds; by its spelling where the list of them isn't there or lacks it."""
        return self.attributes.get(constant) or spelled(constant.removeprefix("Attr"))


def spelled(name: str) -> str:
    """A Go name in snake case: ``VPCIDs`` gives ``vpc_ids``, ``CloudWatchLogs`` ``cloudwatch_logs``."""
    name = name.replace("CloudWatch", "Cloudwatch").replace("IPAddress", "IpAddress")
    name = re.sub(r"(ARN|ID|URL)s(?=[A-Z]|$)", lambda found: found[1].capitalize() + "s", name)
    words = re.findall(
        r"S3|[A-Z]+(?![a-z])|[A-Z][a-z0-9]*",
        re.sub(r"(VPC|AWS|KMS|DNS|IAM)(?=[A-Z])", lambda f: f[1].capitalize(), name),
    )
    return "_".join(words).lower()


def _parsed(path: str, file: Path) -> GoFile:
    root = _PARSER.parse(_whole(file)).root_node
    imports: dict[str, str] = {}
    declarations = []
    for node in root.named_children:
        if node.type == "import_declaration":
            for spec in _all(node, "import_spec"):
                target = text(spec.child_by_field_name("path")).strip('"`')
                imports[text(spec.child_by_field_name("name")) or _called(target)] = target
        else:
            declarations.append(node)
    return GoFile(path, file.name, imports, tuple(declarations))


def _whole(file: Path) -> bytes:
    """A file's source. One value of a `const (…)` group stands in an index without the group's keyword."""
    code = file.read_bytes()
    if file.suffix != ".goindex" or not file.name.startswith("var."):
        return code
    head, found, rest = code.partition(b"\n)\n")
    if not found:
        head, _, rest = code.partition(b"\n")
    return code if re.match(rb"\s*(const|var|//)\b", rest) else head + found + b"\nconst " + rest.lstrip()


def _called(target: str) -> str:
    """A package's usual name, by its import path."""
    last = target.split("/")[-1]
    return target.split("/")[-2] if re.fullmatch(r"v\d+", last) else last


def _all(node: Node, kind: str) -> list[Node]:
    if node.type == kind:
        return [node]
    return [found for child in node.named_children for found in _all(child, kind)]


def _add(package: Package, file: GoFile) -> None:
    for node in file.declarations:
        name = text(node.child_by_field_name("name"))
        if node.type == "function_declaration":
            package.functions.setdefault(name, Declared(node, file))
        elif node.type == "method_declaration":
            receiver = re.findall(r"\*?(\w+)(?:\[[^\]]*\])?\s*\)$", text(node.child_by_field_name("receiver")))
            package.methods.setdefault(receiver[0] if receiver else "", {})[name] = Declared(node, file)
        elif node.type == "type_declaration":
            for spec in node.named_children:
                package.types.setdefault(text(spec.child_by_field_name("name")), Declared(spec, file))
        elif node.type in ("var_declaration", "const_declaration"):
            for spec in [*_all(node, "var_spec"), *_all(node, "const_spec")]:
                for each in spec.children_by_field_name("name"):
                    package.values.setdefault(text(each), Declared(spec, file))
