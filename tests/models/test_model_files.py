"""Which file a name means, and what is wrong with it."""

import sys

import pytest

from aistacks_core.errors import UserError
from aistacks_models import model_files

OWN = """
from aistacks_models import Model, Metric, Size, Tensor
from aistacks_models.steps import Export, Recipe

class Tiny(Size):
    width: int = 8

class Own(Model):
    name = "own"
    task = "nothing"
    inputs = (Tensor(name="x", datatype="FP32", shape=(4,)),)
    outputs = (Tensor(name="y", datatype="FP32", shape=(1,)),)
    metric = Metric("share", lambda outputs, targets: 1.0, lambda outputs: outputs["y"])
    recipes = (Recipe(name="fp32", steps=(Export(),)),)
    @classmethod
    def default_size(cls):
        return Tiny()
    def network(self): ...
    def data(self): ...
    def loss(self, raw, targets): ...
    def head(self, raw): ...
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    yield tmp_path
    sys.modules.pop("aistacks_model_own", None)
    if str(tmp_path) in sys.path:
        sys.path.remove(str(tmp_path))


def test_the_digits_come_along():
    found = model_files.load(model_files.locate("digits"))
    assert found.model.name == "digits"
    assert "digits" in model_files.names()


def test_ones_own_file_is_found_by_name_before_what_comes_along_and_by_path(own):
    (own / "digits.py").write_text(OWN)
    assert model_files.locate("digits", [own]) == own / "digits.py"
    assert model_files.load(model_files.locate(str(own / "own.py"))).model.name == "own"


def test_a_hyphen_means_an_underscore():
    assert model_files.locate("cifar-resnet").name == "cifar_resnet.py"


@pytest.mark.parametrize("name", ["nowhere", "_digits", "../digits", "folder/none.py", ""])
def test_an_unknown_name_is_one_line(name, tmp_path):
    with pytest.raises(UserError, match=r"expected (one of .*digits|a file with one subclass)"):
        model_files.locate(name, [tmp_path])


def test_options_are_replaced_and_converted(own):
    model = model_files.configured(
        model_files.load(own / "own.py"), {"width": "16"}, {"epochs": "3", "learning_rate": "0.1"}
    )
    assert (model.size.width, model.trained_by.epochs, model.trained_by.learning_rate) == (16, 3, 0.1)
    assert (model.training.epochs, model.default_size().width) == (10, 8)


@pytest.mark.parametrize(
    ("size", "training", "said"),
    [
        ({"depth": "2"}, {}, r"own.py: --size: got 'depth'; expected one of the options width"),
        ({"width": "wide"}, {}, r"own.py: --size width: got 'wide'; expected .*integer"),
        ({}, {"epochs": "0"}, r"own.py: --training epochs: got '0'; expected .*greater than or equal to 1"),
    ],
)
def test_a_wrong_option_is_one_line(own, size, training, said):
    with pytest.raises(UserError, match=said):
        model_files.configured(model_files.load(own / "own.py"), size, training)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("class Own(Model):", "class Own(Model)", r"own.py:8: got SyntaxError"),
        (
            "from aistacks_models import Model",
            "import nothing_such\nfrom aistacks_models import Model",
            r"own.py:2: got ModuleNo",
        ),
        ("    def head(self, raw): ...\n", "", r"own.py: Own: got no head; expected every method"),
        ('    task = "nothing"\n', "", r"own.py: Own: got no 'task'"),
        ('name = "own"', 'name = "Own Model"', r"Own.name: got 'Own Model'; expected lower-case"),
        ("class Own(Model):", "class Own:", r"own.py: got no model; expected one subclass"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line_with_its_place(own, before, after, said):
    assert before in OWN
    (own / "own.py").write_text(OWN.replace(before, after))
    with pytest.raises(UserError, match=said):
        model_files.load(own / "own.py")
