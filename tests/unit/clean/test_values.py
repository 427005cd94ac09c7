"""Each kind of value: what it becomes, and why it cannot become anything."""

import pytest

from etl.clean import CLEANERS, SPLITS, Cleaned, Context, Unclean, spellings

NUMBERS = Context(
    pattern=r"[京滇][12][0-9]{2}(?:[0-9]{4}|[0-9]{8})[0-9]{5}(?:\(临\))?",
    prefixes={"云": "滇"},
    rewrites={r"\(?临时?\)?$": "(临)"},
)
CODES = Context(spellings=spellings({"1": ("一级", "注册建造师（一级）"), "2": ("二级", "1级")}))


def clean(kind: str, value: str, context: Context = Context()) -> Cleaned | Unclean:  # noqa: B008
    return CLEANERS[kind](context).clean(value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("张三", "张三"),
        ("张　三", "张三"),
        (" 张三\u200b\u00a0", "张三"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提 ・ 艾力", "买买提·艾力"),
        ("买买提.艾力", "买买提·艾力"),
        ("𬱖㼆䶮", "𬱖㼆䶮"),
        ("John A. Smith", "John A. Smith"),
        ("—", None),
    ],
)
def test_names_keep_their_characters(value: str, name: str | None) -> None:
    outcome = clean("name", value)
    assert isinstance(outcome, Cleaned)
    assert outcome.value == name


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("锟斤拷锟斤拷", "lost_character"),
        ("张?", "lost_character"),
        ("张□", "lost_character"),
        ("张*", "masked"),
        ("张(上龙下天)", "described_character"),
        ("张\ue863", "described_character"),
    ],
)
def test_damaged_names_are_refused(value: str, reason: str) -> None:
    outcome = clean("name", value)
    assert isinstance(outcome, Unclean)
    assert outcome.reason == reason


def test_enterprise_names_keep_full_width_brackets() -> None:
    assert clean("text", " 甲（集团）公司\t") == Cleaned("甲（集团）公司", "whitespace")


@pytest.mark.parametrize(
    ("value", "number", "rule"),
    [
        ("990000180001010017", "990000180001010017", ""),
        ("99000018000101005x", "99000018000101005X", "identifier_form"),
        ("９９００００180001010017", "990000180001010017", "identifier_form"),
        ("'990000180001010017", "990000180001010017", "identifier_form"),
        ("990000800101001", "990000198001010012", "id_15_to_18"),
        ("99000018OOO1010017", "990000180001010017", "letter_for_digit"),
        ("E12345678", "E12345678", ""),
    ],
)
def test_identity_numbers_are_repaired(value: str, number: str, rule: str) -> None:
    assert clean("id_number", value) == Cleaned(number, rule)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("990000180001010018", "bad_check_character"),
        ("990000180013010017", "impossible_date"),
        ("9.90000E+17", "excel_float"),
        ("990000180001010017.0", "excel_float"),
        ("990000180001010000", "excel_float"),
        ("9900001800010100", "malformed_identifier"),
        ("990000********0017", "masked"),
    ],
)
def test_identity_numbers_beyond_repair_are_refused(value: str, reason: str) -> None:
    outcome = clean("id_number", value)
    assert isinstance(outcome, Unclean)
    assert outcome.reason == reason


@pytest.mark.parametrize(
    ("value", "code", "rule"),
    [
        ("91990000FAKE00005D", "91990000FAKE00005D", ""),
        ("91990000fake00005d ", "91990000FAKE00005D", "identifier_form"),
        ("9199OOOOFAKEOOOO5D", "91990000FAKE00005D", "letter_for_digit"),
        ("D2143569-X", "D2143569X", "identifier_form"),
        ("D2143569-X/110000000000000", "D2143569X", "identifier_form"),
    ],
)
def test_enterprise_codes_are_repaired(value: str, code: str, rule: str) -> None:
    assert clean("enterprise_code", value) == Cleaned(code, rule)


@pytest.mark.parametrize("value", ["91990000FAKE00006D", "110000000000000", "D21435690", "9.199E+17"])
def test_wrong_enterprise_codes_are_refused(value: str) -> None:
    assert isinstance(clean("enterprise_code", value), Unclean)


@pytest.mark.parametrize(
    ("value", "number", "rule"),
    [
        ("京2112010201212345", "京2112010201212345", ""),
        ("京2111012 12345", "京211101212345", "identifier_form"),
        ("京２１１１０１２１２３４５（临）", "京211101212345(临)", "identifier_form"),
        ("云2532010201212345", "滇2532010201212345", "prefix_variant"),
        ("京211201O201212345", "京2112010201212345", "letter_for_digit"),
        ("京211101212345临", "京211101212345(临)", "number_variant"),
        ("京2112010201212345（临时）", "京2112010201212345(临)", "number_variant"),
    ],
)
def test_registration_numbers_are_repaired(value: str, number: str, rule: str) -> None:
    assert clean("registration_no", value, NUMBERS) == Cleaned(number, rule)


@pytest.mark.parametrize("value", ["台2112010201212345", "京3112010201212345", "京21120102012123"])
def test_registration_numbers_of_no_known_shape_are_refused(value: str) -> None:
    assert clean("registration_no", value, NUMBERS) == Unclean("malformed_identifier")


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-05-01", "2026-05-01"),
        ("2026/5/1", "2026-05-01"),
        ("2026.05.01", "2026-05-01"),
        ("20260501", "2026-05-01"),
        ("2026年5月1日", "2026-05-01"),
        ("２０２６－０５－０１", "2026-05-01"),
        ("2026-05-01 00:00:00", "2026-05-01"),
        ("2026-05-01T23:59:59", "2026-05-01"),
        ("二〇二六年十二月三十一日", "2026-12-31"),
        ("二零二六年十月二十日", "2026-10-20"),
        ("1619798400000", "2021-05-01"),
        ("2026-05-01 00:00:00.000", "2026-05-01"),
        ("2026-05-01T00:00:00+08:00", "2026-05-01"),
        ("2026-04-30T16:00:00.000Z", "2026-05-01"),
        ("2026 年 5 月 1 日", "2026-05-01"),
        ("（2026-05-01）", "2026-05-01"),
        ("2026-5-1 星期五", "2026-05-01"),
        ("44317", "2021-05-01"),
        ("44317.5", "2021-05-01"),
        ("2026-05", "2026-05-01"),
        ("202605", "2026-05-01"),
        ("有效期至2026-05-01", "2026-05-01"),
        ("至2026年5月1日止", "2026-05-01"),
        ("2021-03-01至2024-02-29", "2024-02-29"),
        ("2021.03.01-2024.02.29", "2024-02-29"),
        ("2021年3月1日－2024年2月29日", "2024-02-29"),
        ("20210301-20240229", "2024-02-29"),
        ("有效期：2021/3/1-2024/2/29", "2024-02-29"),
        ("2021-03-01至长期", None),
        ("长期", None),
        ("至今", None),
        ("1900-1-0", None),
        ("2500-01-01", None),
        ("9999-12-31", None),
        ("1900-01-01", None),
    ],
)
def test_dates_of_every_shape(value: str, day: str | None) -> None:
    outcome = clean("date", value)
    assert isinstance(outcome, Cleaned)
    assert outcome.value == day


@pytest.mark.parametrize("value", ["2023-02-30", "20231301", "1800-01-01", "21-3-1", "soon", "2200-01-01"])
def test_impossible_dates_are_refused(value: str) -> None:
    assert isinstance(clean("date", value), Unclean)


def test_an_epoch_is_a_day_of_its_own_time_zone() -> None:
    assert clean("date", "1619798400000", Context(timezone="UTC")) == Cleaned("2021-04-30", "date_epoch")


def test_old_epochs_need_a_declared_format() -> None:
    assert clean("date", "-28800000000", Context(date_format="epoch_ms")).rule == "date_epoch"  # type: ignore[union-attr]


def test_a_declared_format_settles_day_and_month() -> None:
    assert clean("date", "03/04/2026", Context(date_format="%d/%m/%Y")) == Cleaned("2026-04-03", "date_shape")


@pytest.mark.parametrize(
    "value",
    [
        "甲建法〔2026〕12号",
        "甲建法[2026]12号",
        "甲建法（2026） 12 号",
        "甲建法【2026】12号",
        "甲建法﹝2026﹞12号",
    ],
)
def test_decision_numbers_have_one_kind_of_brackets(value: str) -> None:
    outcome = clean("decision_no", value)
    assert isinstance(outcome, Cleaned)
    assert outcome.value == "甲建法〔2026〕12号"


def test_months_become_their_first_day() -> None:
    assert clean("month", "2026年5月") == Cleaned("2026-05-01", "date_month_only")


def test_codes_are_found_by_any_spelling() -> None:
    assert clean("code", "注册建造师 (一级)", CODES) == Cleaned("1", "code_spelling")


def test_a_code_wins_over_another_codes_spelling() -> None:
    assert clean("code", "1", CODES) == Cleaned("1")


def test_a_level_in_a_compound_is_found() -> None:
    assert clean("code", "甲省-一级", CODES) == Cleaned("1", "code_part")


def test_unknown_codes_are_refused() -> None:
    assert clean("code", "星际", CODES) == Unclean("unknown_code")


@pytest.mark.parametrize(
    ("kind", "value", "number"),
    [
        ("integer", "2,015年", "2015"),
        ("integer", "60.0", "60"),
        ("decimal", "１２.５", "12.50"),
        ("decimal", "-0", "0.00"),
    ],
)
def test_numbers_lose_separators_and_units(kind: str, value: str, number: str) -> None:
    outcome = clean(kind, value)
    assert isinstance(outcome, Cleaned)
    assert outcome.value == number


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", "1.5"), ("integer", "many"), ("decimal", "1e400"), ("decimal", "NaN1")]
)
def test_what_is_no_number_is_refused(kind: str, value: str) -> None:
    assert clean(kind, value) == Unclean("not_a_number")


@pytest.mark.parametrize(
    ("kind", "value", "parts"),
    [
        (
            "specialty_validity",
            "甲（2026-05-01）乙（2027-01-10）",
            (("甲", "2026-05-01"), ("乙", "2027-01-10")),
        ),
        (
            "specialty_validity",
            "甲(2026-05-01)、乙(2027-01-10)",
            (("甲", "2026-05-01"), ("乙", "2027-01-10")),
        ),
        ("specialty_validity", "甲、乙", (("甲", None), ("乙", None))),
        ("specialty_validity", "甲（2026-05-01", Unclean("unreadable_cell")),
        ("list", "甲,乙 丙", (("甲",), ("乙",), ("丙",))),
        ("range", "2021-03-01至2024-02-29", (("2021-03-01", "2024-02-29"),)),
        ("range", "2024-02-29", ((None, "2024-02-29"),)),
        ("range", "2021.3.1-2024.2.29", (("2021.3.1", "2024.2.29"),)),
    ],
)
def test_cells_with_several_values(kind: str, value: str, parts: object) -> None:
    assert SPLITS[kind](value) == parts
