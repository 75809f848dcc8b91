"""The structure walk: what it finds in sound files, and what it refuses before any parser runs."""

import zlib

import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from inference.dicom.acceptance import accept
from inference.dicom.scan import DEFLATED, scan
from inference.dicom.verdicts import Code, Limits, RefusedFile
from tests.inference.dicom import made

LIMITS = Limits()


def code_of(data: bytes, limits: Limits = LIMITS) -> Code:
    with pytest.raises(RefusedFile) as caught:
        scan(data, limits)
    assert caught.value.reason.endswith((".", "out"))
    return caught.value.code


def test_it_finds_the_pixel_data_of_a_sound_file():
    source = made.dataset()
    structure = scan(made.encoded(source), LIMITS)
    assert structure.pixels is not None
    found = structure.body[structure.pixels.start : structure.pixels.start + structure.pixels.length]
    assert found == source.PixelData


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_byte_orders_are_walked_alike(syntax, tmp_path):
    source = made.dataset()
    source.file_meta = pydicom.dataset.FileMetaDataset()
    source.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        source.PixelData = made.picture().byteswap().tobytes()
    pydicom.dcmwrite(tmp_path / "a", source, implicit_vr=syntax == ImplicitVRLittleEndian,
                     little_endian=syntax != ExplicitVRBigEndian, enforce_file_format=True)  # fmt: skip
    structure = scan((tmp_path / "a").read_bytes(), LIMITS)
    assert structure.pixels is not None
    assert structure.pixels.length == 64 * 48 * 2


def test_trust_42_nesting_of_ten_passes_and_eleven_is_refused():
    assert scan(made.with_bytes(made.nested(10)), LIMITS).depth == 10
    assert code_of(made.with_bytes(made.nested(11))) is Code.NESTING


def test_trust_36_deep_nesting_is_refused_without_recursion():
    assert code_of(made.with_bytes(made.nested(60_000))) is Code.NESTING


def test_nesting_hidden_in_items_of_defined_length_is_counted():
    value = b""
    for _ in range(12):
        item = b"\xfe\xff\x00\xe0" + len(value).to_bytes(4, "little") + value
        value = made.element(0x0040A730, b"SQ", item)
    assert code_of(made.with_bytes(value)) is Code.NESTING


def test_trust_36_deflated_data_never_unpack_beyond_the_limit():
    whole = made.encoded(made.dataset())
    place = whole.index(b"1.2.840.10008.1.2.1\x00")
    start = place + 20
    while whole[start : start + 2] == b"\x02\x00":
        start += 8 + int.from_bytes(whole[start + 6 : start + 8], "little")
    head = whole[: place - 2] + b"\x16\x00" + DEFLATED.encode() + whole[place + 20 : start]
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = bomb.compress(b"\0" * (64 * 2**20)) + bomb.flush()
    assert code_of(head + body, Limits(inflated_bytes=2**20)) is Code.TOO_LARGE


@pytest.mark.parametrize(
    ("cut", "code"),
    [
        (0, Code.EMPTY),
        (100, Code.NOT_DICOM),
        (132, Code.STRUCTURE),
        (200, Code.TRUNCATED),
        (400, Code.TRUNCATED),
    ],
)
def test_files_cut_off_anywhere_are_refused(cut, code):
    assert code_of(made.encoded(made.dataset())[:cut]) is code


def test_every_cut_of_a_file_is_refused():
    whole = made.encoded(made.dataset(pixels=made.picture(16, 16)))
    for cut in range(0, len(whole) - 1, 7):
        with pytest.raises(RefusedFile):
            accept(whole[:cut])


def test_an_archive_among_other_files_is_named():
    assert code_of(b"PK\x03\x04" + b"\0" * 200) is Code.ARCHIVE


def test_too_many_elements_are_refused():
    extra = b"".join(made.element(0x00110000 + n % 0xFFFF, b"UN", b"") for n in range(10_001))
    assert code_of(made.with_bytes(extra)) is Code.STRUCTURE


def test_a_huge_header_element_is_refused():
    assert code_of(made.with_bytes(made.element(0x00111001, b"OB", b"\0" * (17 * 2**20)))) is Code.TOO_LARGE


def test_a_length_beyond_the_file_is_refused():
    lying = b"\x11\x00\x01\x10OB\x00\x00\xf0\xff\xff\x7f"
    assert code_of(made.with_bytes(lying)) is Code.TRUNCATED
