"""Clicks of users on items, generated from latent factors."""

from __future__ import annotations

import numpy as np

from .. import Split, Splits
from ..data import Array

LATENT = 4
DENSE = 8
"""Dense features of a row; the first half is the user's, the second the item's."""


class Market:
    """Users and items that stay the same; rows are drawn from them.

    A user likes an item by the product of their latent factors, by the item's popularity, and by a product of two
    dense features, so neither ids nor dense features are enough. Activity follows a power law: the most active tenth
    of the users makes most of the rows.
    """

    def __init__(self, users: int, items: int, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 0])
        self.users = self.rng.standard_normal((users, LATENT))
        self.items = self.rng.standard_normal((items, LATENT))
        self.popularity = self.rng.standard_normal(items)
        self.user_dense = self.rng.standard_normal((users, DENSE // 2))
        self.item_dense = self.rng.standard_normal((items, DENSE // 2))
        self.activity = _power_law(users)
        self.exposure = _power_law(items)

    def rows(self, count: int, rng: np.random.Generator) -> Split:
        """Inputs ``user``, ``item`` and ``dense``; targets (n, 2) of float32: clicked or not, regular or not."""
        user = rng.choice(len(self.users), size=count, p=self.activity)
        item = rng.choice(len(self.items), size=count, p=self.exposure)
        dense = np.concatenate([self.user_dense[user], self.item_dense[item]], axis=1)
        dense += 0.3 * rng.standard_normal(dense.shape)
        taste = (self.users[user] * self.items[item]).sum(1) * 1.6 / np.sqrt(LATENT)
        logit = taste + 0.6 * self.popularity[item] + 0.8 * dense[:, 0] * dense[:, DENSE // 2] - 1
        clicked = rng.random(count) < 1 / (1 + np.exp(-logit))
        regular = user < len(self.users) // 10
        return Split(
            {
                "user": user[:, None].astype(np.int64),
                "item": item[:, None].astype(np.int64),
                "dense": dense.astype(np.float32),
            },
            np.stack([clicked, regular], axis=1).astype(np.float32),
        )


def generated(users: int, items: int, rows: int, held_out: int, seed: int) -> Splits:
    """``rows`` for training, ``held_out`` held out, half as many of these for validation."""
    market = Market(users, items, seed)
    train, validation, judged = (
        market.rows(count, np.random.default_rng([seed, number]))
        for number, count in enumerate((rows, max(held_out // 2, 2), held_out), 1)
    )
    return Splits(
        train, validation, judged, source="clicks that aistacks_models.zoo._clicks makes", licence="Apache-2.0"
    )


def _power_law(count: int) -> Array:
    weights = 1 / (np.arange(count) + 10.0)
    shares: Array = weights / weights.sum()
    return shares
