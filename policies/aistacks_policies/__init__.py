"""The policy pack: rules that judge the resources of a stack, in a plan, in the engine, or alone."""

from aistacks_core.property_values import UNKNOWN

from .evaluation import Result, evaluate, judge, rules
from .resource import Resource
from .rule import Rule, Severity
from .stack import Stack
from .values import Verdict
from .waivers import Waiver

__all__ = [
    "UNKNOWN",
    "Resource",
    "Result",
    "Rule",
    "Severity",
    "Stack",
    "Verdict",
    "Waiver",
    "evaluate",
    "judge",
    "rules",
]
