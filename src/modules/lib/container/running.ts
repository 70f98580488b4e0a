import { isGone, pidsOf, readProc } from '../processes/proc-read.ts'

/** Words of the cgroups of all processes: each container has one that is named by its id, or by its name. */
export const runningNames = (proc: string): Set<string> => {
  const names = new Set<string>()
  for (const pid of pidsOf(proc)) {
    let text: string
    try {
      text = readProc(`${proc}/${pid}/cgroup`).toString('latin1')
    } catch (error) {
      // It ended meanwhile; a process that may not be looked at tells us nothing.
      if (isGone(error)) continue
      throw error
    }
    let above = ''
    for (const part of text.split(/[/\n]/)) {
      if (above === 'lxc') names.add(part)
      if (part !== '') addNames(names, part)
      above = part
    }
  }
  return names
}

/** `docker-ID.scope`, `libpod-ID.scope`, `cri-containerd-ID.scope`, `lxc.payload.NAME`, `systemd-nspawn@NAME.service`, or just an ID. */
const addNames = (names: Set<string>, part: string): void => {
  const id = /(?:^|[-:])([0-9a-f]{64})(?:\.scope)?$/.exec(part)?.[1]
  const name =
    /^(?:lxc\.payload\.|systemd-nspawn@|machine-)(.+?)(?:\.service|\.scope)?$/.exec(part)?.[1] ?? undefined
  if (id !== undefined) names.add(id)
  if (name !== undefined) names.add(unescaped(name))
}

/** systemd writes `-` in names as \x2d. */
const unescaped = (name: string): string =>
  name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
