"""What a stack left in the account: carries its tags or names, and is in no state."""

from .finding import Finding, find
from .judging import Found, Standing
from .removal import Removal, plan, remove
from .report import Report
from .stack import Known, Stack

__all__ = ["Finding", "Found", "Known", "Removal", "Report", "Stack", "Standing", "find", "plan", "remove"]
