"""Recording components with what the library itself brings: Pulumi's SDK and its mocks."""

import pytest

from aistacks.testing import record as on_mocks


@pytest.fixture
def review_record():
    """The review's recorder, which runs ``transforms`` and knows symbols; skips where the review isn't installed."""
    return pytest.importorskip("aistacks_review.record.recorder").record


@pytest.fixture
def record(request):
    """Runs a program in process and returns what it registered; a test that names `review_record` has that one."""
    return request.getfixturevalue("review_record") if "review_record" in request.fixturenames else on_mocks
