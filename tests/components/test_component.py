"""The base class: names of children, registered outputs, one error type."""

import importlib
import inspect

import pulumi
import pulumi_aws as aws
import pytest

import aistacks
import aistacks_core.errors
from aistacks import UserError
from aistacks.component import Component, camel_case, output_names


class Shelf(Component):
    """Queues under its name."""

    queue_names: pulumi.Output[list[str]]
    kms_key_arn: pulumi.Output[str]
    _private: str

    def __init__(self, name, roles, opts=None, error=None):
        super().__init__(name, opts)
        if error:
            raise error
        made = [aws.sqs.Queue(role, opts=pulumi.ResourceOptions(parent=self)) for role in roles]
        self.queue_names = pulumi.Output.all(*[queue.name for queue in made])
        self.kms_key_arn = pulumi.Output.from_input("arn:key")


@pytest.mark.parametrize("name", ["shelf", "shelf-a", "shelf-a-b"])
def test_a_child_bears_its_parents_name(record, name):
    plan = record(lambda: Shelf("shelf", [name]))
    assert plan[name].parent.endswith("Shelf::shelf") if name != "shelf" else plan.of("aws:sqs/queue:Queue")


@pytest.mark.parametrize("name", ["queue", "shelfa", "a-shelf", "shel", "Shelf-a"])
def test_a_child_of_another_name_is_refused(record, name):
    with pytest.raises(ValueError, match=f"'{name}': expected 'shelf' or 'shelf-…'"):
        record(lambda: Shelf("shelf", [name]))


def test_a_grandchild_is_held_to_its_own_parents_name(record):
    class Room(Component):
        """Has a shelf."""

        def __init__(self, name, inner, opts=None):
            super().__init__(name, opts)
            Shelf(f"{name}-shelf", [inner], pulumi.ResourceOptions(parent=self))

    assert record(lambda: Room("room", "room-shelf-a"))["room-shelf-a"].type == "aws:sqs/queue:Queue"
    with pytest.raises(ValueError, match="expected 'room-shelf' or"):
        record(lambda: Room("room", "room-a"))


def test_what_the_class_annotates_is_registered_in_the_schemas_case(record):
    plan = record(lambda: Shelf("shelf", ["shelf-a"]))
    assert set(plan["shelf"].outputs) == {"queueNames", "kmsKeyArn"}
    assert plan["shelf"].outputs["kmsKeyArn"] == "arn:key"


def test_an_output_that_was_forgotten_is_an_error(record):
    class Forgetful(Component):
        """Promises what it doesn't keep."""

        url: pulumi.Output[str]

        def __init__(self, name, opts=None):
            super().__init__(name, opts)

    with pytest.raises(AttributeError, match="url"):
        record(lambda: Forgetful("f"))


def test_an_error_of_a_package_without_pulumi_reaches_the_engine_as_one_line(record):
    known = aistacks_core.errors.UserError("a: b", "1", "2", "Do it.")
    with pytest.raises(UserError) as caught:
        record(lambda: Shelf("shelf", [], error=known))
    assert str(caught.value) == "a: b: got 1; expected 2. Do it."
    assert isinstance(caught.value, pulumi.RunError)


def test_the_callers_own_transformations_stay(record):
    seen = []
    options = pulumi.ResourceOptions(transformations=[lambda args: seen.append(args.name)])
    record(lambda: Shelf("shelf", ["shelf-a"], options))
    assert seen == ["shelf", "shelf-a"]


@pytest.mark.parametrize(
    ("name", "expected"), [("url", "url"), ("bucket_names", "bucketNames"), ("kms_key_arn", "kmsKeyArn")]
)
def test_names_are_the_schemas(name, expected):
    from pulumi.provider.experimental.util import camel_case as schemas

    assert camel_case(name) == schemas(name) == expected


def test_every_component_is_one_and_annotates_its_outputs():
    found = [
        value
        for name in aistacks.__all__
        if inspect.isclass(value := getattr(aistacks, name)) and issubclass(value, pulumi.ComponentResource)
    ]
    assert len(found) >= 9
    for component in found:
        assert issubclass(component, Component)
        assert output_names(component), component
        assert component.__module__.startswith("aistacks.")
        assert importlib.import_module(component.__module__)
