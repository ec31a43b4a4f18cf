"""The Dockerfile's steps, done for real where there is no engine.

This machine's own files, below an overlay that takes all writes, stand in for the base image, and
this interpreter for its Python: a step runs in a chroot in a mount namespace of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import dockerfile
from docker.utils.build import exclude_paths

from tests.service import ROOT

STEPS = dockerfile.parse_file(str(ROOT / "Dockerfile"))
# What of this machine must not be there: the project itself, and the homes of people.
HIDDEN = (str(ROOT.parent), "/root", "/home", "/opt", "/var/tmp")
PREPARE = """
set -e
mkdir -p {at}/u {at}/w {at}/root {at}/none
mount -t overlay overlay -o lowerdir=/,upperdir={at}/u,workdir={at}/w {at}/root
mount --bind {python} {at}/root/usr/local
mount --rbind /dev {at}/root/dev
mount --bind /proc {at}/root/proc
mount -t tmpfs tmpfs {at}/root/dev/shm
for hidden in {hidden}; do
    if [ -d {at}/root/$hidden ]; then mount -t tmpfs -o mode=0755 tmpfs {at}/root/$hidden; fi
done
mount -t tmpfs -o mode=1777 tmpfs {at}/root/tmp
chroot {at}/root /sbin/ldconfig
"""
# As the compose file has it: nothing can be written save /tmp, /dev/shm and the volume, which
# begins with the owner and the mode that its folder has in the image.
READ_ONLY = """
set -e
mount -o remount,ro {at}/root
mount -o remount,ro,bind {at}/root/usr/local
owner=$(stat -c uid=%u,gid=%g,mode=%a {at}/root/data)
mount -t tmpfs -o $owner tmpfs {at}/root/data
"""


class Build:
    """The stages of a Dockerfile that were built, in namespaces that end with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env: dict[str, str] = {}
        self.directory = "/"
        self.user = "0:0"
        self.command: tuple[str, ...] = ()
        self.healthcheck: tuple[str, ...] = ()
        self._names: list[str] = []
        self._holder: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        hold = f"mount -t tmpfs tmpfs {self.folder} && ip link set lo up && echo ready && sleep 600"
        command = ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", hold]
        self._holder = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        assert self._holder.stdout
        assert self._holder.stdout.readline() == b"ready\n"
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        assert self._holder
        os.killpg(self._holder.pid, 9)
        self._holder.communicate()

    def run_all(self) -> None:
        """Every step of the Dockerfile, in its order."""
        for step in STEPS:
            getattr(self, f"_{step.cmd.lower()}")(step)
        self._inside(READ_ONLY.format(at=self._at()))

    def container(self, command: tuple[str, ...], **env: str) -> list[str]:
        """How to run a command in the finished image, without rights and apart from the network."""
        uid, gid = self.user.split(":")
        rights = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        rights += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        chroot = ("chroot", f"{self._at()}/root", *rights, *self._environment(env), *command)
        return [*self.network(), "--mount", *chroot]

    def network(self) -> list[str]:
        """How to run a command where the container listens."""
        assert self._holder
        return ["nsenter", f"--target={self._holder.pid}", "--net"]

    def root(self, stage: str = "") -> Path:
        """A stage's files as this process sees them; the last one's by default."""
        assert self._holder
        return Path(f"/proc/{self._holder.pid}/root{self._at(stage)}/root")

    def _at(self, stage: str = "") -> str:
        return str(self.folder / (stage or self._names[-1]))

    def _environment(self, more: dict[str, str]) -> list[str]:
        pairs = [f"{name}={value}" for name, value in (self.env | more).items()]
        return ["env", "-i", "-C", self.directory, *pairs]

    def _inside(self, script: str) -> None:
        assert self._holder
        command = ["nsenter", f"--target={self._holder.pid}", "--mount", "sh", "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"

    # --- One method a kind of step -----------------------------------------------------------

    def _from(self, step: dockerfile.Command) -> None:
        self._names.append(step.value[2] if len(step.value) > 1 else "final")
        # What the official image sets.
        self.env, self.directory = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}, "/"
        hidden = " ".join(HIDDEN)
        self._inside(PREPARE.format(at=self._at(), python=sys.base_prefix, hidden=hidden))

    def _arg(self, _: dockerfile.Command) -> None:
        """The base image's name, which is not needed here."""

    def _workdir(self, step: dockerfile.Command) -> None:
        [self.directory] = step.value
        (self.root() / self.directory.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _env(self, step: dockerfile.Command) -> None:
        self.env |= dict(zip(step.value[::2], step.value[1::2], strict=True))

    def _user(self, step: dockerfile.Command) -> None:
        [self.user] = step.value

    def _run(self, step: dockerfile.Command) -> None:
        # Where packages come from is this machine's affair.
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        assert self._holder
        chroot = ["chroot", f"{self._at()}/root", *self._environment(pip), "sh", "-c", *step.value]
        command = ["nsenter", f"--target={self._holder.pid}", "--mount", *chroot]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{step.original}\n{done.stdout}\n{done.stderr}"

    def _copy(self, step: dockerfile.Command) -> None:
        flags = dict(flag.removeprefix("--").split("=") for flag in step.flags)
        *sources, target = step.value
        to = self.root() / os.path.normpath(Path(self.directory) / target).lstrip("/")
        for source in sources:
            _copied(self._source(source, flags.get("from")), to, is_folder=target.endswith("/"))
        if owner := flags.get("chown"):
            uid, gid = map(int, owner.split(":"))
            os.chown(to, uid, gid)

    def _source(self, source: str, stage: str | None) -> Path:
        if stage:
            return self.root(stage) / source.lstrip("/")
        # The context as the engine gets it: without what .dockerignore leaves out.
        context = self.root() / "tmp" / "context"
        if not context.exists():
            for path in sent():
                (context / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / path, context / path)
        return context / source

    def _cmd(self, step: dockerfile.Command) -> None:
        assert step.json
        self.command = step.value

    def _healthcheck(self, step: dockerfile.Command) -> None:
        self.healthcheck = tuple(json.loads(step.original.partition("CMD")[2].strip()))

    def _label(self, _: dockerfile.Command) -> None:
        """It says something, and does nothing."""

    _volume = _expose = _stopsignal = _label


def sent() -> list[Path]:
    """The files of the project that .dockerignore lets through to the builder."""
    patterns = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [each for each in patterns if each and not each.startswith("#")]
    paths = (Path(each) for each in exclude_paths(str(ROOT), patterns, "Dockerfile"))
    return sorted(path for path in paths if (ROOT / path).is_file())


def _copied(source: Path, to: Path, *, is_folder: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True)
        shutil.copystat(source, to)
    else:
        (to if is_folder else to.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, to / source.name if is_folder else to)
