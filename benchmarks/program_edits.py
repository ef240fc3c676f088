"""A plain Pulumi program, as people write them without components, and random edits of it.

The program is a list of items, each one resource with its arguments and options as Python text. An edit changes the
list: names, properties, options, dependencies, providers.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

PROJECT = "plain"
HEAD = '''\
"""Generated."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("plain:index:Group", name, {}, opts)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


'''


@dataclass
class Item:
    """One resource: ``variable = kind("name", **arguments, opts=…)``. All values are Python text."""

    variable: str
    kind: str
    name: str
    arguments: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    updates: dict[str, Sequence[str]] = field(default_factory=dict)
    """Other values of arguments that are changed in place, or mean the same."""
    replaces: dict[str, Sequence[str]] = field(default_factory=dict)
    """Other values of arguments that can't be changed in place."""

    @property
    def text(self) -> str:
        given = [f'"{self.name}"', *(f"{k}={v}" for k, v in self.arguments.items())]
        if self.options:
            given.append(f"opts=pulumi.ResourceOptions({', '.join(f'{k}={v}' for k, v in self.options.items())})")
        return f"{self.variable} = {self.kind}({', '.join(given)})\n"

    def uses(self, variable: str) -> bool:
        texts = " ".join([*self.arguments.values(), *self.options.values()])
        return any(f"{variable}{end}" in texts for end in (".", "]", ")", ","))


def base() -> list[Item]:
    """The program before any edit."""
    items = yaml.safe_load(Path(__file__).with_name("plain_program.yaml").read_text())
    return [Item(**{"name": item["variable"], **item}) for item in items]


def write(folder: Path, items: Sequence[Item], stack: str = "dev") -> None:
    """The project of these items."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
    (folder / f"Pulumi.{stack}.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(HEAD + "".join(item.text for item in items))


def edited(items: Sequence[Item], dice: random.Random) -> tuple[str, list[Item]]:
    """A changed copy, and what was done to it."""
    changed = copy.deepcopy(list(items))
    names = [operation(dice, changed) for operation in dice.choices(OPERATIONS, k=dice.choice((1, 1, 2, 3)))]
    said = ", ".join(filter(None, names))
    if not said or [i.text for i in changed] == [i.text for i in items]:
        return edited(items, dice)
    return said, changed


def _any(dice: random.Random, items: list[Item], *, plain: bool = True) -> Item:
    return dice.choice([i for i in items if not plain or (i.updates or i.replaces)])


def _set(dice: random.Random, item: Item, kinds: Sequence[str]) -> str:
    places = [(key, value) for kind in kinds for key, values in getattr(item, kind).items() for value in values]
    if not places:
        return ""
    key, value = dice.choice(places)
    item.arguments[key] = value
    return f"{item.variable}.{key} = {value[:60]}"


def _update(dice: random.Random, items: list[Item]) -> str:
    return _set(dice, _any(dice, items), ["updates"])


def _replace(dice: random.Random, items: list[Item]) -> str:
    return _set(dice, _any(dice, items), ["replaces"])


def _wild(dice: random.Random, items: list[Item]) -> str:
    """A change under ignore_changes, replace_on_changes, or with an order of replacement."""
    item = _any(dice, items)
    said = _set(dice, item, ["updates", "replaces"])
    key = said.partition(".")[2].partition(" ")[0]
    words = {"enable_key_rotation": "enableKeyRotation"}
    wire = words.get(key, "".join(w.title() if n else w for n, w in enumerate(key.split("_"))))
    nested = {"tags": "tags.Owner", "spec": "spec.replicas", "metadata": "metadata.labels", "ingress": "ingress[0]"}
    option = dice.choice(("ignore_changes", "ignore_changes", "replace_on_changes", "delete_before_replace"))
    if option == "delete_before_replace":
        item.options[option] = "True"
    else:
        paths = dice.choice(([wire], [nested.get(wire, wire)], ["*"] if option == "replace_on_changes" else [wire]))
        item.options[option] = repr(paths)
    return said and f"{said} with {option}={item.options[option]}"


def _rename(dice: random.Random, items: list[Item]) -> str:
    item, old = (found := _any(dice, items, plain=False)), found.name
    item.name = f"{old}-renamed"
    if dice.random() < 0.6:
        item.options["aliases"] = f'[pulumi.Alias(name="{old}")]'
        return f"{old} renamed with an alias"
    return f"{old} renamed"


def _reparent(dice: random.Random, items: list[Item]) -> str:
    group = next((n for n, i in enumerate(items) if i.variable == "group"), None)
    if group is None:
        return ""
    item = dice.choice([i for i in items[group + 1 :] if i.kind.startswith("aws.")])
    if "parent" in item.options:
        del item.options["parent"]
        alias = "[pulumi.Alias(parent=group)]"
    else:
        item.options["parent"] = "group"
        alias = "[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]"
    if dice.random() < 0.6:
        item.options["aliases"] = alias
        return f"{item.variable} under another parent, with an alias"
    return f"{item.variable} under another parent"


def _protect(dice: random.Random, items: list[Item]) -> str:
    item = _any(dice, items)
    option = dice.choice(("protect", "retain_on_delete"))
    item.options[option] = "False" if item.options.get(option) == "True" else "True"
    return f"{item.variable} {option}={item.options[option]}"


def _delete(dice: random.Random, items: list[Item]) -> str:
    leaves = [i for i in items if not any(o.uses(i.variable) for o in items if o is not i)]
    named = [i for i in leaves if i.variable not in ("group", "cluster", "west")]
    if not named:
        return ""
    item = dice.choice(named)
    items.remove(item)
    return f"{item.variable} deleted"


def _new(dice: random.Random, items: list[Item]) -> str:
    number = len(items)
    variable, name = f"new{number}", f"new-{number}"
    kinds: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("aws.s3.Bucket", {}, {}),
        ("aws.sqs.Queue", {"kms_master_key_id": "key.arn"}, {}),
        ("aws.cloudwatch.LogGroup", {"kms_key_id": "key.arn"}, {"parent": "group"}),
        ("k8s.core.v1.ConfigMap", {"data": '{"x": "y"}'}, {"provider": "cluster"}),
    ]
    kind, arguments, options = dice.choice(kinds)
    fresh = Item(variable, kind, name, arguments, options)
    known = {i.variable for i in items}
    if any(name not in known for name in ("key", "group", "cluster")):
        return ""
    items.append(fresh)
    return f"a new {fresh.kind}"


def _depend(dice: random.Random, items: list[Item]) -> str:
    """Something known becomes what a new or another resource makes."""
    known = {i.variable: i for i in items}
    what = dice.choice(("new", "order", "literal"))
    if what == "order" and len(items) > 3:
        place = dice.randrange(2, len(items))
        other = items[dice.randrange(place)]
        items[place].options["depends_on"] = f"[{other.variable}]"
        return f"{items[place].variable} depends on {other.variable}"
    if what == "new" and "grant" in known:
        at = items.index(known["grant"])
        items.insert(at, Item("fresh", "aws.sqs.Queue", "fresh"))
        known["grant"].arguments["policy"] = 'fresh.arn.apply(lambda arn: policy(allow("sqs:*", arn)))'
        return "grant over a new queue"
    if "versions" in known:
        known["versions"].arguments["bucket"] = '"plain-lake"'
        return "versions.bucket written out"
    return ""


def _move_provider(dice: random.Random, items: list[Item]) -> str:
    known = {i.variable: i for i in items}
    what = dice.choice(("other", "default", "rename"))
    if what == "other" and "west" in known and "logs" in known:
        known["logs"].options["provider"] = "west"
        return "logs by another provider"
    if what == "default" and "far" in known:
        known["far"].options.pop("provider", None)
        return "far by the default provider"
    if "west" in known:
        known["west"].name = "west-2"
        return "provider west renamed"
    return ""


def _other_type(_dice: random.Random, items: list[Item]) -> str:
    item = next((i for i in items if i.variable == "images"), None)
    if item is None:
        return ""
    item.kind, item.arguments = "aws.ecs.Cluster", {"name": '"plain-images"'}
    item.updates, item.replaces = {}, {}
    return "images is of another type"


def _shuffle(dice: random.Random, items: list[Item]) -> str:
    item = items.pop(next(n for n, i in enumerate(items) if i.kind.startswith("aws.") and not i.options))
    last = max([n for n, i in enumerate(items) if item.uses(i.variable)], default=-1)
    first = min([n for n, i in enumerate(items) if i.uses(item.variable)], default=len(items))
    items.insert(dice.randint(last + 1, max(first, last + 1)), item)
    return f"{item.variable} stands elsewhere"


OPERATIONS: list[Callable[[random.Random, list[Item]], str]] = [
    *(_update, _update, _update, _replace, _replace, _replace, _wild, _wild, _wild, _rename, _rename, _reparent),
    *(_protect, _delete, _delete, _new, _depend, _depend, _move_provider, _other_type, _shuffle),
]
