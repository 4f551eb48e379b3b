"""seccomp: from some moment on the process makes no new processes, no sockets, and nothing that reaches other processes.

A filter of the kernel's, in its own language (classic BPF), by hand: it needs no library that would have to be installed. Calls
that are not named stay allowed. Sources: seccomp(2), linux/filter.h, and the tables of system calls.
"""

import ctypes
import errno
import os
import platform
import struct

NUMBERS = {
    "x86_64": {
        "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "bind": 49, "listen": 50, "socketpair": 53,
        "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "semget": 64, "shmget": 29, "msgget": 68, "ptrace": 101,
        "chmod": 90, "chown": 92, "lchown": 94, "utime": 132, "mknod": 133, "personality": 135, "pivot_root": 155, "chroot": 161,
        "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "reboot": 169, "sethostname": 170,
        "init_module": 175, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
        "fremovexattr": 199, "tkill": 200, "io_setup": 206, "clock_settime": 227, "utimes": 235, "mq_open": 240, "add_key": 248,
        "request_key": 249, "keyctl": 250, "fchownat": 260, "futimesat": 261, "fchmodat": 268, "unshare": 272, "utimensat": 280,
        "truncate": 76, "setpriority": 141, "sched_setparam": 142, "sched_setscheduler": 144, "setrlimit": 160,
        "sched_setaffinity": 203, "ioprio_set": 251, "migrate_pages": 256, "mknodat": 259, "move_pages": 279, "sched_setattr": 314,
        "accept4": 288, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "perf_event_open": 298, "prlimit64": 302,
        "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313,
        "bpf": 321, "execveat": 322, "userfaultfd": 323, "clone": 56, "clone3": 435, "tgkill": 234, "memfd_create": 319,
        "prctl": 157, "fcntl": 72,
    },
    "aarch64": {
        "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202, "connect": 203, "sendto": 206, "sendmsg": 211,
        "execve": 221, "kill": 129, "tkill": 130, "semget": 190, "shmget": 194, "msgget": 186, "ptrace": 117, "mknodat": 33,
        "personality": 92, "pivot_root": 41, "chroot": 51, "acct": 89, "settimeofday": 170, "mount": 40, "umount2": 39,
        "swapon": 224, "reboot": 142, "sethostname": 161, "init_module": 105, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7,
        "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "io_setup": 0, "clock_settime": 112, "mq_open": 180,
        "add_key": 217, "request_key": 218, "keyctl": 219, "fchownat": 54, "fchmodat": 53, "unshare": 97, "utimensat": 88,
        "truncate": 45, "setpriority": 140, "sched_setparam": 118, "sched_setscheduler": 119, "setrlimit": 164,
        "sched_setaffinity": 122, "ioprio_set": 30, "migrate_pages": 238, "move_pages": 239, "sched_setattr": 274,
        "accept4": 242, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "perf_event_open": 241, "prlimit64": 261,
        "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "finit_module": 273,
        "bpf": 280, "execveat": 281, "userfaultfd": 282, "clone": 220, "clone3": 435, "tgkill": 131, "memfd_create": 279,
        "prctl": 167, "fcntl": 25,
    },
}  # fmt: skip
"""Calls that are refused, by machine. Five only in part: `clone` makes threads, `tgkill` reaches the process itself,
`prlimit64` says what the limits are, `prctl` leaves it so that the process ends with its judge, and `fcntl` has the kernel
send no signals to others."""

EVERYWHERE = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "pidfd_open": 434, "pidfd_getfd": 438, "mount_setattr": 442, "memfd_secret": 447,
    "fchmodat2": 452,
    "setxattrat": 463, "removexattrat": 466,
}  # fmt: skip
"""Newer calls have one number on all machines."""

QUIET = ("chmod", "chown", "lchown", "utime", "utimes", "futimesat", "fchmodat", "fchmodat2", "fchownat", "utimensat")
"""Answered with success, and not done: Landlock does not watch them, and honest code that sets the mode of its file goes on."""

MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE_THREAD = 0x10000
X32 = 0x40000000
SET_SECCOMP, FILTER = 22, 2
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, MACHINE, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32
"""Where the call's number, the machine, and the low halves of three arguments stand; the high half follows."""
PR_SET_PDEATHSIG = 1
F_SETOWN, F_SETSIG, F_SETOWN_EX = 8, 10, 15

Row = tuple[int, int, int, int]


def program(machine: str, process: int) -> bytes:
    """The filter for a machine, and for the process of that id: struct sock_filter after struct sock_filter."""
    numbers = {**NUMBERS[machine], **EVERYWHERE}
    names = ("clone", "clone3", "tgkill", "prlimit64", "prctl", "fcntl")
    clone, clone3, tgkill, prlimit, prctl, fcntl = (numbers.pop(name) for name in names)
    rows = [
        (LOAD, 0, 0, MACHINE),
        (EQUAL, 1, 0, MACHINES[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        rows += _answer(AT_LEAST, X32, errno.EPERM)
    rows += _answer(
        EQUAL, clone3, errno.ENOSYS
    )  # its flags lie in memory, out of sight: the C library then takes clone
    for name, number in numbers.items():
        rows += _answer(EQUAL, number, 0 if name in QUIET else errno.EPERM)
    rows += _only(clone, [(LOAD, 0, 0, FIRST), (ANY_BIT, 0, 1, CLONE_THREAD)])
    rows += _only(tgkill, [(LOAD, 0, 0, FIRST), (EQUAL, 0, 1, process)])
    rows += _only(prlimit, [(LOAD, 0, 0, THIRD), (EQUAL, 0, 3, 0), (LOAD, 0, 0, THIRD + 4), (EQUAL, 0, 1, 0)])
    rows += _but(prctl, FIRST, [PR_SET_PDEATHSIG])
    rows += _but(fcntl, SECOND, [F_SETOWN, F_SETSIG, F_SETOWN_EX])
    rows.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *row) for row in rows)


def _answer(test: int, value: int, number: int) -> list[Row]:
    """Return the error `number` if the test holds."""
    return [(test, 0, 1, value), (RETURN, 0, 0, ERRNO | number)]


def _only(number: int, tests: list[Row]) -> list[Row]:
    """Allow the call if the tests, which jump past the next return if they fail, hold; else refuse it."""
    rows = [*tests, (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERRNO | errno.EPERM)]
    return [(LOAD, 0, 0, NUMBER), (EQUAL, 0, len(rows), number), *rows]


def _but(number: int, argument: int, values: list[int]) -> list[Row]:
    """Refuse the call if that argument is one of the values."""
    refused = [row for value in values for row in _answer(EQUAL, value, errno.EPERM)]
    rows = [(LOAD, 0, 0, argument), *refused, (RETURN, 0, 0, ALLOW)]
    return [(LOAD, 0, 0, NUMBER), (EQUAL, 0, len(rows), number), *rows]


def close() -> bool:
    """Install the filter, for this process and its threads to come; False where the kernel or the machine has none."""
    machine = platform.machine()
    if machine not in NUMBERS:
        return False
    rows = program(machine, os.getpid())
    memory = ctypes.create_string_buffer(rows, len(rows))
    pointer = ctypes.addressof(memory)
    header = ctypes.create_string_buffer(struct.pack("@HP", len(rows) // 8, pointer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges: without root the filter is refused otherwise
    return libc.prctl(SET_SECCOMP, FILTER, header, 0, 0) == 0
