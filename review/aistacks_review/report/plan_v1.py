"""The JSON that ``aistacks plan --json`` writes, as models. ``schema/plan.v1.json`` is made of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from ..compare.changes import ChangeKind
from ..findings import RiskKind, Severity, Verdict
from ..threshold import Bound
from .json_values import cut

VERSION = "aistacks.plan/1"
WRITING = {"writing": True}
"""Context of a validation that writes: texts are cut, where one that is read would be refused."""
_TEXT = 6_000


def _cut(value: Any, info: ValidationInfo) -> Any:
    return cut(value) if info.context == WRITING and isinstance(value, str) else value


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


Text = Annotated[str, BeforeValidator(_cut), Field(max_length=_TEXT)]
Count = Annotated[int, Field(ge=0)]
Day = Annotated[date, BeforeValidator(_day)]


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        from_attributes=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class Range(_Model):
    """US dollars a month, or units a month."""

    low: float
    expected: float
    high: float


class Revision(_Model):
    """A commit's hash (with + where files differ from it), 'working tree' or 'pulumi preview'; may be empty."""

    revision: Text


class Resource(_Model):
    """One resource of the head, without its inputs."""

    urn: Text
    type: Text
    name: Text
    custom: bool
    """False for components."""
    parent: Text
    dependencies: Annotated[list[Text], Field(max_length=20_000)]
    file: Text = ""
    line: Count = 0


class Property(_Model):
    """One property that differs. Its path is in the engine's notation."""

    path: Text
    before: Any = None
    """As the base has it; left out where it has none. {"$unknown": true} is a value that isn't known before
    deployment."""
    after: Any = None
    """As the head has it, likewise."""
    secret: bool = False
    """The value is secret, and neither before nor after is here."""
    had: bool = False
    """Of a secret: the base has a value."""
    has: bool = False
    """Of a secret: the head has a value."""
    replaces: bool = False
    """This change is why the resource is replaced."""


class Change(_Model):
    """What happens to one resource."""

    kind: Annotated[ChangeKind, Field(strict=False)]
    urn: Text
    was: Text = ""
    """URN in the base, where it is another."""
    type: Text
    name: Text
    component: Text
    """URN of the outermost component that it belongs to; empty for none."""
    properties: Annotated[list[Property], Field(max_length=20_000)]
    reason: Text = ""
    may_replace: bool = False
    """It could be a replacement; the rules of its type, or a value, aren't known."""
    delete_first: bool | None = None
    """Of a replacement: the old one is deleted before the new one is made, or after it. Left out where nobody here
    knows."""
    retained: bool = False
    """What leaves the program stays in the cloud."""
    protected: bool = False
    """The engine will refuse this step."""
    file: Text = ""
    line: Count = 0


class Risk(_Model):
    """One reason to look twice."""

    kind: Annotated[RiskKind, Field(strict=False)]
    severity: Annotated[Severity, Field(strict=False)]
    """Worst first."""
    urn: Text
    title: Text
    reason: Text
    certain: bool
    file: Text
    line: Count


class Waiver(_Model):
    """Somebody answers for a failing rule, for a while."""

    rule: Text
    resource: Text
    owner: Text
    reason: Text
    expires: Day


class Finding(_Model):
    """A rule's answer about one resource."""

    rule: Text
    sources: Annotated[list[Text], BeforeValidator(_list), Field(max_length=50)]
    title: Text
    verdict: Annotated[Verdict, Field(strict=False)]
    severity: Annotated[Severity, Field(strict=False)]
    """Worst first."""
    urn: Text
    message: Text
    fix: Text
    file: Text
    line: Count
    waiver: Waiver | None
    new: bool
    """False where the base fails the same rule at the same resource."""
    argument: Text = ""
    """What to change, in the program's own words; file and line are then the argument's."""


class Policies(_Model):
    """What the rules say. Passes are counted only."""

    passed: Count
    findings: Annotated[list[Finding], Field(max_length=100_000)]


class Line(_Model):
    """One thing that is paid for."""

    urn: Text
    what: Text
    quantity: Range
    unit: Text
    price: float
    monthly: Range
    source: Text
    sku: Text
    assumption: Text


class Unpriced(_Model):
    """What may cost something that isn't known here: unknown, never zero."""

    urn: Text
    what: Text
    reason: Text
    by_use: bool = False
    """Whether only its use isn't known; `reason` has the price of a unit."""


class Estimate(_Model):
    """What one revision costs a month."""

    region: Text
    total: Range
    lines: Annotated[list[Line], Field(max_length=50_000)]
    unpriced: Annotated[list[Unpriced], Field(max_length=50_000)]
    free: int
    prices_of: Text
    """Date of the oldest price used."""


class Cost(_Model):
    """The head's estimate beside the base's and the budget."""

    head: Estimate
    base: Estimate | None
    budget: float | None
    over_budget: bool
    within_budget: bool | None = None
    """Whether the budget holds; null without one, and where something isn't known."""
    unclear: Annotated[list[Text], Field(max_length=50_000)] = []
    """URNs whose change of cost isn't known."""


class Opaque(_Model):
    """What the plan can't see into."""

    kind: Text
    what: Text
    file: Text
    line: Count


class Conclusion(_Model):
    """The verdict in words. Who reads a document makes it anew from what is in there."""

    level: Text
    """failed, uncompared, blocked, careful, still, fine, unseen or same; worst first."""
    text: Text
    why: Text


class Threshold(_Model):
    """From which severity on a finding stops a merge (block), or wants a second look."""

    block_policies: Annotated[Bound, Field(strict=False)]
    block_risks: Annotated[Bound, Field(strict=False)]
    look_policies: Annotated[Bound, Field(strict=False)]
    look_risks: Annotated[Bound, Field(strict=False)]


class Review(_Model):
    """One environment, head against base."""

    verdict: Conclusion | None = None
    project: Text
    environment: Text
    head: Revision
    base: Revision | None
    region: Text
    same: Count
    passed: bool
    """It could be compared, nothing that reaches the threshold fails without a waiver, and the budget holds."""
    threshold: Threshold | None = None
    """None: the default."""
    resources: Annotated[list[Resource], Field(max_length=50_000)]
    changes: Annotated[list[Change], Field(max_length=50_000)]
    risks: Annotated[list[Risk], Field(max_length=50_000)]
    policies: Policies
    cost: Cost | None
    opaque: Annotated[list[Opaque], Field(max_length=50_000)]
    disagreements: Annotated[list[Text], Field(max_length=20_000)]
    outputs: Annotated[list[Text], Field(max_length=100)] = []
    """What becomes of the stack's own outputs: a sentence each for those that go, come and change."""
    notes: Annotated[list[Text], Field(max_length=20_000)]
    base_error: Text = ""
    """Why the base could not be planned. Nothing is compared then: there are no changes and no risks."""
    error: Text = ""
    """Why the environment could not be planned. Nothing else is set then."""


class Document(_Model):
    """What `aistacks plan --json` writes: a review for each environment. Texts of the program are cut at 4,000
    characters. A mark zz<12 hex digits>zz in a text stands for what only deployment makes: an id, a random suffix."""

    version: Literal["aistacks.plan/1"]
    verdict: Text = ""
    """On all of it, one sentence."""
    reviews: Annotated[list[Review], Field(max_length=500)]
