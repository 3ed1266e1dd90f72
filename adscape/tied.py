"""Ties a command to its parent: once the parent is gone, even by SIGKILL, the command gets SIGTERM. No more than that.

Run as a script, `python -I -S adscape/tied.py PARENT_PID COMMAND…`, and replaced by the command at once, so that it
costs no process. Linux only; elsewhere the command runs untied.
https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(number: int) -> None:
    """Ask the kernel to send this process signal `number` when the thread that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def main(arguments: list[str]) -> None:
    parent, *command = arguments
    end_with_parent(signal.SIGTERM)
    if os.getppid() == int(parent):  # otherwise the parent went before the kernel knew
        os.execvp(command[0], command)  # noqa: S606  # the command is the launcher's own, and no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
