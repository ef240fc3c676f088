"""Registers what a recorded state holds, in its order: an old version's program, without the old version.

Where an input was made of another resource's outputs (an ARN in a policy, say), it is made of them again, for ids and
generated names are others this time.
"""

import json
import os
import re
from pathlib import Path

import pulumi

SECRET = "plaintext"
PROVIDERS = "pulumi:providers:"
NOT_THE_PROGRAMS = ("__internal", "version")
_SHORTEST = 6


def strings(value, path=()):
    """Each string below ``value``, with its path."""
    if isinstance(value, str):
        yield value, path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from strings(item, (*path, index))


def at(value, path):
    for step in path:
        value = value[step]
    return value


class Replay:
    """``states``: URN → the recorded resource. ``made``: URN → the one registered now."""

    def __init__(self, resources):
        self.states = {resource["urn"]: resource for resource in resources}
        self.made = {}

    def run(self):
        for urn, resource in self.states.items():
            if resource["type"] != "pulumi:pulumi:Stack" and not self._is_default_provider(urn):
                self.made[urn] = self._register(resource)

    def _is_default_provider(self, urn):
        return PROVIDERS in urn and urn.rpartition("::")[2].startswith("default")

    def _register(self, resource):
        kind, name = resource["type"], resource["urn"].rpartition("::")[2]
        opts = pulumi.ResourceOptions(parent=self.made.get(resource.get("parent")))
        if not resource["custom"]:
            return pulumi.ComponentResource(kind, name, {}, opts)
        opts.depends_on = [self.made[urn] for urn in resource.get("dependencies", ()) if urn in self.made]
        opts.deleted_with = self.made.get(resource.get("deletedWith"))
        opts.ignore_changes = resource.get("ignoreChanges")
        inputs = {
            key: self._linked(value, resource.get("propertyDependencies", {}).get(key, ()))
            for key, value in self._given(resource["inputs"]).items()
        }
        if kind.startswith(PROVIDERS):
            opts.version = resource["inputs"]["version"]
            given = {key: value for key, value in inputs.items() if key not in NOT_THE_PROGRAMS}
            return pulumi.ProviderResource(kind.removeprefix(PROVIDERS), name, given, opts)
        provider = resource["provider"].rpartition("::")[0]
        if self._is_default_provider(provider):
            opts.version = ".".join(provider.rpartition("::")[2].split("_")[1:])
        else:
            opts.provider = self.made[provider]
        # As in a generated SDK: a property without a value is an output.
        return pulumi.CustomResource(kind, name, {**dict.fromkeys(resource["outputs"]), **inputs}, opts)

    def _given(self, value):
        """Inputs as the program gave them: without what the provider filled in."""
        if isinstance(value, list):
            return [self._given(item) for item in value]
        if not isinstance(value, dict):
            return value
        if SECRET in value:
            return pulumi.Output.secret(json.loads(value[SECRET]))
        filled = {"__defaults", *value.get("__defaults", ())}
        return {key: self._given(item) for key, item in value.items() if key not in filled}

    def _linked(self, value, urns):
        """``value`` with outputs of the resources ``urns`` in place of what they were when it was recorded."""
        known = {}
        for urn in urns:
            if urn in self.made and self.states[urn]["custom"]:
                known |= {text: (urn, path) for text, path in strings(self.states[urn]["outputs"])}
                known[self.states[urn]["id"]] = (urn, ("id",))
        known = {text: place for text, place in known.items() if len(text) >= _SHORTEST}
        return self._replaced(value, known) if known else value

    def _replaced(self, value, known):
        if isinstance(value, list):
            return [self._replaced(item, known) for item in value]
        if isinstance(value, dict):
            return {key: self._replaced(item, known) for key, item in value.items()}
        if not isinstance(value, str):
            return value
        # The longest first: a name is part of its ARN.
        pattern = re.compile("|".join(re.escape(text) for text in sorted(known, key=len, reverse=True)))
        found = sorted(set(pattern.findall(value)))
        if not found:
            return value
        places = [known[text] for text in found]
        outputs = [self.made[urn].id if path == ("id",) else self.made[urn].__dict__[path[0]] for urn, path in places]

        def now(values):
            new = {
                text: item if path == ("id",) else at(item, path[1:])
                for text, (_, path), item in zip(found, places, values, strict=True)
            }
            return pattern.sub(lambda match: str(new[match[0]]), value)

        return pulumi.Output.all(*outputs).apply(now)


Replay(json.loads(Path(os.environ["AISTACKS_RECORDED_STATE"]).read_text())["resources"]).run()
