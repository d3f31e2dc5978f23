"""Folding, words, stems and transliteration."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.search.fold import fold, latin, pairs, sound, stems, tokens, unspaced


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Crème BRÛLÉE! ", "creme brulee"),
        ("Ёлка, йод", "елка йод"),
        ("Straße", "strasse"),
        ("İstanbul IŞIK ışık", "istanbul isik isik"),
        ("Moe’s bar", "moes bar"),
        ("l'hôtel", "l hotel"),
        ("Ｆｕｌｌ－ｗｉｄｔｈ", "full width"),
        ("أُكْل", "اكل"),
        ("٢٤", "24"),
        ("Łódź & Øre", "lodz ore"),
        ("nul\x00byte", "nul byte"),
        ("", ""),
    ],
)
def test_fold_takes_case_accents_and_punctuation_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=60))
@example("ΐ ŉ ẞ ﬃ И̇̆ İ")
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_tokens_are_the_folded_text_without_its_spaces(text: str) -> None:
    assert "".join(tokens(text)) == fold(text).replace(" ", "")


@given(st.text(max_size=40), st.sampled_from(["en", "ru", "de", "tr", "ar", "zh", "xx", "pt-BR"]))
def test_stems_are_folded_and_never_empty(text: str, language: str) -> None:
    for stem in stems(text, language):
        assert stem
        assert fold(stem) == stem


def test_voiced_japanese_and_indic_vowels_stay() -> None:
    assert fold("ガ") != fold("カ")
    assert fold("की") != fold("का")


def test_a_run_without_spaces_is_cut_from_its_neighbours() -> None:
    assert tokens("iPhone维修 店") == ["iphone", "维修", "店"]
    assert unspaced("维修")
    assert not unspaced("ремонт")
    assert pairs("修理店") == ["修理", "理店"]


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("парикмахерская", "парикмахерской", "ru"),
        ("plumbers", "plumber", "en"),
        ("Friseure", "Friseur", "de"),
        ("peluquerías", "peluqueria", "es"),
        ("électriciens", "electricien", "fr"),
    ],
)
def test_inflected_forms_share_a_stem(one: str, other: str, language: str) -> None:
    assert set(stems(one, language)) & set(stems(other, language))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("santehnik", "сантехник"),
        ("santekhnik", "сантехник"),
        ("parikmaherskaya", "парикмахерская"),
        ("parikmaherskaja", "парикмахерская"),
        ("taxi", "такси"),
        ("shinomontazh", "шиномонтаж"),
        ("kafe", "кафе"),
    ],
)
def test_latin_typed_words_sound_like_the_written_ones(typed: str, written: str) -> None:
    assert sound(typed) == sound(written)


def test_latin_leaves_no_letter_of_the_scripts_it_knows() -> None:
    assert latin("Объявление щука Ψαρι საქართველო") == "obyavlenie shchuka psari sakartvelo"
