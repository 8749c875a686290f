"""Hand-written files: what is read, and that each error names file, line and what to write instead."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.documents import DocumentError, check, line_of, parse, read_document, read_text

SCHEMA = {
    "type": "object",
    "required": ["name", "hosts"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "kind": {"enum": ["worker", "storage", "controller"]},
        "hosts": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/host"}},
    },
    "$defs": {
        "host": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z]+-[0-9]+$"},
                "slots": {"type": "integer", "minimum": 1},
            },
        }
    },
}

GOOD_YAML = """\
# a comment
name: small
kind: worker
hosts:
- name: compute-0
  slots: 2
"""


@pytest.fixture
def written(tmp_path):
    """Write a text or bytes to a file and give its path."""

    def write(content, name="world.yaml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    "text", [GOOD_YAML, json.dumps(parse(GOOD_YAML, "x")), "\ufeff" + GOOD_YAML, "---\n" + GOOD_YAML]
)
def test_a_good_file_is_read(written, text):
    """YAML and JSON with the same content give the same value, with or without a byte order mark."""
    assert read_document(written(text), SCHEMA) == {
        "name": "small",
        "kind": "worker",
        "hosts": [{"name": "compute-0", "slots": 2}],
    }


def test_without_a_schema_anything_is_read(written):
    """A file without a schema is read as it is; an empty one is null."""
    assert (read_document(written("- 1\n- a\n")), read_document(written(""))) == ([1, "a"], None)


def test_dates_stay_text():
    """What looks like a date is text, as it is in JSON."""
    assert parse("day: 2016-11-16\nat: 2016-11-16 13:36:27\n", "x") == {
        "day": "2016-11-16",
        "at": "2016-11-16 13:36:27",
    }


def test_aliases_and_merges_are_read():
    """A value can be named once and used twice, or merged into another."""
    text = "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\n"
    assert parse(text, "x") == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}}


# text, line of the error, what the message holds
BROKEN = [
    pytest.param("a: 1\n\tb: 2\n", 2, "indent with spaces", id="tab"),
    pytest.param("a: b: c\n", 1, "in quotes", id="colon"),
    pytest.param("a: 1\nb: 2\na: 3\n", 3, "the key 'a' stands twice; keep one of them", id="double key"),
    pytest.param("a: 1\n200: b\n", 2, "the key 200 is not text; put it in quotes", id="number as key"),
    pytest.param("a: 1\non: b\n", 2, "the key on is not text; put it in quotes", id="boolean as key"),
    pytest.param("a: 1\n? [x]\n: b\n", 2, "is not text; put it in quotes", id="list as key"),
    pytest.param("a: !!python/object:os.system x\n", 1, "without a tag", id="tag"),
    pytest.param("a: *b\n", 1, "put text that begins with '*' in quotes", id="alias"),
    pytest.param("a: 'b\nc: d\n", 3, "close the quotes", id="open quote"),
    pytest.param("a: 1\n---\nb: 2\n", 2, "write one document", id="two documents"),
    pytest.param('{"a": 1,\n "b": }', 2, "read as JSON", id="broken JSON"),
    pytest.param("{a: 1}", 1, "read as JSON", id="YAML in brackets"),
]


@pytest.mark.parametrize(("text", "line", "hint"), BROKEN)
def test_a_broken_text_is_refused_with_its_line(written, text, line, hint):
    """A text that is not YAML or JSON is refused with file, line and what to write instead."""
    path = written(text)
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        pytest.param('{"a": 1, "a": 2}', "the member 'a' stands twice", id="double member"),
        pytest.param('{"a": NaN}', "NaN is not a JSON number", id="not a number"),
        pytest.param("a: .inf\n", "a finite number", id="infinite"),
        pytest.param("[1e999]", "a finite number", id="infinite in JSON"),
        pytest.param("a: !!binary aGk=\n", "is no JSON value", id="bytes"),
        pytest.param("a: !!set {x}\n", "is no JSON value", id="set"),
        pytest.param("[" + "9" * 5000 + "]", "digits", id="number of thousands of digits"),
        pytest.param("a: " + "9" * 5000, "digits", id="the same in YAML"),
        pytest.param("a: &a [*a]\n", "nested too deeply", id="a value that holds itself"),
        pytest.param("[" * 100_000, "nested too deeply", id="deep JSON"),
        pytest.param("a: " + "[" * 300 + "]" * 300, "nested too deeply", id="deep YAML"),
        pytest.param(
            "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]),
            "more than",
            id="bomb",
        ),
        pytest.param(b"a: \xff\n", "byte 3 is not UTF-8; save the file as UTF-8", id="not UTF-8"),
        pytest.param("a: \x01\n", "save the file as plain text", id="control character"),
    ],
)
def test_a_strange_content_is_refused(written, content, hint):
    """What JSON does not know, and what would exhaust the machine, is refused with file and remedy."""
    path = written(content)
    with pytest.raises(DocumentError) as caught:
        read_document(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert hint in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    """A file that is not there, and a folder, are refused by name."""
    with pytest.raises(DocumentError, match=r"nothing\.yaml: cannot be read: No such file"):
        read_document(tmp_path / "nothing.yaml")
    with pytest.raises(DocumentError, match="cannot be read: Is a directory"):
        read_text(tmp_path)


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    """A path with a null character is refused without another exception."""
    with pytest.raises(DocumentError, match="cannot be read"):
        read_text(tmp_path / "a\x00b")


VIOLATIONS = [
    pytest.param(
        "kind: worker\nhosts:\n- name: compute-0\n", 1, 'the document: expected a member "name"', id="missing"
    ),
    pytest.param(
        "name: small\nhosts:\n- name: compute-0\n- slots: 2\n",
        4,
        '/hosts/1: expected a member "name"',
        id="missing in a list",
    ),
    pytest.param("name: small\nhosts:\n- name: compute-0\nhost: 1\n", 4, 'did you mean "hosts"?', id="unknown member"),
    pytest.param(
        "name: small\nkind: workr\nhosts:\n- name: compute-0\n", 2, 'did you mean "worker"?', id="misspelt word"
    ),
    pytest.param(
        "name: small\nhosts:\n- name: compute-0\n  slots: 0\n",
        4,
        "/hosts/0/slots: expected at least 1, found 0",
        id="too small",
    ),
    pytest.param(
        "name: small\nhosts:\n- name: compute-0\n  slots: two\n", 4, 'expected an integer, found "two"', id="wrong type"
    ),
    pytest.param("name: small\nhosts: []\n", 2, "/hosts: expected at least 1 items, found []", id="too few"),
    pytest.param("- small\n", 1, 'the document: expected an object, found ["small"]', id="wrong document"),
    pytest.param(
        '{"name": "small",\n "hosts": [\n  {"name": 7}]}', 3, "/hosts/0/name: expected text, found 7", id="JSON"
    ),
]


@pytest.mark.parametrize(("text", "line", "message"), VIOLATIONS)
def test_a_violation_is_told_with_its_line(written, text, line, message):
    """A value that breaks the schema is told with file, line, place, what was expected and what was found."""
    path = written(text)
    with pytest.raises(DocumentError) as caught:
        read_document(path, SCHEMA)
    (told,) = str(caught.value).splitlines()
    assert told.startswith(f"{path}:{line}: ")
    assert message in told


def test_all_violations_are_told_up_to_ten():
    """Every violation has its own line; after ten the rest is counted."""
    with pytest.raises(DocumentError) as caught:
        check({"name": "x", "hosts": [{"name": number} for number in range(13)]}, SCHEMA, name="world")
    lines = str(caught.value).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "world: and 3 more"


def test_without_the_text_there_is_no_line():
    """A value that came without its text is refused by name and place alone."""
    with pytest.raises(DocumentError, match=r'^world: the document: expected a member "hosts"'):
        check({"name": "x"}, SCHEMA, name="world")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 2),
        (("name",), 2),
        (("hosts",), 5),
        (("hosts", 0), 5),
        (("hosts", 0, "slots"), 6),
        (("hosts", "0", "slots"), 6),
        (("hosts", 7, "slots"), 5),
        (("nowhere",), 2),
    ],
)
def test_line_of_a_place(place, line):
    """The line of a place is where its value begins, or the value around it when there is no such place."""
    assert line_of(GOOD_YAML, place) == line


def test_line_of_a_text_that_is_no_yaml():
    """A text that is not YAML has no lines of values; neither has an empty one."""
    assert (line_of("{\n\t'", ("a",)), line_of("", ("a",))) == (None, None)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_parsing_any_text_ends_in_a_value_or_a_document_error(text):
    """Whatever a file holds, the answer is a JSON value or a DocumentError that begins with the name of the file."""
    assert told_or_json(text)


def told_or_json(text):
    """Whether a text is told to be broken by the name of its file, or has a value that JSON knows."""
    try:
        value = parse(text, "file.yaml")
    except DocumentError as error:
        return str(error).startswith("file.yaml")
    return json.dumps(value, allow_nan=False) != ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_comes_back(value):
    """A JSON text is read as the value that was written, at the outermost an object or a list."""
    assert parse(json.dumps([value]), "x") == [value]
