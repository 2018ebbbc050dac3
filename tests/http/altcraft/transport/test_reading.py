"""Bodies: the two formats read the same, and nothing hostile gets through."""

from __future__ import annotations

import json
import time

import pytest

from stampbook.dialects.altcraft.faults import Fault
from stampbook.dialects.altcraft.formats.fields import MAX_TEXT, Fields, JsonFields
from stampbook.dialects.altcraft.formats.xml_reading import MAX_ELEMENTS, read_xml

JSON_BODY = b"""{"n": 7, "s": " a&b ", "t": true, "f": false, "d": "10.50", "e": "",
    "z": null, "o": {"k": "v", "l": ["1", "2"], "m": {"x": "y"}}}"""
XML_BODY = b"""<?xml version="1.0" encoding="UTF-8"?><!-- c --><xml a="b"><n>7</n><s> a&amp;b </s>
    <t>true</t><f>false</f><d>10.50</d><e></e><z/><o><k>v</k><l>1</l><l>2</l>
    <m><x>y</x></m></o><!-- d --></xml>"""


@pytest.mark.parametrize("fields", [JsonFields(JSON_BODY), read_xml(XML_BODY)], ids=["json", "xml"])
def test_both_formats_read_the_same(fields: Fields) -> None:
    assert fields.integer("n") == 7
    assert (fields.text("s") or "").strip() == "a&b"
    assert fields.flag("t") is True
    assert fields.flag("f") is False
    assert fields.decimal("d") == "10.50"
    assert not fields.text("e")
    assert fields.text("z") is None
    assert fields.text("unknown") is None
    assert json.loads(fields.document("o") or "") == {"k": "v", "l": ["1", "2"], "m": {"x": "y"}}


@pytest.mark.parametrize("spelled", ["0.1", "100", "100.50", "9007199254740993.11"])
def test_an_amount_as_a_json_number_is_never_a_float(spelled: str) -> None:
    assert JsonFields(f'{{"amount": {spelled}}}'.encode()).decimal("amount") == spelled


def why(body: bytes, *, xml: bool = True) -> str:
    with pytest.raises(Fault) as caught:
        (read_xml if xml else JsonFields)(body)
    assert caught.value.error == 400
    return caught.value.text


BOMB = b"""<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
<xml><token>&d;</token></xml>"""
FILE = b'<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><token>&f;</token></xml>'
PARAMETER = b'<!DOCTYPE xml [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><xml/>'
PLAIN = b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml/>'


@pytest.mark.parametrize("body", [BOMB, FILE, PARAMETER, PLAIN], ids=str)
def test_a_doctype_is_refused_before_anything_of_it_is_done(body: bytes) -> None:
    began = time.perf_counter()
    assert why(body) == "Incorrect request: body: a DOCTYPE is not allowed"
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"<xml></xml><xml/>",
        b"<xml>&nbsp;</xml>",
        b"<xml>&undefined;</xml>",
        b"<xml>&#0;</xml>",
        b"<xml>\x01</xml>",
        b"{}",
        b"<xml><a></b></xml>",
    ],
)
def test_what_is_not_well_formed(body: bytes) -> None:
    assert why(body).startswith("Incorrect request: body: is not well-formed XML")


def test_standard_entities_and_character_references_are_read() -> None:
    fields = read_xml(
        b"<xml><a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;<![CDATA[<!DOCTYPE>]]></a></xml>"
    )
    assert fields.text("a") == "<>&\"'AB<!DOCTYPE>"


def test_the_root_is_xml() -> None:
    assert why(b"<request/>") == "Incorrect request: body: the root element must be xml"
    assert why(b'<x:xml xmlns:x="u"/>') == "Incorrect request: body: the root element must be xml"


@pytest.mark.parametrize(
    "body",
    [
        '<?xml version="1.0" encoding="windows-1251"?><xml><a>я</a></xml>'.encode("windows-1251"),
        b'<?xml version="1.0" encoding="utf-16"?><xml/>',
        "<xml><a>я</a></xml>".encode("utf-16"),
        "<xml><a>я</a></xml>".encode("koi8-r"),
    ],
)
def test_other_encodings_are_refused(body: bytes) -> None:
    assert why(body) == "Incorrect request: body: must be in UTF-8"


def nested(depth: int) -> bytes:
    inner = depth - 1
    return b"<xml>" + b"<a>" * inner + b"</a>" * inner + b"</xml>"


def test_depth() -> None:
    read_xml(nested(64))
    assert "nested more than 64" in why(nested(65))
    assert "nested more than 64" in why(nested(100_000))
    JsonFields(b'{"a":' * 64 + b"1" + b"}" * 64)
    assert "nested more than 64" in why(b'{"a":' * 65 + b"1" + b"}" * 65, xml=False)
    assert "nested more than 64" in why(b'{"a":' * 100_000, xml=False)


def test_number_of_elements() -> None:
    assert "elements" in why(b"<xml>" + b"<a/>" * MAX_ELEMENTS + b"</xml>")


def test_a_name_that_stands_twice_is_refused_where_it_is_asked_for() -> None:
    fields = read_xml(b"<xml><a>1</a><a>2</a><b>3</b></xml>")
    assert fields.integer("b") == 3
    with pytest.raises(Fault, match="is given twice"):
        fields.integer("a")


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"x"', b"{", b'{"a":}', b'{"a":1}x', b'{"a":"\\ud800"}']
)
def test_what_is_no_json_object(body: bytes) -> None:
    assert why(body, xml=False).startswith("Incorrect request: body: ")


def refusal(fields: Fields, kind: str, name: str) -> str:
    with pytest.raises(Fault) as caught:
        getattr(fields, kind)(name)
    return caught.value.text.removeprefix("Incorrect request: ")


JSON_TYPES = [
    ('"1"', "integer", "must be an integer"),
    ("1.0", "integer", "must be an integer"),
    ("true", "integer", "must be an integer"),
    ("9007199254740992", "integer", "is out of range"),
    ("1" * 40, "integer", "is out of range"),
    ('"true"', "flag", "must be true or false"),
    ("1", "flag", "must be true or false"),
    ("1", "text", "must be a string"),
    ("{}", "text", "must be a string"),
    ('"\\u0000"', "text", "must not contain the character NUL"),
    (f'"{"x" * (MAX_TEXT + 1)}"', "text", f"must have at most {MAX_TEXT} characters"),
    ("1e2", "decimal", "must be a decimal string such as 100.50"),
    ("true", "decimal", "must be a decimal string such as 100.50"),
    ("[]", "label", "must be an integer"),
    ("[]", "document", "must be an object"),
    ('"{}"', "document", "must be an object"),
    (f'{{"a":"{"x" * 65_536}"}}', "document", "must have at most 65536 bytes"),
]


@pytest.mark.parametrize(("spelled", "kind", "text"), JSON_TYPES)
def test_json_types(spelled: str, kind: str, text: str) -> None:
    assert refusal(JsonFields(f'{{"v": {spelled}}}'.encode()), kind, "v") == f"v: {text}"


XML_TYPES = [
    ("one", "integer", "must be an integer"),
    ("<w/>", "integer", "must be text, not elements"),
    ("yes", "flag", "must be true or false"),
    ("x" * (MAX_TEXT + 1), "text", f"must have at most {MAX_TEXT} characters"),
    ("text", "document", "must be an object"),
]


@pytest.mark.parametrize(("spelled", "kind", "text"), XML_TYPES)
def test_xml_types(spelled: str, kind: str, text: str) -> None:
    assert refusal(read_xml(f"<xml><v>{spelled}</v></xml>".encode()), kind, "v") == f"v: {text}"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01t03:00:01.25+03:00", 1_250_000),
        ("1969-12-31T23:59:59.999999999Z", -1),
    ],
)
def test_dates(text: str, instant: int) -> None:
    assert JsonFields(json.dumps({"d": text}).encode()).instant("d") == instant
    assert read_xml(f"<xml><d>{text}</d></xml>".encode()).instant("d") == instant


@pytest.mark.parametrize(
    "text", ["2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "now", "1767225600"]
)
def test_what_is_no_date(text: str) -> None:
    assert refusal(JsonFields(json.dumps({"d": text}).encode()), "instant", "d").startswith("d: ")
