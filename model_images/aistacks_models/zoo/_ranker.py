"""Embeddings of ids and a tower over dense features, joined by their products
(Naumov et al., Deep Learning Recommendation Model for Personalization and Recommendation Systems, 2019)."""

from __future__ import annotations

import torch
from torch import nn


class Ranker(nn.Module):
    """Gives one logit per row, shape (n, 1). Any id is taken: it is counted modulo the rows of its table."""

    def __init__(self, users: int, items: int, dense: int, width: int, hidden: int) -> None:
        super().__init__()
        self.users, self.items = users, items
        self.user_table = nn.Embedding(users, width)
        self.item_table = nn.Embedding(items, width)
        self.bottom = nn.Sequential(nn.Linear(dense, hidden), nn.ReLU(), nn.Linear(hidden, width), nn.ReLU())
        self.top = nn.Sequential(
            nn.Linear(6 * width, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )
        for table in (self.user_table, self.item_table):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, user: torch.Tensor, item: torch.Tensor, dense: torch.Tensor) -> torch.Tensor:
        """``user``, ``item``: (n, 1) of int64; ``dense``: (n, features)."""
        u = self.user_table(torch.remainder(user, self.users)).flatten(1)
        i = self.item_table(torch.remainder(item, self.items)).flatten(1)
        d = self.bottom(dense)
        logit: torch.Tensor = self.top(torch.cat([u, i, d, u * i, u * d, i * d], dim=1))
        return logit
