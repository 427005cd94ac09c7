"""JSON: lines, an array, an object that holds one array."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.readers import Reading

PERSONS = [{"姓名": "张三", "注册号": "A1"}, {"姓名": "李四", "注册号": "A2", "有效期至": 1777564800000}]
READ = [("张三", "A1", None), ("李四", "A2", "1777564800000")]


def written(content: Any, **options: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, **options).encode()


@pytest.mark.parametrize(
    "content",
    [
        PERSONS,
        {"data": PERSONS},
        {"code": 0, "meta": {"page": {"size": 2}}, "result": {"total": 2, "list": PERSONS}, "end": True},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_one_array_is_found(read: Reading, content: Any, indent: int | None) -> None:
    (table,) = read("a.json", written(content, indent=indent))
    assert list(table.rows.values()) == READ
    assert table.sheet.headers == ("姓名", "注册号", "有效期至")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_other_encodings_are_read(read: Reading, encoding: str) -> None:
    lines = "\n".join(json.dumps(person, ensure_ascii=False) for person in PERSONS)
    for name, text in (("a.json", json.dumps(PERSONS, ensure_ascii=False)), ("a.jsonl", lines)):
        assert list(read(name, text.encode(encoding))[0].rows.values()) == READ


def test_json_lines_under_the_name_of_json_are_read(read: Reading) -> None:
    (table,) = read("a.json", b"\n".join(written(person) for person in PERSONS))
    assert list(table.rows.values()) == READ


def test_rows_keep_their_line_when_lines_are_blank(read: Reading) -> None:
    (table,) = read("a.jsonl", b"\n\n".join(written(person) for person in PERSONS))
    assert list(table.rows) == [1, 3]


def test_a_broken_line_and_one_that_names_a_key_twice_keep_their_text(read: Reading) -> None:
    twice = '{"姓名": "王五", "姓名": "赵六"}'.encode()
    (table,) = read("a.jsonl", b"\n".join([written(PERSONS[0]), b'{"x": ', twice, b"[1]"]))
    assert len(table.rows) == 1
    assert table.rejects == {2: '{"x": ', 3: twice.decode(), 4: "[1]"}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_key_may_be_any_text(read: Reading, name: str) -> None:
    keys = ("姓名", "", "*", "a*b", "a.b", "$.a", "/", "a/b", "~1", "0", "a[0]", '"', "\\", "\n", "\0")
    line = written({key: f"值{place}" for place, key in enumerate(keys)})
    (table,) = read(name, b"[" + line + b"]" if name == "a.json" else line)
    assert table.sheet.headers == keys
    assert table.rows == {1: tuple(f"值{place}" for place in range(len(keys)))}


@pytest.mark.parametrize(
    "number",
    [
        "12.50",
        "1.0",
        "-0",
        "1e5",
        "1E+400",
        "0.12345678901234567",
        "123456789012345678",
        "-12345678.90123456789",
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_number_keeps_its_digits(read: Reading, name: str, number: str) -> None:
    line = f'{{"姓名": "甲\\\\ 1.50 \\" 2.0", "注册号": {number}, "1.0": 7}}'
    (table,) = read(name, (f"[{line}]" if name == "a.json" else line).encode())
    assert table.rows == {1: ('甲\\ 1.50 " 2.0', number, "7")}
    assert table.sheet.headers == ("姓名", "注册号", "1.0")


@pytest.mark.parametrize(
    "content",
    [
        b"[",
        b'[{"a": 1}',
        b'[{"a": 1}] x',
        b'{"a": [{"b": 1}], "c": [{"d": 1}]}',
        b"[1, 2]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'[{"a": "' + b"x" * 400_000 + b'"}]',
    ],
)
def test_what_holds_no_one_array_of_objects_is_refused(read: Reading, content: bytes) -> None:
    read.refusal("a.json", content)


VALUES = st.one_of(
    st.text(max_size=8), st.integers(), st.booleans(), st.none(), st.lists(st.integers(), max_size=2)
)


@settings(
    max_examples=settings().max_examples // 4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.fixed_dictionaries({"姓名": st.text(max_size=8), "注册号": VALUES}), min_size=1, max_size=6),
    st.booleans(),
)
def test_every_object_is_a_row(read: Reading, persons: list[dict[str, Any]], is_ascii: bool) -> None:
    (table,) = read("a.json", json.dumps({"data": persons}, ensure_ascii=is_ascii).encode("utf-8", "replace"))
    assert list(table.rows) == list(range(1, len(persons) + 1))
