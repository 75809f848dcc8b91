"""Zip archives: what is unpacked, and what is refused before it is."""

import io
import stat
import zipfile

import pytest

from inference.dicom.archive import unpack
from inference.dicom.verdicts import ArchiveLimits, Code, RefusedFile


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def refused(tmp_path, data, limits=None):
    (tmp_path / "upload").write_bytes(data)
    with pytest.raises(RefusedFile) as caught:
        unpack(tmp_path / "upload", tmp_path / "out", limits)
    assert caught.value.code is Code.ARCHIVE
    return caught.value.reason


def test_files_get_names_of_our_own_and_clutter_is_left(tmp_path):
    entries = [("Doe^John/1.dcm", b"one"), ("__MACOSX/._1.dcm", b"x"), ("a/.DS_Store", b"x"), ("b/2", b"two")]
    (tmp_path / "upload").write_bytes(zipped(entries))
    paths = unpack(tmp_path / "upload", tmp_path / "out")
    assert [p.name for p in paths] == ["000000", "000001"]
    assert [p.read_bytes() for p in paths] == [b"one", b"two"]


@pytest.mark.parametrize("name", ["../out.dcm", "a/../../b", "/etc/passwd", "C:/x", "a\\..\\b", "a\nb"])
def test_trust_37_no_path_leads_out_of_the_archive(tmp_path, name):
    data = bytearray(zipped([("n" * len(name), b"x")]))
    data = bytes(data).replace(b"n" * len(name), name.encode())
    assert refused(tmp_path, data)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_trust_37_links_and_devices_are_refused(tmp_path, kind):
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (kind | 0o777) << 16
    assert "link or a device" in refused(tmp_path, zipped([(entry, b"/etc/passwd")]))


def test_trust_36_zip_ratio(tmp_path):
    assert "zip bomb" in refused(tmp_path, zipped([("a", b"\0" * (32 * 2**20))]))


def test_trust_36_zip_count(tmp_path):
    many = zipped([(f"{n}", b"x") for n in range(12)])
    assert "more than 10 entries" in refused(tmp_path, many, ArchiveLimits(entries=10))


def test_trust_36_zip_of_empty_entries(tmp_path):
    assert "empty entries" in refused(tmp_path, zipped([(f"{n}", b"") for n in range(101)]))


def test_trust_36_zip_nesting(tmp_path):
    assert "another archive" in refused(tmp_path, zipped([("inner.dcm", zipped([("a", b"b")]))]))


def test_trust_36_zip_that_states_less_than_it_holds(tmp_path):
    data = zipped([("a", bytes(range(256)) * 4096)], zipfile.ZIP_STORED)
    lying = data.replace((2**20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != data
    refused(tmp_path, lying)


def test_doubled_names_and_damage_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        doubled = zipped([("a", b"1"), ("a", b"2")])
    assert "same name" in refused(tmp_path, doubled)
    whole = zipped([("a", b"some content that is long enough" * 9)], zipfile.ZIP_STORED)
    assert "damaged" in refused(tmp_path, whole.replace(b"long enough", b"LONG enough", 1))
    assert "damaged" in refused(tmp_path, whole[:40])


def test_total_size_is_bounded(tmp_path):
    big = zipped([("a", bytes(range(256)) * 8192)])
    assert refused(tmp_path, big, ArchiveLimits(unpacked_bytes=2**20))
