"""The acceptance policy, rule by rule, on images made for it."""

import itertools
import struct
from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import EnhancedMRImageStorage, JPEG2000Lossless, RLELossless

from inference.dicom import codestream
from inference.dicom.acceptance import accept
from inference.dicom.verdicts import Code, Limits, RefusedFile
from tests.inference.dicom import made

REFUSED = [
    ({"Rows": 0}, Code.PIXEL_FORMAT),
    ({"Rows": 60_000, "Columns": 60_000}, Code.TOO_LARGE),
    ({"NumberOfFrames": 2**31 - 1}, Code.TOO_LARGE),
    ({"NumberOfFrames": -1}, Code.TOO_LARGE),
    ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, Code.PIXEL_FORMAT),
    ({"BitsAllocated": 13}, Code.PIXEL_FORMAT),
    ({"HighBit": 15}, Code.PIXEL_FORMAT),
    ({"PixelSpacing": [0.0, 1.0]}, Code.GEOMETRY),
    ({"PixelSpacing": [-1.0, 1.0]}, Code.GEOMETRY),
    ({"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]}, Code.GEOMETRY),
    ({"ImageOrientationPatient": [0, 1, 0, 0, 1, 0]}, Code.GEOMETRY),
    ({"ImagePositionPatient": None}, Code.GEOMETRY),
    ({"RescaleSlope": 0, "RescaleIntercept": 1}, Code.PIXEL_FORMAT),
    ({"StudyInstanceUID": None}, Code.IDENTIFIER),
    ({"SOPInstanceUID": "../../etc/passwd"}, Code.IDENTIFIER),
    ({"SeriesInstanceUID": "1.2'; DROP TABLE exams; --"}, Code.IDENTIFIER),
    ({"SeriesInstanceUID": "1." + "2" * 80}, Code.IDENTIFIER),
    ({"SpecificCharacterSet": "ISO_IR 999"}, Code.CHARACTER_SET),
    ({"Modality": "CT"}, Code.SOP_CLASS),
    ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, Code.SOP_CLASS),
    ({"PixelData": b""}, Code.PIXEL_DATA),
    ({"PixelData": b"\0" * 100}, Code.PIXEL_DATA),
]


@pytest.mark.parametrize(
    ("changes", "code"), REFUSED, ids=[str(sorted(c)) + str(i) for i, (c, _) in enumerate(REFUSED)]
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_wrong_is_refused_with_its_code(changes, code):
    with pytest.raises(RefusedFile) as caught:
        accept(made.encoded(made.dataset(**changes)))
    assert caught.value.code is code


def test_a_sound_image_comes_out_as_it_was():
    pixels = made.picture()
    (taken,) = accept(made.encoded(made.dataset(pixels=pixels)))
    assert np.array_equal(taken.stored, pixels)
    assert not taken.lossy


def test_jpeg_extended_is_refused_by_name():
    with pytest.raises(RefusedFile) as caught:
        accept(compressed(b"\xff\xd8\xff\xd9", codestream.JPEG_EXTENDED))
    assert caught.value.code is Code.JPEG_12_BIT
    assert "JPEG Extended, 12 bit (1.2.840.10008.1.2.4.51)" in caught.value.reason
    assert "export" in caught.value.reason


def test_monochrome1_is_turned_over():
    pixels = made.picture()
    (taken,) = accept(made.encoded(made.dataset(pixels=pixels, PhotometricInterpretation="MONOCHROME1")))
    assert np.array_equal(taken.stored, 4095 - pixels.astype(int))


def test_unused_high_bits_are_masked_and_signs_extended():
    pixels = (made.picture() | 0xF000).astype("<u2")
    (taken,) = accept(made.encoded(made.dataset(pixels=pixels)))
    assert taken.stored.max() < 4096
    signed = np.full((64, 48), 0x0FFF, "<u2")
    (negative,) = accept(made.encoded(made.dataset(pixels=signed, PixelRepresentation=1)))
    assert (negative.stored == -1).all()


def test_an_image_without_sop_class_is_taken_if_all_else_says_mr():
    bare = made.dataset(SOPClassUID=None, Modality=None)
    assert len(accept(made.encoded(bare))) == 1
    report = made.dataset(SOPClassUID=None, Modality=None, ImageOrientationPatient=None)
    with pytest.raises(RefusedFile) as caught:
        accept(made.encoded(report))
    assert caught.value.code is Code.SOP_CLASS


@pytest.mark.parametrize(
    "name",
    ["A\0B", "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 60_000, "=1+1", "<script>"],
)
@pytest.mark.filterwarnings("ignore")
def test_trust_40_strange_names_do_no_harm(name):
    image = made.dataset()
    image.SpecificCharacterSet = "ISO_IR 192"
    data = made.with_bytes(b"", image)
    place = data.index(b"\x10\x00\x10\x00PN")
    length = int.from_bytes(data[place + 6 : place + 8], "little")
    raw = name.encode("latin-1")[:65_000]
    raw += b" " * (len(raw) % 2)
    changed = data[: place + 6] + struct.pack("<H", len(raw)) + raw + data[place + 8 + length :]
    assert len(accept(changed)) == 1


def rle(pixels: np.ndarray) -> bytes:
    """A frame in literal runs of PackBits, high bytes first."""
    segments = []
    for plane in (pixels >> 8, pixels & 0xFF):
        raw = plane.astype("u1").tobytes()
        runs = [bytes([len(raw[i : i + 128]) - 1]) + raw[i : i + 128] for i in range(0, len(raw), 128)]
        body = b"".join(runs)
        segments.append(body + b"\x80" * (len(body) % 2))
    offsets = [64, *itertools.accumulate(map(len, segments), initial=64)][1:-1]
    return struct.pack("<16I", 2, *offsets, *([0] * 13)) + b"".join(segments)


def compressed(stream: bytes, syntax: str, **changes) -> bytes:
    image = made.dataset(**changes)
    image.PixelData = encapsulate([stream])
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    return made.encoded(image, syntax=syntax)


def packed(pixels: np.ndarray) -> bytes:
    """A frame as pydicom packs it: runs, literals and padding."""
    image = pydicom.dcmread(BytesIO(made.encoded(made.dataset())))
    image.PixelData = pixels.astype("<u2").tobytes()
    image.compress(RLELossless, encoding_plugin="pydicom")
    return next(generate_frames(image.PixelData, number_of_frames=1))


@pytest.mark.parametrize("pack", [rle, packed])
def test_rle_is_read(pack):
    pixels = made.picture()
    pixels[:20], pixels[30, 5:9] = 0, 4095
    (taken,) = accept(compressed(pack(pixels), RLELossless))
    assert np.array_equal(taken.stored, pixels)


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: struct.pack("<I", 200) + s[4:],
        lambda s: s[:8] + struct.pack("<I", 10**9) + s[12:],
        lambda s: s[: len(s) // 2],
        lambda s: s[:40],
    ],
    ids=["segments", "offset", "half", "header"],
)
def test_trust_36_rle_that_lies_about_its_size_is_refused(damage):
    with pytest.raises(RefusedFile) as caught:
        accept(compressed(damage(rle(made.picture())), RLELossless))
    assert caught.value.code is Code.CODESTREAM


def siz(width: int, height: int, tile: int) -> bytes:
    head = struct.pack(">2sHHH", b"\xff\x4f", 0xFF51, 41, 0)
    sizes = struct.pack(">8IH", width, height, 0, 0, tile, tile, 0, 0, 1)
    return head + sizes + b"\x0b\x01\x01" + b"\0" * 40 + b"\xff\xd9"


@pytest.mark.parametrize(("width", "height", "tile"), [(60_000, 60_000, 60_000), (48, 64, 0), (64, 48, 64)])
def test_trust_36_jpeg_2000_that_lies_about_its_size_is_refused(width, height, tile):
    with pytest.raises(RefusedFile) as caught:
        accept(compressed(siz(width, height, tile), JPEG2000Lossless))
    assert caught.value.code is Code.CODESTREAM


def test_trust_36_jpeg_2000_of_a_billion_tiles_is_refused():
    data = compressed(siz(1000, 1000, 1), JPEG2000Lossless, Rows=1000, Columns=1000)
    with pytest.raises(RefusedFile) as caught:
        accept(data)
    assert "tiles" in caught.value.reason


@pytest.mark.parametrize("syntax", [*codestream.JPEG_LOSSLESS, *codestream.JPEG_LS, codestream.JPEG_BASELINE])
def test_trust_36_jpeg_that_lies_about_its_size_is_refused(syntax):
    frame = b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 12, 65535, 65535, 1) + b"\0\x11\0\xff\xd9"
    with pytest.raises(RefusedFile) as caught:
        accept(compressed(frame, syntax))
    assert caught.value.code is Code.CODESTREAM


def test_limits_are_settings():
    with pytest.raises(RefusedFile) as caught:
        accept(made.encoded(made.dataset()), Limits(matrix=32))
    assert caught.value.code is Code.TOO_LARGE


def test_an_enhanced_image_without_positions_is_refused():
    image = made.dataset(
        SOPClassUID=EnhancedMRImageStorage, NumberOfFrames=2, PixelData=made.picture().tobytes() * 2
    )
    with pytest.raises(RefusedFile) as caught:
        accept(made.encoded(image))
    assert caught.value.code is Code.GEOMETRY
