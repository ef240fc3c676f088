"""Answers that a person states, or a trusted run recorded: of functions, other stacks' outputs, and look-ups by id.

Below ``answers`` of ``<project>:plan`` in the environment's file, or in ``answers.<environment>.yaml`` beside it::

    aws:ec2/getAmi:getAmi: {id: ami-1}                           # whatever it is asked with
    aws:ssm/getParameter:getParameter:                           # by arguments: the most that match win
      - {args: {name: /shop/size}, result: {value: small}}
      - {result: {value: unknown}}
    pulumi:pulumi:StackReference: {acme/network/prod: {vpcId: vpc-1}}
    aws:ec2/vpc:Vpc: {vpc-1: {cidrBlock: 10.0.0.0/16}}           # what `.get(…, "vpc-1")` finds
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from aistacks_core.errors import UserError
from aistacks_core.project import Project, plain_values
from aistacks_core.yaml_files import described, read_mapping

STACKS = "pulumi:pulumi:StackReference"


@dataclass(frozen=True)
class Answer:
    """One answer of one function. ``args``: what it was asked with, as far as it matters."""

    args: dict[str, Any]
    result: dict[str, Any]


@dataclass(frozen=True)
class Stated:
    """Answers by token. ``states``: by type and id; of stacks, their outputs by name."""

    functions: dict[str, list[Answer]] = field(default_factory=dict)
    states: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def function(self, token: str, args: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer whose arguments match best: all that it states are as asked, and no other states more."""
        found = [a for a in self.functions.get(token, []) if all(_same(args.get(k), v) for k, v in a.args.items())]
        return max(found, key=lambda answer: len(answer.args)).result if found else None

    def state(self, type_: str, id_: str) -> dict[str, Any] | None:
        """What is known of the resource of that type and id, or of the stack of that name."""
        known = self.states.get(type_, {})
        if type_ == STACKS and id_ not in known:
            # A program may leave out the organization, or the project.
            return next((known[name] for name in known if f"/{name}".endswith(f"/{id_}")), None)
        return known.get(id_)

    def to_json(self) -> dict[str, Any]:
        """For the process that plans."""
        functions = {token: [vars(answer) for answer in answers] for token, answers in self.functions.items()}
        return {"functions": functions, "states": self.states}

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> Stated:
        """What ``to_json`` made."""
        functions = {token: [Answer(**one) for one in many] for token, many in table.get("functions", {}).items()}
        return cls(functions, table.get("states", {}))


def file_of(project: Project, environment: str) -> Path:
    """Where an environment's recorded answers are kept. Not ``Pulumi.….yaml``, for that would be another stack."""
    return project.settings_folder / f"answers.{environment}.yaml"


def stated_answers(project: Project, environment: str, tables: Mapping[str, Any]) -> Stated:
    """What the environment's file states, before what was recorded. Raises ``UserError`` with file and path."""
    key = f"{project.name}:plan"
    plan = tables.get(key)
    where = f"{project.settings_path(environment)}: config.{key}.answers"
    stated = parse(_table(plan).get("answers"), where) if plan is not None else Stated()
    file = file_of(project, environment)
    if not file.is_file():
        return stated
    recorded = parse(plain_values(read_mapping(file, "recorded answers")).get("answers"), f"{file}: answers")
    functions = {token: [*stated.functions.get(token, []), *many] for token, many in recorded.functions.items()}
    states = {type_: {**many, **stated.states.get(type_, {})} for type_, many in recorded.states.items()}
    return Stated({**stated.functions, **functions}, {**stated.states, **states})


def _table(plan: Any) -> Mapping[str, Any]:
    if isinstance(plan, str):
        try:
            plan = yaml.safe_load(plan)
        except yaml.YAMLError:
            plan = None
    # What else is wrong there is said by those who read the rest of it.
    return plan if isinstance(plan, Mapping) else {}


def parse(table: Any, where: str) -> Stated:
    """The answers in ``table``. Raises ``UserError`` with ``where`` and the path of what is wrong."""
    if table is None:
        return Stated()
    if not isinstance(table, Mapping):
        raise UserError(where, described(table), "a mapping of tokens to answers")
    functions: dict[str, list[Answer]] = {}
    states: dict[str, dict[str, dict[str, Any]]] = {}
    for token, value in table.items():
        here = f"{where}.{token}"
        if not isinstance(token, str) or token.count(":") != 2 or not token.rpartition(":")[2]:
            raise UserError(where, f"the key {described(token)}", "a token such as aws:ec2/getAmi:getAmi")
        if token.rpartition(":")[2][0].isupper():
            states[token] = _states(value, here, "a stack's name" if token == STACKS else "a resource's id")
        else:
            functions[token] = _answers(value, here)
    return Stated(functions, states)


def _states(value: Any, where: str, what: str) -> dict[str, dict[str, Any]]:
    found = _mapping(value, where, f"a mapping from {what} to its values")
    return {str(name): _mapping(one, f"{where}.{name}", "a mapping of its values") for name, one in found.items()}


def _answers(value: Any, where: str) -> list[Answer]:
    if not isinstance(value, list):
        return [Answer({}, _mapping(value, where, "the answer, a mapping, or a list of {args, result}"))]
    return [_answer(one, f"{where}[{index}]") for index, one in enumerate(value)]


def _answer(value: Any, where: str) -> Answer:
    found = _mapping(value, where, "a mapping with result, and args where it is for some arguments only")
    other = sorted(found.keys() - {"args", "result"})
    if other:
        raise UserError(where, f"the key {other[0]!r}", "args and result")
    if "result" not in found:
        raise UserError(where, "no result", "what the function answers")
    result = _mapping(found["result"], f"{where}.result", "a mapping: what the function answers")
    return Answer(_mapping(found.get("args") or {}, f"{where}.args", "a mapping: what it is asked with"), result)


def _mapping(value: Any, where: str, expected: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise UserError(where, described(value), expected)
    for key in value:
        if not isinstance(key, str):
            raise UserError(where, f"the key {described(key)}", "names")
    return dict(value)


def _same(asked: Any, stated: Any) -> bool:
    """Whether an argument is as stated: numbers by value, and what isn't given is as ``null``."""
    if isinstance(stated, Mapping) and isinstance(asked, Mapping):
        return all(_same(asked.get(key), stated.get(key)) for key in {*asked, *stated})
    if isinstance(stated, list) and isinstance(asked, list):
        return len(stated) == len(asked) and all(map(_same, asked, stated))
    if isinstance(stated, bool) or isinstance(asked, bool):
        return stated is asked
    return bool(asked == stated)


def to_paste(project: str, token: str, args: Mapping[str, Any], fields: list[str]) -> str:
    """The lines of the environment's file that answer ``token``, as one line of YAML."""
    result = ", ".join(f"{name}: …" for name in fields) or "…: …"
    asked = f"args: {json.dumps(args, default=str, ensure_ascii=False)}, " if args else ""
    return f'config: {{"{project}:plan": {{answers: {{"{token}": [{{{asked}result: {{{result}}}}}]}}}}}}'
