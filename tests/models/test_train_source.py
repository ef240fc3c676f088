"""Which changes of a model's file train it anew."""

import pytest

from aistacks_models.stages.train_source import digest

MODEL = '''"""A model."""
from aistacks_models import Model, Recipe
from aistacks_models.compression import steps

WIDTH = 8
_EXPORT = (steps.Export(),)


class Mine(Model):
    """Mine."""

    name = "mine"
    recipes = (Recipe(name="onnx", steps=_EXPORT),)

    def network(self):
        """Fresh."""
        return build(WIDTH)
'''


@pytest.fixture
def changed(tmp_path):
    """Whether a change of words makes another digest."""
    (tmp_path / "mine.py").write_text(MODEL)
    before = digest(tmp_path / "mine.py")

    def change(old, new):
        assert old in MODEL
        (tmp_path / "mine.py").write_text(MODEL.replace(old, new))
        return digest(tmp_path / "mine.py") != before

    return change


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"onnx"', '"other"'),
        ("(steps.Export(),)", "(steps.Export(), steps.DynamicInt8())"),
        ('"""Fresh."""', '"""A fresh one."""'),
        ("WIDTH = 8", "WIDTH = 8  # channels"),
        ("    recipes", "    gates = Gates()\n    recipes"),
        ("from aistacks_models import Model", "from aistacks_models import Gates\nfrom aistacks_models import Model"),
    ],
)
def test_recipes_gates_and_words_do_not(changed, old, new):
    assert not changed(old, new)


@pytest.mark.parametrize(("old", "new"), [("WIDTH = 8", "WIDTH = 9"), ("build(", "other("), ('"mine"', '"yours"')])
def test_what_makes_the_network_does(changed, old, new):
    assert changed(old, new)


def test_a_helper_beside_it_does(tmp_path):
    (tmp_path / "mine.py").write_text(MODEL)
    before = digest(tmp_path / "mine.py")
    (tmp_path / "_network.py").write_text("")
    assert digest(tmp_path / "mine.py") != before
