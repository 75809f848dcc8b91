"""An installation leaves nothing behind where it ran."""

from readerstudy.demo.processes import Installation


def test_leaving_an_installation_removes_its_folder_for_sockets(tmp_path):
    with Installation(tmp_path) as installation:
        (installation.runtime / "schedule").write_bytes(b"beat")
        assert installation.environment["READERSTUDY_DATA_DIR"] == str(tmp_path)
    assert not installation.runtime.exists()
    assert tmp_path.is_dir()
