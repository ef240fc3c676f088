"""Which service quotas an environment uses up, whether the account has them, and what EC2 says of its GPU pools."""

from .account import Account, limits_of
from .capacity import Answers, Wanted, ask, wanted_of
from .needs import Need, needs_of

__all__ = ["Account", "Answers", "Need", "Wanted", "ask", "limits_of", "needs_of", "wanted_of"]
