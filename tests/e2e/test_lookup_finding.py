"""What is found by a number, a name with one more fact, an enterprise or a project, and what is not."""

import re
from pathlib import Path

import httpx
import pytest

from tests.fixtures.lookup import (
    CANCELLED,
    EMPLOYER,
    ENTERPRISE,
    HISTORIC,
    NUMBER,
    PROJECT,
    VALID,
    ask,
    certificate,
    found,
    publish,
    register,
)
from tests.fixtures.lookup_server import serving

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    "typed",
    [NUMBER, f"  {NUMBER} ", "京２１１００００００００００００１", "京2110 0000 0000 0001", "00000001"],
)
def test_a_complete_number_finds_its_certificate(client: httpx.Client, typed: str) -> None:
    assert found(ask(client, number=typed)) == [VALID]


@pytest.mark.parametrize("typed", [NUMBER[:-1], NUMBER[:4], f"{NUMBER[:-1]}%", f"{NUMBER[:-1]}_", "*", "京"])
def test_part_of_a_number_finds_nothing(client: httpx.Client, typed: str) -> None:
    response = ask(client, number=typed)
    assert response.status_code == 200
    assert not found(response)


@pytest.mark.parametrize(
    "facts",
    [
        {"employer": EMPLOYER, "division": "110000"},
        {"employer": EMPLOYER.replace("（", "(").replace("）", ")"), "tail": "0001"},
        {"employer": "91990000ma00000001", "tail": "0001"},
        {"division": "110000"},
        {"tail": "0001"},
    ],
)
@pytest.mark.parametrize("name", ["曾国合", " 曾 国合", "Zeng Guohe", "zengguohe", "Zēng Guóhé"])
def test_a_full_name_with_one_more_fact_finds_its_certificate(
    client: httpx.Client, name: str, facts: dict[str, str]
) -> None:
    assert found(ask(client, name=name, **facts)) == [VALID]


def test_several_people_of_one_name_are_all_told(client: httpx.Client) -> None:
    assert sorted(found(ask(client, name="曾国合", employer=EMPLOYER))) == sorted([VALID, HISTORIC])


@pytest.mark.parametrize("name", ["曾国", "国合", "曾", "zeng", "zgh", "曾%", "曾国_"])
def test_part_of_a_name_finds_nothing(client: httpx.Client, name: str) -> None:
    assert not found(ask(client, name=name, division="110000"))


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "曾国合"},
        {"employer": EMPLOYER},
        {"division": "110000"},
        {"tail": "0001"},
        {"employer": EMPLOYER, "division": "110000"},
        {"name": "曾国合", "tail": "1"},
        {"name": "曾" * 121, "division": "110000"},
        {"name": "  ", "number": " "},
        {},
    ],
)
def test_too_little_is_refused_with_an_explanation(client: httpx.Client, facts: dict[str, str]) -> None:
    response = ask(client, **facts)
    assert response.status_code == 422
    assert 'role="alert"' in response.text
    assert not found(response)


def test_a_number_contradicted_by_a_name_finds_nothing(client: httpx.Client) -> None:
    assert not found(ask(client, number=NUMBER, name="李合成"))


@pytest.mark.parametrize(
    "typed", [EMPLOYER, "91990000MA00000001", "合成宏洋", "宏洋", "宏", "建設(集團)", "宏洋 北京"]
)
def test_an_enterprise_is_found_by_its_code_or_part_of_its_name(client: httpx.Client, typed: str) -> None:
    assert f'href="/e/{ENTERPRISE}"' in ask(client, q=typed).text


@pytest.mark.parametrize("typed", ["宏洋 上海", "宏%", "宏_", "不存在建设"])
def test_an_enterprise_elsewhere_or_of_other_characters_is_not_found(
    client: httpx.Client, typed: str
) -> None:
    assert f'href="/e/{ENTERPRISE}"' not in ask(client, q=typed).text


@pytest.mark.parametrize("typed", ["合成大道", "合成大道（一期）工程", "大道", "9911012601150001"])
def test_a_project_is_found_by_its_code_or_part_of_its_name(client: httpx.Client, typed: str) -> None:
    assert f'href="/j/{PROJECT}"' in ask(client, q=typed).text


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "曾国合 北京",
        "曾国合 宏洋建设 北京",
        "曾国合 建筑工程",
        "曾国合 0001",
        "Zeng Guohe Beijing",
        "曾國合 北京市",
        "曾 国 合，北京",
    ],
)
def test_the_one_box_understands_what_people_type(client: httpx.Client, typed: str) -> None:
    assert found(ask(client, q=typed)) == [VALID]


@pytest.mark.parametrize("dot", ["·", "・", ".", ""])
def test_a_transliterated_name_is_found_with_any_dot(client: httpx.Client, dot: str) -> None:
    assert found(ask(client, name=f"阿卜杜{dot}合成", division="110000")) == [CANCELLED]


@pytest.mark.parametrize("typed", ["曾国合", "曾国合 曾国合", "Zeng Guohe"])
def test_a_name_alone_is_asked_for_one_more_fact(client: httpx.Client, typed: str) -> None:
    response = ask(client, q=typed)
    assert response.status_code in (200, 422)
    assert not found(response)


def test_words_that_fit_many_enterprises_are_no_second_fact(tmp_path: Path) -> None:
    many = [
        {
            "enterprise_key": f"e{n}",
            "enterprise_code": f"9199{n:014}",
            "enterprise_name": f"合成第{n}有限公司",
            "nature_code": None,
            "division_code": "110000",
            "prefecture_code": None,
            "persons": None,
        }
        for n in range(30)
    ]
    tables = register() | {"enterprise": [*register()["enterprise"], *many]}
    with serving(publish(tmp_path, "1", tables)) as address:
        answers = [
            httpx.post(f"{address}/search", data={"name": "曾国合", "employer": e})
            for e in ("公司", "有限公司")
        ]
    assert [found(answer) for answer in answers] == [[], []]


def test_too_many_answers_are_neither_shown_nor_counted(client: httpx.Client) -> None:
    response = ask(client, name="李合成", division="110000")
    assert not found(response)
    assert "补充一项" in response.text
    assert "30" not in re.sub(r"<[^>]+>", "", response.text)


def test_one_answer_and_none_have_the_same_length(client: httpx.Client) -> None:
    for headers in ({}, JSON):
        answers = [client.post("/search", data={"number": n}, headers=headers) for n in (NUMBER, "京2999")]
        assert len({len(answer.content) for answer in answers}) == 1


def test_a_register_of_latin_names_is_asked_in_latin_letters(tmp_path: Path) -> None:
    rows = [certificate("x1", "合成顾问", "hechengguwen", "TC1", person_name_en="SYNTHETIC ADVISERS LTD")]
    with serving(publish(tmp_path, "1", {"certificate": rows})) as address:
        answer = httpx.post(
            f"{address}/search", data={"name": "Synthetic Advisers  Ltd", "division": "110000"}
        )
    assert found(answer) == ["x1"]
