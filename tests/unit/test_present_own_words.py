"""Names that gumflow's own texts use as words are not searched for, and counted; all others are."""

from small_studies import MakeStudy

from gumflow.contract.study import find_study
from gumflow.present.own_words import searched_for, words_note


def test_a_name_that_is_a_word_of_a_definition_or_a_title_is_left_out_and_counted(make_study: MakeStudy):
    study = find_study(make_study())
    # "density" is a measure, "Valley" the cluster of study.yaml; the other two occur nowhere.
    kept, count = searched_for(("Density", "Valley", "宏达阀门有限公司", "Quillfeather"), study)
    assert kept == ("宏达阀门有限公司", "Quillfeather")
    assert count == 2
    assert words_note(count).startswith("2 protected texts")


def test_nothing_protected_needs_no_search(make_study: MakeStudy):
    assert searched_for((), find_study(make_study())) == ((), 0)
    assert words_note(0) == ""
