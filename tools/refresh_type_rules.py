"""Takes the rules of AWS resource types from the source of Terraform's provider into the catalogue.

.venv/bin/python tools/refresh_type_rules.py FOLDER --revision v6.58.0 --date 2026-11-30

FOLDER: a checkout of terraform-provider-aws, or a folder with `internal/` in which each declaration is a file. Needs
the pinned pulumi-aws, whose names the rules are kept in, and botocore. A minute.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from aistacks_core import console
from provider_rules import read, sdk_names, tokens, translate
from provider_rules.source import Source

TYPES = Path(__file__).parents[1] / "catalog/aistacks_catalog/aws/types"
app = typer.Typer(add_completion=False)


@app.command()
def main(
    folder: Annotated[Path, typer.Argument(help="The provider's source.")],
    revision: Annotated[str, typer.Option(help="Its release or commit.")],
    date: Annotated[str, typer.Option(help="Today, as 2026-11-30.")],
    into: Annotated[Path, typer.Option(help="Where to write. Default: the catalogue.")] = TYPES,
) -> None:
    """Write `rules/<module>.json` and `rules.yaml`."""
    with console.phase("reading the provider's source"):
        rules = {item.terraform: item for item in read.types(Source(folder))}
    with console.phase("matching Pulumi's names"):
        types = sdk_names.types(package())
        matched = tokens.matches(types, rules)
    rows = {}
    lost: dict[str, list[str]] = {}
    for type_ in types:
        if type_.token in matched:
            rows[type_.token] = translate.row(
                type_, rules[matched[type_.token].terraform], lost.setdefault(type_.token, [])
            )
    write(into, rows, heading(revision, date, len(types)), [type_.token for type_ in types if type_.token not in rows])
    for token, paths in lost.items():
        sys.stdout.write(f"{token}: not in the package: {', '.join(paths)}\n" if paths else "")
    unread = {item.terraform: item.unread for item in rules.values() if item.unread}
    for name, about in unread.items():
        sys.stdout.write(f"{name}: couldn't be followed: {'; '.join(about[:3])}\n")
    sys.stdout.write(f"{len(rows)} of {len(types)} types\n")


def package() -> Path:
    """The folder of the installed pulumi-aws."""
    spec = importlib.util.find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pulumi_aws isn't installed", name="pulumi_aws")
    return Path(spec.origin).parent


def heading(revision: str, date: str, types: int) -> dict[str, Any]:
    """What the files are of."""
    return {
        "source": "hashicorp/terraform-provider-aws: each resource's schema, plan modifiers, CustomizeDiff, ModifyPlan",
        "revision": revision,
        "date": date,
        "package": f"pulumi-aws {importlib.metadata.version('pulumi-aws')}",
        "types": types,
    }


def write(into: Path, rows: dict[str, dict[str, Any]], about: dict[str, Any], missing: list[str]) -> None:
    """One JSON file per module with a line per type, and the heading with the types that the source lacks."""
    folder = into / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    modules: dict[str, list[str]] = {}
    for token, row in sorted(rows.items()):
        line = f"{json.dumps(token)}: {json.dumps(row, separators=(',', ':'), sort_keys=True)}"
        modules.setdefault(token.split(":")[1].partition("/")[0], []).append(line)
    for module, lines in modules.items():
        (folder / f"{module}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    text = yaml.safe_dump({**about, "not_covered": missing}, sort_keys=False, width=120)
    (into / "rules.yaml").write_text(
        "# Rules of AWS resource types: which change replaces, and what a change in place makes unknown. In `rules/`,\n"
        "# a file per module, written by tools/refresh_type_rules.py. `not_covered`: what this package has and the\n"
        "# source, which is older, hasn't. For these, and for a new property, every change may replace.\n" + text,
        encoding="utf-8",
    )


if __name__ == "__main__":
    app()
