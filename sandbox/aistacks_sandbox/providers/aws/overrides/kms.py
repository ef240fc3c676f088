"""Keys, whose switches are calls of their own."""

from __future__ import annotations

from aistacks_core.property_values import Props

from ..handler import Handler


class Key(Handler):
    """A key; one that waits for its deletion is gone."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Turn rotation and the key itself on or off."""
        for name, off, on, usual in (
            ("enableKeyRotation", "disable_key_rotation", "enable_key_rotation", False),
            ("isEnabled", "disable_key", "enable_key", True),
        ):
            wanted = bool(inputs.get(name, usual))
            if wanted != bool(state.get(name, usual)):
                params: Props = {"KeyId": id}
                if name == "enableKeyRotation" and wanted and inputs.get("rotationPeriodInDays"):
                    params["RotationPeriodInDays"] = int(inputs["rotationPeriodInDays"])
                self.cloud.call("kms", on if wanted else off, params, self.region)

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Nothing, once its deletion is scheduled."""
        return {} if answer.get("KeyState") in ("PendingDeletion", "PendingReplicaDeletion") else answer
