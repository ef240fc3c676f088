"""What holds for every component, whoever wrote it."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pulumi
import pytest

import aistacks
from aistacks._arguments import checked
from aistacks_core.errors import UserError

ROOT = Path(__file__).parents[2]
COMPONENTS = sorted(
    name
    for name in aistacks.__all__
    if inspect.isclass(getattr(aistacks, name)) and issubclass(getattr(aistacks, name), pulumi.ComponentResource)
)


def module_of(name):
    return importlib.import_module(getattr(aistacks, name).__module__)


def documented(kind):
    """Field of a TypedDict to the docstring under it."""
    tree = ast.parse(inspect.getsource(kind)).body[0]
    found = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            found[field.target.id] = " ".join(text.value.value.split())
    return found


def test_there_are_ten_components():
    assert COMPONENTS == [
        "Backup",
        "CiAccess",
        "DataLake",
        "EksCluster",
        "GpuNodePool",
        "InferenceService",
        "ModelStore",
        "Monitoring",
        "Network",
        "Warehouse",
    ]


@pytest.mark.parametrize("name", COMPONENTS)
def test_signature_is_what_the_component_host_calls(name):
    parameters = list(inspect.signature(getattr(aistacks, name).__init__).parameters)
    assert parameters == ["self", "name", "args", "opts"]


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_argument_is_documented_and_each_default_is_the_codes(name):
    module = module_of(name)
    kind, defaults = getattr(module, f"{name}Args"), module._DEFAULTS
    texts = documented(kind)
    assert set(texts) == set(kind.__annotations__)
    for field in kind.__optional_keys__:
        assert "Default:" in texts[field], f"{name}Args.{field} states no default"
    for field, value in defaults.items():
        stated = re.search(r"Default: ``(.+?)``\.", texts[field])
        assert stated, f"{name}Args.{field} states no literal default"
        assert ast.literal_eval(stated.group(1)) == value, f"{name}Args.{field}"
    for field in set(kind.__optional_keys__) - set(defaults):
        assert not re.search(r"Default: ``", texts[field]), f"{name}Args.{field} states a default the code hasn't"


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_output_is_documented(name):
    component = getattr(aistacks, name)
    outputs = [k for k in component.__annotations__ if not k.startswith("_")]
    assert outputs
    assert set(outputs) <= set(documented(component))


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_page_and_an_example_go_with_it(name):
    noun = module_of(name).__name__.rpartition(".")[2]
    assert (ROOT / "docs" / "components" / f"{noun}.md").is_file()
    assert (ROOT / "examples" / noun / "__main__.py").is_file()
    assert (ROOT / "tests" / "components" / f"test_{noun}.py").is_file()


def test_no_component_module_postpones_annotations():
    postponed = [
        path.name
        for path in (ROOT / "components" / "aistacks").glob("[!_]*.py")
        if "from __future__ import annotations" in path.read_text()
    ]
    assert postponed == []


def test_no_room_has_outgrown_itself():
    rooms = (
        "components",
        "core",
        "catalog",
        "policies",
        "review",
        "sandbox",
        "model_images/aistacks_models",
        "cli",
        "stacks",
    )
    long = {
        str(path.relative_to(ROOT)): lines
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 350
    }
    assert long == {}


@pytest.mark.parametrize("name", COMPONENTS)
def test_what_says_how_long_something_is_kept_is_called_retention_days(name):
    kind = getattr(module_of(name), f"{name}Args")
    kept = [key for key, text in documented(kind).items() if key.endswith("days") and key != "expire_days"]
    assert [key for key in kept if not key.endswith("_retention_days")] == []


def test_a_renamed_argument_is_told_by_its_new_name():
    old = {"audit_log_days": "Warehouse", "access_log_days": "DataLake", "noncurrent_days": "ModelStore"}
    old |= {"snapshot_days": "Warehouse", "untagged_days": "ModelStore", "retention_days": "Monitoring"}
    for key, name in old.items():
        module = module_of(name)
        kind = getattr(module, f"{name}Args")
        with pytest.raises(UserError) as error:
            checked("x", {key: 7}, kind, module._DEFAULTS)
        now = re.search(r"It is called '(\w+)' now\.", str(error.value))[1]
        assert now in kind.__annotations__


def test_deletion_protection_is_said_in_the_same_words_everywhere():
    said = {
        name: documented(getattr(module_of(name), f"{name}Args")).get("deletion_protection")
        for name in COMPONENTS
        if "deletion_protection" in getattr(module_of(name), f"{name}Args").__annotations__
    }
    assert sorted(said) == ["Backup", "DataLake", "EksCluster", "ModelStore", "Monitoring", "Network", "Warehouse"]
    assert len(set(said.values())) == 1


LAKE = {"layers": ["gold"], "permission_model": "hybrid"}
PROTECTED = {
    "Backup": {"bucket_arns": {"b": "arn:aws:s3:::b"}, "second_region": "eu-central-1"},
    "DataLake": LAKE,
    "EksCluster": {"subnet_ids": ["a", "b"]},
    "ModelStore": {"repositories": ["digits"]},
    "Monitoring": {},
    "Network": {"availability_zones": ["eu-west-1a", "eu-west-1b"]},
    "Warehouse": {"vpc_id": "v", "subnet_ids": ["a", "b", "c"]},
}


@pytest.mark.parametrize("name", PROTECTED)
def test_deletion_protection_means_protect_and_retain_and_off_neither(record, name):
    def registered(protection):
        kind = getattr(aistacks, name)
        return record(lambda: kind("x", {**PROTECTED[name], "deletion_protection": protection})).resources

    protected = [r for r in registered(True) if r.protect]
    assert protected
    # The one thing that is worth nothing when all that lies in it is gone.
    assert [r.type for r in protected if not r.retain_on_delete] in ([], ["aws:ec2/vpc:Vpc"])
    assert [r.name for r in registered(False) if r.protect or r.retain_on_delete] == []


def test_labels_and_annotations_have_one_domain():
    found = {}
    for room in ("components", "stacks", "sandbox", "catalog"):
        for path in (ROOT / room).rglob("*.py"):
            for domain in re.findall(r"\"aistacks\.[a-z]+(?=/[a-z0-9-]+\"|\"\n)", path.read_text()):
                found.setdefault(domain.strip('"'), []).append(path.name)
    assert set(found) == {"aistacks.io"}, found
