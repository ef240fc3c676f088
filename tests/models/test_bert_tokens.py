"""The tagger of names: only neighbours tell what a name is, and the real size is bert-base-cased's."""

import pytest

from aistacks_core.errors import UserError
from aistacks_models.model_files import configured, load, locate


@pytest.fixture(scope="module")
def found(inside):
    return inside("bert_tokens.py")


def test_it_learns_more_than_a_table_of_words_could_tell(found):
    learned = found["learned"]
    assert learned["untrained"] < 0.15
    assert learned["looked up"] < 0.3
    assert learned["trained"] > learned["looked up"] + 0.1


def test_a_name_is_of_every_kind_somewhere(found):
    assert all(kinds >= 4 for kinds in found["generated"]["kinds"])


def test_every_word_that_is_generated_is_in_the_vocabulary(found):
    assert found["generated"]["unknown"] == []
    assert found["generated"]["names"] == 5799


def test_a_sentence_fits_into_the_default_row(found):
    assert found["generated"]["longest"] + 2 <= load(locate("bert-tokens")).model.default_size().sequence


def test_quality_is_told_for_each_kind_and_tag(found):
    assert set(found["learned"]["per class"]) == {"PER", "ORG", "LOC", "MISC", "macro"}
    assert all(
        f"{place}-{kind}" in found["learned"]["report"] for kind in ("PER", "ORG", "LOC", "MISC") for place in "BI"
    )


def test_rows_are_the_same_at_every_call(found):
    assert found["learned"]["same rows"]


def test_padding_changes_no_tag_and_is_outside(found):
    assert found["learned"]["padding"]
    assert found["learned"]["padding is O"]


def test_probabilities_of_a_word_sum_to_one(found):
    assert found["learned"]["sums"] < 1e-5


def test_ids_beyond_the_vocabulary_are_declared_wrong(found):
    assert found["learned"]["high"] == 511
    assert found["base"]["inputs"] == 28995
    assert found["pretrained"]["high"] == 59


def test_the_real_size_has_the_shapes_of_bert_base_cased(found):
    assert found["base"] == {
        # transformers' BertModel without its pooler: 108,310,272 less 590,592.
        "parameters": 107_719_680,
        "layers": 12,
        "heads": 12,
        "words": [28996, 768],
        "positions": [512, 768],
        "hidden": [3072, 768],
        "gives": [1, 8, 9],
        "inputs": 28995,
    }


def test_a_file_as_conll_has_it_is_read_with_either_beginning_of_a_name(found):
    assert found["own"]["sentences"] == [
        [["EU", "B-ORG"], ["rejects", "O"], ["Peter", "B-PER"], ["Blackburn", "I-PER"]],
        [["Leeds", "B-LOC"], ["Bradford", "B-LOC"]],
    ]
    assert found["own"]["rows"] == [16, 2, 2]
    assert found["own"]["source"] == "many.txt, of the user's own"


def test_a_file_that_is_not_conll_is_refused_by_line(found):
    assert "wrong.txt:1: got 'Leeds NNP I-NP B-CITY'" in found["own"]["wrong"]
    assert "none.txt" in found["own"]["none"]
    assert "got 2 sentences; expected at least 10" in found["own"]["few"]


def test_pretrained_weights_of_a_folder_are_taken_as_they_are(found):
    assert found["pretrained"]["equal"]


def test_only_the_first_piece_of_a_word_is_judged(found):
    assert found["pretrained"]["judged"]


def test_pretrained_weights_that_are_not_there_are_named(found):
    assert "BertSize.pretrained: got" in found["pretrained"]["missing"]
    assert "set download" in found["pretrained"]["missing"]


@pytest.mark.parametrize(
    ("size", "why"), [({"hidden": "30", "heads": "4"}, "multiple of heads"), ({"sequence": "600"}, "at most positions")]
)
def test_a_size_that_cannot_be_is_refused(size, why):
    with pytest.raises(UserError, match=why):
        configured(load(locate("bert-tokens")), size, {})
