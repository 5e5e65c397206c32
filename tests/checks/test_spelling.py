"""Did-you-mean among many names, quickly."""


from hypothesis import given, settings
from hypothesis import strategies as st

from kgzsl.checks.spelling import PATIENCE, Speller, _edits


def test_the_nearest_name_is_found_whatever_its_case():
    speller = Speller(["Zebra", "horse"])
    assert speller.near("zebr") == "Zebra"
    assert speller.near("hrose") == "horse"
    assert speller.near("volcano") is None


def test_numbers_are_taken_for_slips_of_one_digit_only():
    speller = Speller(["ZOO_0000005", "n02391049"])
    assert speller.near("ZOO_0000099") is None
    assert speller.near("ZOO_000005") == "ZOO_0000005"
    assert speller.near("n02391094") == "n02391049"


def test_many_slips_among_many_names_are_all_found():
    speller = Speller(f"thing{k:05}x" for k in range(PATIENCE // 2))
    found = [speller.near(f"thinq{k:05}x") for k in range(300)]
    assert found[2:] == [f"thing{k:05}x" for k in range(2, 300)]
    assert speller.near("thin00007x") == "thing00007x"


WORD = st.text("abc", min_size=1, max_size=5)


@settings(max_examples=100, deadline=None, database=None)
@given(WORD, st.integers(0, 4), st.sampled_from("abc"))
def test_edits_lead_back(word, k, letter):
    at = min(k, len(word))
    assert word in set(_edits(word[:at] + letter + word[at:], "abc"))
    assert word in set(_edits(word[:at] + word[at + 1 :], "abc"))
    assert word in set(_edits(word[:at] + letter + word[at + 1 :], "abc"))
