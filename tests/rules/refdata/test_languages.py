"""Languages: every code of ISO 639 and every usual name of one language is one, and two languages stay two."""
import pytest

from rules.refdata.languages import cells_meaning, language_of, macro_of


@pytest.mark.parametrize(("code", "spellings"), [
    ("fr", ("fr", "FR", "fre", "fra", "fr-CA", "fr_FR", "French", "französisch")),
    ("nl", ("dut", "nld", "Flemish", "nl-BE")),
    ("cs", ("cze", "ces")), ("el", ("gre", "ell")), ("ro", ("rum", "ron", "mo", "Moldovan")), ("sk", ("slo", "slk")),
    ("he", ("iw", "heb", "he-IL")), ("id", ("in", "ind", "Bahasa Indonesia")), ("yi", ("ji", "yid")),
    ("sr", ("sh", "srp", "scc", "sr-Latn")),
    ("zh", ("chi", "zho", "cmn", "yue", "zh-Hant-TW", "Mandarin", "中文")), ("fa", ("per", "fas", "prs", "Farsi", "Dari")),
    ("tl", ("fil", "tgl", "Filipino")), ("ar", ("ara", "arb", "arz")), ("pt", ("por", "pt_BR", "Brazilian Portuguese")),
    ("no", ("nor", "Norwegian")), ("nb", ("nob", "nb-NO", "Bokmål")), ("nn", ("nno", "Nynorsk")),
])
def test_spellings_of_one_language_have_its_code(code, spellings):
    assert {language_of(spelling) for spelling in spellings} == {code}


@pytest.mark.parametrize("text", ["", "xx", "xyz", "and", "ger man", "n/a", "Serbo-Croatian"])
def test_what_is_no_language_or_may_be_several_is_none(text):
    assert language_of(text) is None


def test_norwegian_is_one_language_of_three_codes_and_like_languages_stay_apart():
    assert macro_of("nb") == macro_of("nn") == macro_of("no") == "no"
    assert len({macro_of(code) for code in ("sr", "hr", "bs", "id", "ms", "da", "sv", "no")}) == 8
    assert cells_meaning("no") == {"no", "nb", "nn"} and cells_meaning("nb") == {"no", "nb"} and cells_meaning("nn") == {"nn"}
