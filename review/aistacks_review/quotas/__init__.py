"""Which service quotas an environment uses up, and whether the account has them."""

from .account import Account, limits_of
from .needs import Need, needs_of

__all__ = ["Account", "Need", "limits_of", "needs_of"]
