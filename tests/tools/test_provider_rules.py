"""Rules read from Go source that is written as the provider writes its own: both frameworks, helpers, conditions."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tree_sitter_go", reason="the maintainers' parser of Go isn't in this environment")

from provider_rules import read, sdk_names, tokens, translate
from provider_rules.rules import ANY, Rules
from provider_rules.source import Source, spelled

FOLDER = Path(__file__).parent / "provider_source"


@pytest.fixture(scope="module")
def found():
    return {item.terraform: item for item in read.types(Source(FOLDER))}


def test_everything_can_be_followed(found):
    assert {name: item.unread for name, item in found.items()} == {"aws_shop_till": [], "aws_shop_shelf": []}


def test_force_new_in_literals_helpers_variables_and_loops(found):
    assert found["aws_shop_till"].replaces == {
        "vpc_id",
        "drawer",
        "coins.currency",
        "cards",
        "cards.brand",
        "lock.#",
        "notes",
        "small_bags",
        "large_bags",
    }


def test_plan_modifiers_in_attributes_blocks_and_embedded_schemas(found):
    assert found["aws_shop_shelf"].replaces == {"aisle", "board.wood"}
    assert set(found["aws_shop_shelf"].may_replace) == {"owner", "height"}


def test_conditions_are_may(found):
    assert set(found["aws_shop_till"].may_replace) == {"speed", "label", "serial", "coins"}


def test_an_element_of_a_set_that_changes_is_another_one(found):
    till = found["aws_shop_till"]
    assert "cards" in till.replaces and "cards.fee" not in till.replaces  # its brand is always there
    assert "coins" in till.may_replace and "coins" not in till.replaces  # its currency perhaps


def test_outputs_that_an_update_makes_unknown(found):
    assert found["aws_shop_till"].changes == {"version": {"label", "coins", "serial"}, "revision": {"coins"}}
    assert found["aws_shop_shelf"].changes == {"filled": {ANY}, "badge": {ANY}}


def test_sets_defaults_and_what_the_provider_fills_in(found):
    till, shelf = found["aws_shop_till"], found["aws_shop_shelf"]
    assert (till.sets, till.defaults, till.computed) == ({"coins", "cards"}, {"speed": 3}, {"serial"})
    assert (shelf.sets, shelf.defaults, shelf.computed) == ({"board"}, {"open": True}, set())


def test_a_file_per_declaration_says_the_same(tmp_path, found):
    for file in FOLDER.rglob("*.go"):
        head, *parts = split(file.read_text())
        folder = tmp_path / file.parent.relative_to(FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        for number, part in enumerate(parts):
            kind = "var" if part.startswith(("var", "const")) else "func"
            if part.startswith("const "):
                part = "\t" + part.removeprefix("const ")
            (folder / f"{kind}.{file.stem}{number}.goindex").write_text(head + part)
    again = {item.terraform: item for item in read.types(Source(tmp_path))}
    for item in [*again.values(), *found.values()]:
        item.may_replace = dict.fromkeys(item.may_replace, "")  # each says in which file
    assert again == found


def split(text):
    head, end, rest = text.partition("\n)\n")
    return [
        head + end,
        *("\n" + rest)
        .replace("\nfunc ", "\0func ")
        .replace("\ntype ", "\0type ")
        .replace("\nvar ", "\0var ")
        .replace("\nconst ", "\0const ")
        .split("\0")[1:],
    ]


def test_a_schema_that_cannot_be_followed_is_named(tmp_path):
    folder = tmp_path / "internal/service/shop"
    folder.mkdir(parents=True)
    for name in ("service_package_gen.go", "shelf.go"):
        (folder / name).write_text((FOLDER / "internal/service/shop" / name).read_text())
    (folder / "till.go").write_text("package shop\n\nfunc resourceTill() any {\n\treturn secret(now())\n}\n")
    (till,) = (item for item in read.types(Source(tmp_path)) if item.terraform == "aws_shop_till")
    assert till.unread
    names = sdk_names.Names({"drawer": sdk_names.Names()})
    row = translate.row(sdk_names.Type("aws:shop/till:Till", names, frozenset()), till, [])
    assert ANY in row["may_replace"]


def test_names_are_pulumis_and_a_new_property_may_replace(found):
    below = {name: sdk_names.Names() for name in ("aisle", "height", "owner", "open", "news")}
    below["boards"] = sdk_names.Names({"wood": sdk_names.Names(), "wax": sdk_names.Names()})
    type_ = sdk_names.Type("aws:shop/shelf:Shelf", sdk_names.Names(below), frozenset(("badge", "filled")))
    assert tokens.matches([type_], found)["aws:shop/shelf:Shelf"].terraform == "aws_shop_shelf"
    row = translate.row(type_, found["aws_shop_shelf"], [])
    assert row["replaces"] == ["aisle", "boards.wood"]
    assert row["may_replace"] == ["height", "news", "owner"]
    assert row["sets"] == ["boards"]


def test_a_type_that_is_like_none_is_left_out(found):
    strange = sdk_names.Type("aws:other/thing:Thing", sdk_names.Names({"x": sdk_names.Names()}), frozenset(("y",)))
    assert tokens.matches([strange], found) == {}
    assert tokens.matches([strange], {"aws_a": Rules("aws_a", framework=True)}) == {}


@pytest.mark.parametrize(
    ("constant", "attribute"),
    [("VPCID", "vpc_id"), ("S3KeyPrefix", "s3_key_prefix"), ("CloudWatchLogs", "cloudwatch_logs"), ("ARNs", "arns")],
)
def test_attributes_by_their_constants(constant, attribute):
    assert spelled(constant) == attribute


def test_a_renamed_attribute_is_found_by_its_words():
    names = sdk_names.Names({name: sdk_names.Names() for name in ("code", "name", "role")})
    assert sdk_names.renames(["filename", "function_name", "role"], names) == {
        "function_name": "name",
        "filename": "code",
    }


def test_a_block_that_has_the_plural_of_its_name_leaves_another_to_the_attribute():
    """As ``routing_rule`` and ``routing_rules`` of a bucket's website, which Pulumi calls ``routingRuleDetails``."""
    names = sdk_names.Names({name: sdk_names.Names() for name in ("bucket", "routingRules", "routingRuleDetails")})
    attributes = ["bucket", "routing_rule", "routing_rules"]
    renamed = sdk_names.renames(attributes, names)
    assert {name: sdk_names.resolve(name, names, renamed) for name in attributes} == {
        "bucket": "bucket",
        "routing_rule": "routingRules",
        "routing_rules": "routingRuleDetails",
    }
