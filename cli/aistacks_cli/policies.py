"""`aistacks policies`: what the rules are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aistacks_core import console
from aistacks_core.errors import UserError

if TYPE_CHECKING:
    from aistacks_policies import Rule

policies = typer.Typer(no_args_is_help=True, add_completion=False, help="The rules that a stack is judged by.")
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="As a Markdown table, as docs/policies.md has it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@policies.command("list")
def list_(as_json: AsJson = False, as_markdown: AsMarkdown = False) -> None:
    """Every rule: id, severity, where it comes from, and what it demands."""
    from aistacks_policies import rules

    if as_json:
        print(json.dumps([_table(rule) for rule in rules().values()], indent=1))  # noqa: T201
        return
    if as_markdown:
        print("\n".join(_markdown(rules().values())))  # noqa: T201
        return
    from rich.table import Table

    table = Table("Rule", "Severity", "Sources", "Demand", box=None, header_style="bold", pad_edge=False)
    for rule in rules().values():
        table.add_row(rule.id, rule.severity, ", ".join(rule.sources), rule.title)
    console.out.print(table)


@policies.command()
def show(rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id.")], as_json: AsJson = False) -> None:
    """One rule, whole: why, what to do, and what it looks at."""
    from aistacks_policies import rules

    if rule not in rules():
        near = get_close_matches(rule, rules(), 3)
        hint = f"Perhaps {' or '.join(near)}; " if near else ""
        raise UserError("RULE", repr(rule), "the id of a rule", f"{hint}`aistacks policies list` has them all")
    found = _table(rules()[rule])
    if as_json:
        print(json.dumps(found, indent=1))  # noqa: T201
        return
    console.out.print(f"[bold]{found['id']}[/] ({found['severity']}): {found['title']}", soft_wrap=True)
    console.out.print(f"\n{found['description']}\n", markup=False, soft_wrap=True)
    console.out.print(f"What to do: {found['fix']}", markup=False, soft_wrap=True)
    for key in ("sources", "types"):
        console.out.print(f"{key.capitalize()}: {', '.join(found[key]) or 'none'}", markup=False, soft_wrap=True)


def _markdown(rules: Iterable[Rule]) -> Iterator[str]:
    yield "| rule | severity | sources | what holds where it passes |"
    yield "| --- | --- | --- | --- |"
    for rule in rules:
        yield f"| `{rule.id}` | {rule.severity} | {', '.join(rule.sources)} | {rule.title} |"


def _table(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": str(rule.severity),
        "sources": list(rule.sources),
        "title": rule.title,
        "description": rule.description,
        "fix": rule.fix,
        "types": sorted(rule.types),
        "scope": "stack" if rule.across else "resource",
    }
