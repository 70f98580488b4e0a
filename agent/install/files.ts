import { FINAL } from '../final.ts'

/** What an installed agent consists of, beside its home. */
export const USER = 'gumshoe-agent'
export const EXECUTABLE = '/usr/local/bin/gumshoe-agent'
export const LOG = '/var/log/gumshoe-agent.log'
export const PID = '/run/gumshoe-agent.pid'
export const UNIT = '/etc/systemd/system/gumshoe-agent.service'
export const SCRIPT = '/etc/init.d/gumshoe-agent'

const DESCRIPTION = 'Gumshoe agent: answers signed questions about this host'

/** A service as its files need it; every word is one that neither systemd nor a shell reads anything into. */
export interface ServiceWords {
  /** What follows the executable. */
  readonly argv: readonly string[]
  readonly home: string
}

/**
 * The unit. Of root's rights the agent has two, to read every file and to look into every process, and can get no other.
 * The second also lets a process be traced and changed, so the calls for that are taken here and by the agent itself; what
 * else would do it, /proc/PID/mem, only its owner may open to write. What is not here, and why:
 * MemoryDenyWriteExecute (V8 compiles to memory), PrivateTmp, PrivateDevices and ProtectProc (a question may be about
 * what lies there), ProtectHome beyond read-only (likewise).
 */
export const systemdUnit = ({ argv, home }: ServiceWords): string => `[Unit]
Description=${DESCRIPTION}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=${[EXECUTABLE, ...argv].join(' ')}
Restart=always
RestartSec=5
# What was typed wrong, and a host that is revoked: starting it again would change nothing.
RestartPreventExitStatus=${FINAL.join(' ')}
User=${USER}
Group=${USER}
UMask=0077

# Reads every file and looks into every process (what it runs, holds and is connected to), changes none: all that a
# question needs. Nothing else can be had, by no setuid file either.
AmbientCapabilities=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE
NoNewPrivileges=yes

# Sees the whole file system and writes to its own home.
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=${home}
DevicePolicy=closed
ProtectClock=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes

# TCP to the mesh; the kernel's list of addresses; a pipe to its own children.
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
# The child that reads gives up more than this unit takes.
SystemCallFilter=landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
# Looking is no tracing.
SystemCallFilter=~ptrace process_vm_readv process_vm_writev pidfd_getfd
SystemCallErrorNumber=EPERM

LimitCORE=0
TasksMax=256
Nice=5
IOSchedulingClass=best-effort
IOSchedulingPriority=6

[Install]
WantedBy=multi-user.target
`

/** The words that take root's rights away but two, where no unit does. */
const DROP = [
  `--reuid=${USER}`,
  `--regid=${USER}`,
  '--clear-groups',
  '--no-new-privs',
  '--inh-caps=-all,+dac_read_search,+sys_ptrace',
  '--ambient-caps=-all,+dac_read_search,+sys_ptrace',
  '--bounding-set=-all,+dac_read_search,+sys_ptrace'
]

/** For OpenRC: its own supervisor starts the agent again when it ends, with whatever status; so where that would change nothing it does not end. */
export const openrcScript = ({ argv }: ServiceWords, setpriv: string): string => `#!/sbin/openrc-run
description="${DESCRIPTION}"
supervisor=supervise-daemon
command=${setpriv}
command_args="${[...DROP, EXECUTABLE, ...argv, '--stay'].join(' ')}"
output_log=${LOG}
error_log=${LOG}
respawn_delay=5
respawn_max=0
umask=0077

depend() {
	use net
	after firewall
}
`

/** For any other init: a script with the header of the LSB. Nobody starts the agent again when it ends. */
export const initScript = ({ argv }: ServiceWords, setpriv: string): string => `#!/bin/sh
### BEGIN INIT INFO
# Provides:          gumshoe-agent
# Required-Start:    $remote_fs $network
# Required-Stop:     $remote_fs $network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: ${DESCRIPTION}
### END INIT INFO

PID=${PID}
LOG=${LOG}

running() {
	[ -r "$PID" ] || return 1
	# One that has been replaced runs on until it is stopped.
	case "$(readlink "/proc/$(cat "$PID")/exe")" in
	${EXECUTABLE} | "${EXECUTABLE} (deleted)") return 0 ;;
	esac
	return 1
}

start() {
	running && return 0
	umask 077
	${[setpriv, ...DROP, EXECUTABLE, ...argv].join(' ')} </dev/null >>"$LOG" 2>&1 &
	echo $! >"$PID"
	for turn in 1 2 3 4 5 6 7 8 9 10; do
		running && return 0
		sleep 0.2
	done
	return 1
}

stop() {
	running || return 0
	kill "$(cat "$PID")"
	for turn in 1 2 3 4 5 6 7 8 9 10; do
		running || break
		sleep 1
	done
	running && kill -9 "$(cat "$PID")"
	rm -f "$PID"
}

case "$1" in
start) start ;;
stop) stop ;;
restart | force-reload) stop && start ;;
status) running ;;
*)
	echo "Usage: $0 {start|stop|restart|force-reload|status}" >&2
	exit 2
	;;
esac
`
