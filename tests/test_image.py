"""The image is built without a registry and without a daemon: on a base of Debian's packages, in a chroot; and it answers."""

import json
import os
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.serving import ROOT

pytestmark = pytest.mark.long
MIRROR = "http://deb.debian.org/debian"
# What pip needs to know of this machine to reach its index; mounted while it is built, and not in the image.
OURS = ("/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
PORT = 18_961


# What is no fault of the image: pip reaches no index, the disk is full.
NOT_OURS = ("NewConnectionError", "NameResolutionError", "ProxyError", "(from versions: none)", "no space left on device")


def tried(*words) -> subprocess.CompletedProcess:
    where = os.environ | {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot", "TZ": "UTC"}
    return subprocess.run(["buildah", *map(str, words)], env=where, capture_output=True, text=True)


def buildah(*words) -> str:
    done = tried(*words)
    if done.returncode and any(sign in done.stdout + done.stderr for sign in NOT_OURS):
        pytest.skip(f"the image cannot be built here: {done.stderr[-300:]}")
    assert done.returncode == 0, f"buildah {words[0]}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout.strip().rpartition("\n")[2]


def or_skip(*words) -> str:
    """The same of what makes the base, which is not ours: where it does not run, nothing can be built."""
    done = tried(*words)
    if done.returncode:
        pytest.skip(f"buildah does not run here: {words[0]}: {done.stderr[-300:]}")
    return done.stdout.strip().rpartition("\n")[2]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """An image of Python alone, as Debian packs it."""
    if os.getuid() != 0 or not all(map(shutil.which, ("buildah", "debootstrap"))):
        pytest.skip("buildah and debootstrap, and root for debootstrap, are needed to build the image")
    root = tmp_path_factory.mktemp("base")
    words = ["debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates", "bookworm", root, MIRROR]
    made = subprocess.run(words, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no base could be made of Debian's packages here: {made.stdout[-300:]}")
    (root / "usr/bin/python").symlink_to("python3")
    container = or_skip("from", "scratch")
    or_skip("add", "-q", container, root, "/")
    or_skip("run", container, "--", "true")
    or_skip("commit", "-q", "--rm", container, "localhost/cdshooks-test-base")
    shutil.rmtree(root)
    yield "localhost/cdshooks-test-base"
    buildah("rmi", "-f", "localhost/cdshooks-test-base")


@pytest.fixture(scope="module")
def image(base):
    mounts = [word for path in OURS if Path(path).exists() for word in ("--volume", f"{path}:{path}:ro")]
    name = "localhost/cdshooks-test"
    buildah("bud", *mounts, "--build-arg", f"BASE={base}", "-f", ROOT / "deploy" / "Dockerfile", "-t", name, ROOT)
    yield name
    buildah("rmi", "-f", name)


def master() -> int:
    """The process id of the service's first process, which the others descend from."""
    found = {int(one.name): one for one in Path("/proc").glob("[0-9]*") if _serves(one)}
    parents = {pid: int((one / "stat").read_text().rpartition(")")[2].split()[1]) for pid, one in found.items()}
    (first,) = (pid for pid in found if parents[pid] not in found)
    return first


def _serves(process: Path) -> bool:
    """Is it Python, with our port? buildah and its helpers have the same words on their lines."""
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:  # it has ended
        return False
    return str(PORT).encode() in words and b"python" in words[0]


def test_the_image_starts_says_that_it_is_ready_and_stops(image):
    container = buildah("from", image)
    words = ["buildah", "run", "--isolation", "chroot", container, "--", "cdshooks", "serve", "--host", "127.0.0.1", "--port", str(PORT)]
    with subprocess.Popen(words, env=os.environ | {"STORAGE_DRIVER": "vfs"}, stdout=subprocess.PIPE, text=True) as service:
        try:
            while "Try it" not in (line := service.stdout.readline()):
                assert line, "it ended before it was ready"
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=60) as answer:
                assert json.load(answer)["status"] == "ready"
            who = buildah("run", container, "--", "id", "-u")
            assert who == "10001"
            os.kill(master(), signal.SIGTERM)
            assert service.wait(timeout=120) == 0
            with pytest.raises(OSError, match="refused"):
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=60)
        finally:
            service.kill()
            buildah("rm", container)
