"""Whatever stands at whatever place of an environment's file is taken, or refused in one line."""

import copy
import datetime as dt

from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from aistacks_core.errors import UserError
from aistacks_settings import GROUPS, SECTIONS, parse
from recorded import settings

TABLE = settings("prod")["config"]["aistacks:environment"]
REGION = "eu-west-1"
LOOP = ["itself"]
LOOP.append(LOOP)
TREE = {"itself": {}}
TREE["itself"] = TREE


def places(value, path=()):
    """Every path into a table."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def put(path, value):
    """The table of prod with ``value`` at ``path``."""
    if not path:
        return value
    table = copy.deepcopy(TABLE)
    spot = table
    for key in path[:-1]:
        spot = spot.setdefault(key, {}) if isinstance(spot, dict) else spot[key]
    spot[path[-1]] = value
    return table


PLACES = sorted(places(TABLE), key=str)
KEYS = st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none(), st.floats(), st.dates())
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**5000),
    st.floats(),
    st.text(max_size=40),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=8),
    st.sampled_from(
        ["", " ", "yes", "on", "~", "0x10", "1e3", "10.0.0.0/8", "eu-west-1a", "arn:aws:iam::1:role/x", "\n"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@hypothesis_settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(PLACES), VALUES)
@example(("network", "cidr"), LOOP)
@example(("tags",), TREE)
@example(("cluster",), TREE)
@example(("lake", "expire_days"), {"bronze": 10**5000})
@example(("lake", "expire_days"), {"bronze": float("nan")})
@example(("lake", "expire_days"), {dt.date(2026, 1, 1): 1})
@example(("warehouse", "max_rpus"), float("inf"))
@example(("services", "digits", "cpu"), True)
def test_any_value_at_any_place_is_taken_or_refused_in_one_line(path, value):
    try:
        parse(put(path, value), REGION, "F")
    except UserError as error:
        line = str(error)
        assert line.startswith("F")
        assert len(line.splitlines()) == 1
        assert len(line) < 2000


SECTION_KEYS = [
    (key, *(("one",) if key in GROUPS else ()), argument)
    for key, offer in {**SECTIONS, **GROUPS}.items()
    for argument in offer.component.__init__.__annotations__["args"].__annotations__
]


@hypothesis_settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(SECTION_KEYS), VALUES)
def test_any_value_of_any_argument_is_taken_or_refused_in_one_line(path, value):
    try:
        parse(put(path, value), REGION, "F")
    except UserError as error:
        assert len(str(error).splitlines()) == 1
