"""The image is built without a registry and without a daemon: on a base of Debian's packages, in a chroot; and it answers."""

import json
import os
import shutil
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


def buildah(*words, **more) -> str:
    where = os.environ | {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot", "TZ": "UTC"}
    done = subprocess.run(["buildah", *map(str, words)], env=where, capture_output=True, text=True, **more)
    assert done.returncode == 0, f"buildah {words[0]}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
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
    container = buildah("from", "scratch")
    buildah("add", "-q", container, root, "/")
    buildah("commit", "-q", "--rm", container, "localhost/cdshooks-test-base")
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


def test_the_image_starts_says_that_it_is_ready_and_stops(image):
    container = buildah("from", image)
    words = ["buildah", "run", "--isolation", "chroot", container, "--", "cdshooks", "serve", "--host", "127.0.0.1", "--port", str(PORT)]
    service = subprocess.Popen(words, env=os.environ | {"STORAGE_DRIVER": "vfs"}, stdout=subprocess.PIPE, text=True)
    try:
        while "Try it" not in (line := service.stdout.readline()):
            assert line, "it ended before it was ready"
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=20) as answer:
            assert json.load(answer)["status"] == "ready"
        who = buildah("run", container, "--", "id", "-u")
        assert who == "10001"
        service.terminate()
        service.wait(timeout=60)
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=20)
    finally:
        service.kill()
        buildah("rm", container)
