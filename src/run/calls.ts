/**
 * Numbers of the system calls that a fenced process may not make, by machine (asm/unistd_64.h, asm-generic/unistd.h). A list
 * of what is refused and not of what is allowed: a newer Node or C library must not break on a call that it came to like.
 *
 * - `socket`: makes one, which only a module for the network may. `waiting`: take a port and wait for others.
 * - `refused`: whatever changes files, their names, or what they are (owner, mode, times, attributes),
 *   which for root reaches everything; locks that others wait for, and how soon others have their turn; mounts; files by
 *   handle, which leave a container; memory and messages shared with others, the memory of others; keys, for which the kernel
 *   starts a program; pairs of sockets, since a datagram leaves one of them for any daemon that listens on a path.
 * - `own`: about a process of the same user, which may be this one only. `signals`: likewise, where it names itself.
 * - `opens`: with the place of the flags among the arguments.
 * - `processes`: make another process, or become one.
 * - `positioned`: read from a place in a file other than where the last read ended.
 */
export const CALLS = {
  x64: {
    machine: 0xc000003e,
    socket: 41,
    waiting: [
      [43, 'accept'],
      [49, 'bind'],
      [50, 'listen'],
      [288, 'accept4']
    ],
    refused: [
      [29, 'shmget'],
      [30, 'shmat'],
      [31, 'shmctl'],
      [53, 'socketpair'],
      [64, 'semget'],
      [65, 'semop'],
      [66, 'semctl'],
      [67, 'shmdt'],
      [68, 'msgget'],
      [69, 'msgsnd'],
      [70, 'msgrcv'],
      [71, 'msgctl'],
      [73, 'flock'],
      [76, 'truncate'],
      [77, 'ftruncate'],
      [82, 'rename'],
      [83, 'mkdir'],
      [84, 'rmdir'],
      [85, 'creat'],
      [86, 'link'],
      [87, 'unlink'],
      [88, 'symlink'],
      [90, 'chmod'],
      [91, 'fchmod'],
      [92, 'chown'],
      [93, 'fchown'],
      [94, 'lchown'],
      [101, 'ptrace'],
      [129, 'rt_sigqueueinfo'],
      [132, 'utime'],
      [133, 'mknod'],
      [155, 'pivot_root'],
      [161, 'chroot'],
      [165, 'mount'],
      [166, 'umount2'],
      [188, 'setxattr'],
      [189, 'lsetxattr'],
      [190, 'fsetxattr'],
      [197, 'removexattr'],
      [198, 'lremovexattr'],
      [199, 'fremovexattr'],
      [200, 'tkill'],
      [220, 'semtimedop'],
      [235, 'utimes'],
      [240, 'mq_open'],
      [241, 'mq_unlink'],
      [248, 'add_key'],
      [249, 'request_key'],
      [250, 'keyctl'],
      [251, 'ioprio_set'],
      [256, 'migrate_pages'],
      [258, 'mkdirat'],
      [259, 'mknodat'],
      [260, 'fchownat'],
      [261, 'futimesat'],
      [263, 'unlinkat'],
      [264, 'renameat'],
      [265, 'linkat'],
      [266, 'symlinkat'],
      [268, 'fchmodat'],
      [272, 'unshare'],
      [279, 'move_pages'],
      [280, 'utimensat'],
      [285, 'fallocate'],
      [297, 'rt_tgsigqueueinfo'],
      [298, 'perf_event_open'],
      [300, 'fanotify_init'],
      [304, 'open_by_handle_at'],
      [308, 'setns'],
      [310, 'process_vm_readv'],
      [311, 'process_vm_writev'],
      [312, 'kcmp'],
      [316, 'renameat2'],
      [321, 'bpf'],
      [323, 'userfaultfd']
    ],
    own: [
      [142, 'sched_setparam'],
      [144, 'sched_setscheduler'],
      [203, 'sched_setaffinity'],
      [302, 'prlimit64'],
      [314, 'sched_setattr']
    ],
    signals: [
      [62, 'kill'],
      [234, 'tgkill']
    ],
    opens: [
      [2, 'open', 1],
      [257, 'openat', 2]
    ],
    fcntl: 72,
    ioctl: 16,
    setpriority: 141,
    processes: [
      [57, 'fork'],
      [58, 'vfork'],
      [59, 'execve'],
      [322, 'execveat']
    ],
    clone: 56,
    positioned: [
      [17, 'pread64'],
      [295, 'preadv'],
      [327, 'preadv2'],
      [8, 'lseek'],
      [40, 'sendfile'],
      [275, 'splice'],
      [326, 'copy_file_range'],
      [206, 'io_setup'],
      [209, 'io_submit']
    ]
  },
  arm64: {
    machine: 0xc00000b7,
    socket: 198,
    waiting: [
      [200, 'bind'],
      [201, 'listen'],
      [202, 'accept'],
      [242, 'accept4']
    ],
    refused: [
      [5, 'setxattr'],
      [6, 'lsetxattr'],
      [7, 'fsetxattr'],
      [14, 'removexattr'],
      [15, 'lremovexattr'],
      [16, 'fremovexattr'],
      [30, 'ioprio_set'],
      [32, 'flock'],
      [33, 'mknodat'],
      [34, 'mkdirat'],
      [35, 'unlinkat'],
      [36, 'symlinkat'],
      [37, 'linkat'],
      [38, 'renameat'],
      [39, 'umount2'],
      [40, 'mount'],
      [41, 'pivot_root'],
      [45, 'truncate'],
      [46, 'ftruncate'],
      [47, 'fallocate'],
      [51, 'chroot'],
      [52, 'fchmod'],
      [53, 'fchmodat'],
      [54, 'fchownat'],
      [55, 'fchown'],
      [88, 'utimensat'],
      [97, 'unshare'],
      [117, 'ptrace'],
      [130, 'tkill'],
      [138, 'rt_sigqueueinfo'],
      [180, 'mq_open'],
      [181, 'mq_unlink'],
      [186, 'msgget'],
      [187, 'msgctl'],
      [188, 'msgrcv'],
      [189, 'msgsnd'],
      [190, 'semget'],
      [191, 'semctl'],
      [192, 'semtimedop'],
      [193, 'semop'],
      [194, 'shmget'],
      [195, 'shmctl'],
      [196, 'shmat'],
      [197, 'shmdt'],
      [199, 'socketpair'],
      [217, 'add_key'],
      [218, 'request_key'],
      [219, 'keyctl'],
      [238, 'migrate_pages'],
      [239, 'move_pages'],
      [240, 'rt_tgsigqueueinfo'],
      [241, 'perf_event_open'],
      [262, 'fanotify_init'],
      [265, 'open_by_handle_at'],
      [268, 'setns'],
      [270, 'process_vm_readv'],
      [271, 'process_vm_writev'],
      [272, 'kcmp'],
      [276, 'renameat2'],
      [280, 'bpf'],
      [282, 'userfaultfd']
    ],
    own: [
      [118, 'sched_setparam'],
      [119, 'sched_setscheduler'],
      [122, 'sched_setaffinity'],
      [261, 'prlimit64'],
      [274, 'sched_setattr']
    ],
    signals: [
      [129, 'kill'],
      [131, 'tgkill']
    ],
    opens: [[56, 'openat', 2]],
    fcntl: 25,
    ioctl: 29,
    setpriority: 140,
    processes: [
      [221, 'execve'],
      [281, 'execveat']
    ],
    clone: 220,
    positioned: [
      [67, 'pread64'],
      [69, 'preadv'],
      [286, 'preadv2'],
      [62, 'lseek'],
      [71, 'sendfile'],
      [76, 'splice'],
      [285, 'copy_file_range'],
      [0, 'io_setup'],
      [2, 'io_submit']
    ]
  }
} as const

/** Newer calls have one number everywhere: io_uring makes sockets and writes too, a pidfd has the sockets of another process. */
export const EVERYWHERE = [
  [424, 'pidfd_send_signal'],
  [425, 'io_uring_setup'],
  [428, 'open_tree'],
  [429, 'move_mount'],
  [430, 'fsopen'],
  [431, 'fsconfig'],
  [432, 'fsmount'],
  [433, 'fspick'],
  [434, 'pidfd_open'],
  [438, 'pidfd_getfd'],
  [440, 'process_madvise'],
  [442, 'mount_setattr'],
  [448, 'process_mrelease'],
  [452, 'fchmodat2'],
  [463, 'setxattrat'],
  [466, 'removexattrat'],
  [467, 'open_tree_attr'],
  [469, 'file_setattr']
] as const

/** How glibc starts a thread where it may; told that there is no such call it takes `clone`, whose flags can be seen. */
export const CLONE3 = 435
/** Has its flags in memory, where a filter does not look; whoever finds that there is no such call takes `openat`. */
export const OPENAT2 = 437
