import pytest

from annotations.formats.errors import FormatError
from annotations.formats.text import decode, read_words

TABLE = "exam,reader,grade\nE1,Jörg,0\nE2,Jörg,1\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
def test_the_same_table_in_every_encoding_is_the_same_table(encoding):
    text, _ = decode(TABLE.encode(encoding))
    assert read_words(text)["reader"].tolist() == ["Jörg", "Jörg"]


def test_a_big_endian_mark_is_understood():
    assert decode(b"\xfe\xff" + TABLE.encode("utf-16-be"))[0] == TABLE


def test_mixed_encodings_are_refused_with_the_lines_of_both():
    mixed = "exam,reader\nE1,Jörg\n".encode() + "E2,Jörg\nE3,x\n".encode("cp1252")
    with pytest.raises(FormatError, match=r"UTF-8 in line 2 and not in line 3"):
        decode(mixed)


def test_bytes_that_are_letters_in_no_known_encoding_are_refused():
    with pytest.raises(FormatError, match="neither UTF-8 nor Windows-1252"):
        decode(b"exam\nE\x81\n")


def test_a_file_that_breaks_its_own_mark_is_refused():
    with pytest.raises(FormatError, match="Line 3 is not utf-8"):
        decode(b"\xef\xbb\xbfexam\nE1\nE\xff\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_told_from_the_header(delimiter):
    words = read_words(TABLE.replace(",", delimiter))
    assert list(words.columns) == ["exam", "reader", "grade"]
    assert words.index.tolist() == [2, 3]
    assert words.index.name == "line"


def test_blank_lines_and_quoted_line_ends_keep_the_numbers_of_the_file():
    words = read_words('exam,note,grade\n\nE1,"two\nlines",0\nE2,x,1\n')
    assert words.index.tolist() == [4, 5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("a,b\n", "no row"),
        ("a,a\n1,2\n", "a name of its own"),
        ("a,\n1,2\n", "a name of its own"),
        ("a,b\n1,2\n1,2,3\n4\n", "2 rows do not have 2 cells: lines 3, 4. A decimal comma"),
    ],
)
def test_what_is_no_table_is_refused(text, words):
    with pytest.raises(FormatError, match=words):
        read_words(text)
