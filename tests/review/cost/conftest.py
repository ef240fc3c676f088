"""Plans of a few resources, and price books of a few prices."""

import datetime as dt

import pytest

from aistacks_catalog.aws.prices.book import PriceBook, Row
from aistacks_core.snapshot import Plan, Registration
from aistacks_review.cost import Assumptions, Usage, estimate

TODAY = dt.date(2026, 11, 24)
STATED = {
    "nat_gb": 100,
    "endpoint_gb": 50,
    "egress_gb": 50,
    "balancer_units": 1,
    "flow_log_gb": 20,
    "cluster_log_gb": 15,
    "log_gb": 1,
    "bucket_gb": 100,
    "bucket_writes": 100_000,
    "bucket_reads": 1_000_000,
    "images_gb": 10,
    "warehouse_hours": 60,
    "warehouse_gb": 200,
    "scanned_tb": 0.5,
    "dpu_hours": 20,
    "key_requests": 200_000,
    "secret_requests": 10_000,
    "queue_requests": 1_000_000,
    "topic_requests": 10_000,
}
"""What an environment's file says of a month of use, in most tests."""


def resource(type_, name="it", inputs=None, **more):
    """A registration as a program makes it."""
    return Registration(
        type=type_,
        name=name,
        urn=f"urn:pulumi:test::test::{type_}::{name}",
        parent="",
        custom=True,
        inputs=inputs or {},
        secrets=frozenset(),
        **more,
    )


def priced(region="us-east-1", /, **prices):
    """A book of one region; a price is ``service__item`` with blanks as ``_``, or a list of (from, to, price)."""
    rows = []
    for key, value in prices.items():
        service, _, item = key.partition("__")
        for begin, end, price in value if isinstance(value, list) else [(0, float("inf"), value)]:
            rows.append(
                Row(service, item.replace("_", " "), region, "unit", price, begin, end, "SKU", "a page", "2026-11-24")
            )
    return PriceBook(region, rows)


def book_of(region, table):
    """A book from (service, item) to price, for items whose names a keyword can't be."""
    rows = [Row(s, i, region, "unit", p, 0, float("inf"), "", "a page", "2026-11-24") for (s, i), p in table.items()]
    return PriceBook(region, rows)


@pytest.fixture
def bill():
    """Estimate some resources with a book and some usage."""

    def make(resources, book=None, region="us-east-1", **usage):
        books = (lambda wanted: book if book.region == wanted else PriceBook(wanted)) if book is not None else None
        plan = Plan(list(resources), {}, region=region)
        more = {"books": books} if books else {}
        return estimate(plan, Assumptions(assumptions=Usage(**{**STATED, **usage})), today=TODAY, **more)

    return make


@pytest.fixture
def make():
    return resource


@pytest.fixture
def prices():
    return priced


@pytest.fixture
def table():
    return book_of
