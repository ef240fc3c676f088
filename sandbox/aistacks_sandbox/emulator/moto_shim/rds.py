"""RDS: a subnet group that is changed is still there afterwards."""

from __future__ import annotations

from typing import Any

from moto.rds.models import RDSBackend


def apply() -> None:
    """Patch the change of subnet groups, which takes them out."""
    plain = RDSBackend.modify_db_subnet_group

    def modify(self: RDSBackend, subnet_name: str, *args: Any, **kwargs: Any) -> Any:
        changed = plain(self, subnet_name, *args, **kwargs)
        self.subnet_groups[subnet_name] = changed
        return changed

    RDSBackend.modify_db_subnet_group = modify  # type: ignore[method-assign]
