import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runningNames } from '../../../../../src/modules/lib/container/running.ts'
import { testDirectory } from '../../../../support/directory.ts'

test('each runtime names the cgroup of a container in its own way', () => {
  const proc = testDirectory()
  const id = (letter: string): string => letter.repeat(64)
  const cgroups = [
    `0::/system.slice/docker-${id('a')}.scope\n`,
    `12:memory:/docker/${id('b')}\n1:name=systemd:/docker/${id('b')}\n`,
    `0::/machine.slice/libpod-${id('c')}.scope/container\n`,
    `0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-${id('d')}.scope\n`,
    `0::/system.slice/containerd.service/kubepods-pod1:cri-containerd:${id('e')}\n`,
    '0::/lxc.payload.web-1/init.scope\n',
    '3:pids:/lxc/old\n',
    '0::/machine.slice/systemd-nspawn@deb\\x2d12.service/payload\n',
    '0::/machine.slice/machine-arch.scope\n',
    '0::/user.slice/user-0.slice\n'
  ]
  for (const [i, text] of cgroups.entries()) {
    mkdirSync(join(proc, String(i + 1)))
    writeFileSync(join(proc, String(i + 1), 'cgroup'), text)
  }
  mkdirSync(join(proc, '99'))
  const names = runningNames(proc)
  for (const letter of 'abcde') assert.ok(names.has(id(letter)), letter)
  for (const name of ['web-1', 'old', 'deb-12', 'arch']) assert.ok(names.has(name), name)
  assert.ok(!names.has('user-0'))
})
