"""Retention periods of CloudWatch Logs."""

from .._arguments import wrong

# CloudWatch Logs' PutRetentionPolicy, as botocore documents it.
CHOICES = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def retention(name: str, kind: type, path: str, days: int) -> None:
    """Raise ``UserError`` if CloudWatch Logs doesn't support the retention period ``days``."""
    if days not in CHOICES:
        raise wrong(name, kind, path, days, f"one of {', '.join(str(c) for c in CHOICES)}")
