"""What a provider raises for the user to read."""

from __future__ import annotations

from aistacks_core.property_values import Props


class ProviderError(Exception):
    """A failure that the user sees as one line: what was got, what was expected, what to do."""


class CheckError(ProviderError):
    """Inputs that can't be right: ``failures`` maps a property path (or "") to its reason."""

    def __init__(self, failures: dict[str, str]) -> None:
        self.failures = failures
        super().__init__("; ".join(f"{path}: {reason}" if path else reason for path, reason in failures.items()))


class PartialFailure(ProviderError):  # noqa: N818
    """The object exists, but isn't as asked for: the engine keeps it and tries an update next time."""

    def __init__(self, reason: str, id: str, outputs: Props, inputs: Props) -> None:  # noqa: A002
        self.id, self.outputs, self.inputs = id, outputs, inputs
        super().__init__(reason)
