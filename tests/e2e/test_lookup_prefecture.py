"""A prefecture beside a name, and what is told of how words were read."""

from collections.abc import Iterator

import httpx
import pytest

from dashboards.lookup.finding.question import Question, Vocabulary
from tests.fixtures.lookup import (
    ENTERPRISE,
    HISTORIC,
    NUMBER,
    VALID,
    ask,
    certificate,
    found,
    publish,
    register,
)
from tests.fixtures.lookup_server import serving

VOCABULARY = Vocabulary(
    {"广东": "440000"}, {}, {"韶关": "440200", "黄山": "341000", "襄阳": "420600", "xiangyang": "420600"}
)
FACTS = frozenset({"q", "number", "name", "employer", "division", "prefecture", "specialty", "tail", "words"})


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The fabricated register with VALID and its enterprise in Shaoguan, HISTORIC in Shanghai."""
    tables = register()
    places = {VALID: "440200", HISTORIC: "310100"}
    tables["certificate"] = [
        row | {"prefecture_code": places.get(row["public_id"])} for row in tables["certificate"]
    ]
    tables["enterprise"] = [row | {"prefecture_code": "440200"} for row in tables["enterprise"]]
    store = publish(tmp_path_factory.mktemp("lookup"), "1", tables)
    with serving(store) as address, httpx.Client(base_url=address) as opened:
        yield opened


@pytest.mark.parametrize(
    "typed",
    [
        "曾国合 韶关",
        "曾国合 韶关市",
        "韶关 曾国合",
        "曾国合 韶关 宏洋建设",
        "Zeng Guohe 韶关",
        f"{NUMBER} 韶关",
    ],
)
def test_a_name_and_a_prefecture_find_somebody(client: httpx.Client, typed: str) -> None:
    assert found(ask(client, q=typed)) == [VALID]


def test_a_prefecture_finds_nobody_elsewhere(client: httpx.Client) -> None:
    assert not found(ask(client, q=f"{NUMBER} 上海市"))
    assert found(ask(client, name="曾国合", prefecture="310100")) == [HISTORIC]


def test_an_enterprise_is_found_in_its_prefecture(client: httpx.Client) -> None:
    assert f'href="/e/{ENTERPRISE}"' in ask(client, q="宏洋建设 韶关").text


@pytest.mark.parametrize(
    ("typed", "facts"),
    [
        ("张三 韶关", {"name": "张三", "prefecture": "440200", "words": "张三"}),
        ("黄山 广东", {"name": "黄山", "division": "440000", "words": "黄山"}),
        ("黄山", {"name": "黄山", "words": "黄山"}),
        ("Li Xiangyang", {"name": "Li Xiangyang", "words": "Li Xiangyang"}),
    ],
)
def test_the_name_of_a_prefecture_may_be_that_of_a_person(typed: str, facts: dict[str, str]) -> None:
    assert Question.of({"q": typed}, FACTS, VOCABULARY, 120) == Question(q=typed, **facts)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("曾某某 韶关", "姓名：曾某某；地市：韶关市"),
        ("曾国合 东莞", "姓名：曾国合；聘用企业：东莞"),
        ("曾国合合广东", "企业或项目名称含：曾国合合广东"),
    ],
)
def test_where_nothing_is_found_the_page_tells_how_the_words_were_read(
    client: httpx.Client, typed: str, read: str
) -> None:
    assert f"所填读作：{read}<" in ask(client, q=typed).text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_longest_question_without_an_answer_is_as_long_as_one_with_it(
    tmp_path_factory: pytest.TempPathFactory, lang: str
) -> None:
    name = "合·" * 53
    rows = [certificate("x1", name, "x", "x1", prefecture_code="440200")]
    with serving(
        publish(tmp_path_factory.mktemp("long"), "1", register() | {"certificate": rows})
    ) as address:
        lengths = [
            len(httpx.post(f"{address}/search", params={"lang": lang}, data={"q": f"{typed} 韶关"}).content)
            for typed in (name, f"{name[:-2]}国·")
        ]
    assert lengths[0] == lengths[1]
