"""What counts as personal in what somebody typed, however it is spelt; and what people have to be able to type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.personal import is_personal

PHONES = {
    "plain": "电话13800000000。",
    "full width": "１３８００００００００",
    "in groups": "138 0000 0000",
    "in pairs": "138-00-00-00-00",
    "dots": "138.0000.0000",
    "middle dots": "138·0000·0000",
    "dashes of any kind": "138–0000—0000",
    "several marks": "138 - 0000 / 0000",
    "brackets": "(138)0000-0000",
    "one by one": "1 3 8 0 0 0 0 0 0 0 0",
    "over lines": "1380000\n0000",
    "country": "+86 138 0000 0000",
    "country with zeros": "0086-13800000000",
    "country in brackets": "（＋８６）13800000000",
    "Chinese": "一三八〇〇〇〇〇〇〇〇",
    "as spoken": "幺三八零零零零零零零零",
    "financial": "壹叁捌零零零零零零零零",
    "mixed": "１3八〇0零0 0０00",
    "Arabic": "١٣٨٠٠٠٠٠٠٠٠",
    "Devanagari": "१३८००००००००",
    "circled": "①③⑧0000 0000",
    "mathematical": "𝟏𝟑𝟖𝟎𝟎𝟎𝟎𝟎𝟎𝟎𝟎",
    "keycaps": "1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e300000000",
    "invisible": "138\u200b0000\u20600000",
    "after a year": "2024 138 0000 0000",
    "before an amount": "13800000000 付 135,000,000.00 元",
    "fixed line": "(010) 6666-8888 或 010-66668888",
    "fixed line, no mark": "01065123456",
    "fixed line in groups": "010 6512 3456",
    "fixed line in brackets and groups": "(010)6512-3456",
    "fixed line with the country": "+86 10 65123456",
    "fixed line with a dot": "0755.83900001",
    "400": "4008001234",
    "e-mail with a Chinese stop": "a@qq。com",
    "wide gap": "138    12345678",
    "like an amount": "13812345678元",
    "like an amount with cents": "13812345678.00",
    "vx": "vx:abc12345",
    "wx": "WX：abc12345",
    "V信": "V信 abc12345",
    "quoted account": "微信“abc123”",
    "e-mail": "zhang.san＠example.com",
    "account": "微信号：abc_12345",
    "QQ": "QQ 100000000",
}
IDENTITIES = {
    "plain": "身份证110000190001010000",
    "letter": "11000019000101000x",
    "letter apart": "110000 19000101 000 X",
    "Roman letter": "11000019000101000Ⅹ",
    "in groups": "110000-19000101-0000",
    "day spelt": "110000 1900-01-01 0000",
    "one by one": " ".join("110000190001010000"),
    "dots": "110000.1900.0101.0000",
    "full width": "１１００００１９０００１０１００００",
    "Chinese": "一一〇〇〇〇一九〇〇〇一〇一〇〇〇〇",
    "synthetic": "99000018000101005X",
    "15 digits": "110000 000101 000",
    "permanent residence": "911124199001011234",
    "passport": "护照号码 E00000000",
}
HARMLESS = {
    "registration number": "京2110000000000001",
    "with what follows": "京2110000000000001 01 建筑工程 2026-05-20",
    "of other years": "粤2442007200999997 一级",
    "old registration number": "京1110506012345",
    "certificate numbers": "90000558 00090000 1234567",
    "certificate numbers, listed": "90000558、90000559、13800001、13800002",
    "one on a line": "13800001\n13800002\n13800003",
    "qualification number": "管理号 2017034320342017320801000123",
    "qualification number of 18": "201703432034201732",
    "project code": "9911012601150001",
    "project code with its section": "1101012001010001 标段 02",
    "credit code": "91990000MA00000001 913301007822330000",
    "days": "2025-10-15 2026-10-15 3 人",
    "days in Chinese": "自二〇二五年十月十五日至2026年10月15日共365天",
    "period": "2023.05.22-2026.05.21 15 人",
    "amount": "中标价 135000000.00 元",
    "amount with commas": "135,000,000.00",
    "amount in figures": "13500000000元，即 135 亿元",
    "decision": "京建罚字〔2026〕第138号",
    "floor area": "138000.25 平方米，18 层，1500 户",
    "e-certificate": "1.2.156.3005.2.11100000000013338W001.12345",
    "published on WeChat": "微信 2026-05-20 公告",
    "area in groups": "13 800 000 001 平方米",
    "number of an old form in groups": "鲁JZ 137 2019 2020 1234",
    "qualification number in groups": "2015034 13912 345678",
    "amount of 400 million": "4008001234 元",
    "names": "五一路三八工程一三局",
}


@pytest.mark.parametrize("text", PHONES.values(), ids=PHONES.keys())
def test_a_phone_or_contact_is_known_however_it_is_spelt(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize("text", IDENTITIES.values(), ids=IDENTITIES.keys())
def test_a_number_of_a_document_is_known_however_it_is_spelt(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS.keys())
def test_numbers_of_the_register_days_and_amounts_can_be_given(text: str) -> None:
    assert not is_personal(text)


@pytest.mark.parametrize("kind", ["fixed line", "e-mail"])
def test_an_office_may_say_how_it_is_reached(kind: str) -> None:
    assert not is_personal(PHONES[kind], by_office=True)


@pytest.mark.parametrize("text", [PHONES["plain"], PHONES["account"], IDENTITIES["plain"]])
def test_an_office_gives_no_number_of_a_person(text: str) -> None:
    assert is_personal(text, by_office=True)


@given(st.integers(10**8, 10**9 - 1), st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9))
def test_no_credit_code_with_letters_is_personal(body: int, rest: str) -> None:
    assert not is_personal(f"91{body % 10**6:06}MA{rest[:8]}")


@given(st.text(max_size=1200))
def test_whatever_is_typed_is_answered(text: str) -> None:
    assert is_personal(text) in (True, False)
