"""The secrets of one request: what else holds one is secret, too, and no error says one."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import mark_copies, mark_secrets, secrets_in, texts_in
from aistacks_core.redaction import Redactor
from aistacks_core.secret_forms import inside

_SHORTEST = 6
"""Characters of a secret for which copies are looked for. A shorter one stands in other texts, too."""


def _names_somebody(name: str) -> bool:
    """A user's name, which some schemas mark as secret, stands in ARNs and connection strings that nobody hides."""
    return name.lower().replace("_", "").endswith("username")


class KnownSecrets:
    """Secret values: those of the provider's own configuration, and of one request."""

    def __init__(self, values: tuple[Any, ...] = ()) -> None:
        self._values = values

    def of(self, *maps: Any) -> KnownSecrets:
        """These, and those in the property maps of a request."""
        more = tuple(value for one in maps for value in secrets_in(one, apart=_names_somebody))
        return KnownSecrets(self._values + more) if more else self

    def marked(self, value: Any, like: Any) -> Any:
        """``value`` with ``Secret`` where ``like`` has one, and around every text that holds a copy of a secret.

        The vendor's provider hides only the same property: the tag of a resource, but not the copy in ``tagsAll``.
        """
        found = mark_secrets(value, like)
        texts = {text for text in texts_in(list(self._values)) if len(text) >= _SHORTEST}
        # A provider's own settings come as JSON.
        texts |= {part for text in texts for part in inside(text)}
        return mark_copies(found, texts) if texts else found

    def redacted(self, text: str) -> str:
        """``text`` without them."""
        return Redactor(self._values).without(text) if self._values else text
