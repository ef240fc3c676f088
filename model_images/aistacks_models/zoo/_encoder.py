"""transformers' BERT with mean pooling as the embedding of a text."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional
from transformers import BertModel


class Encoder(nn.Module):
    """Ids and mask, both (n, tokens) → vectors of length 1, shape (n, ``width``)."""

    def __init__(self, bert: BertModel, width: int) -> None:
        super().__init__()
        self.bert = bert
        self.projection = nn.Linear(bert.config.hidden_size, width, bias=False)
        nn.init.eye_(self.projection.weight)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """A row without tokens gives zeros."""
        row = attention_mask.unsqueeze(1).to(torch.float32)
        hidden = self.bert(
            input_ids=input_ids,
            token_type_ids=torch.zeros_like(input_ids),
            # Of four dimensions, so that transformers takes it as it is; ONNX Runtime's fusion knows these steps.
            attention_mask=(1.0 - row.unsqueeze(2)) * -10000.0,
        ).last_hidden_state
        mean = (row @ hidden).squeeze(1) / row.sum(2).clamp(min=1)
        return functional.normalize(self.projection(mean), dim=1)


def contrast(vectors: torch.Tensor, meanings: torch.Tensor, temperature: float) -> torch.Tensor:
    """Contrastive loss over rows of the same meaning (Khosla et al., Supervised Contrastive Learning, 2020).

    Rows whose meaning no other row of the batch has are only pushed away.
    """
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    close = (vectors @ vectors.T / temperature).masked_fill(itself, -1e9)
    same = (meanings[:, None] == meanings[None, :]) & ~itself
    log = functional.log_softmax(close, dim=1)
    count = same.sum(1)
    of_row = -(log * same).sum(1) / count.clamp(min=1)
    return of_row.sum() / (count > 0).sum().clamp(min=1)
