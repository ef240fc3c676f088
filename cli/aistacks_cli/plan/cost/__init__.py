"""What a plan costs: a price book, assumptions of use, and an estimator with a rule per kind of resource."""

from .assumptions import Assumptions, Usage, read
from .estimator import cost, estimate

__all__ = ["Assumptions", "Usage", "cost", "estimate", "read"]
