import {
  CONTAINER_FLAGS,
  type ContainerParams,
  containerFromFlags,
  containerLiterals,
  containerParams,
  sayContainer
} from './lib/container/params.ts'
import { runContainers } from './lib/container/run-containers.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** Finds containers and images by the files of their runtimes. Asks no daemon and runs nothing. */
export const container = module<ContainerParams>({
  name: 'container',
  major: 1,
  sentence:
    'Finds containers and images of Docker, podman, CRI-O, containerd, LXC and nspawn: digests, mounts, privileges, what is shared with the host.',
  platforms: ['linux'],
  risk: 'inspect',
  anyRoot: true,
  rights: [
    {
      right:
        'read /var/lib/docker, /var/lib/containers, /var/lib/containerd and every home (root, or CAP_DAC_READ_SEARCH)',
      without: 'their containers count as unreadable, and a "no" becomes "partial"'
    },
    {
      right: 'see the processes of the host (no PID namespace of its own)',
      without: 'every container seems to be stopped'
    }
  ],
  flags: CONTAINER_FLAGS,
  params: containerParams,
  fromFlags: containerFromFlags,
  say: sayContainer,
  literals: containerLiterals,
  columns: {
    kind: { type: 'text', secrecy: 'plain', doc: 'container or image' },
    runtime: { type: 'text', secrecy: 'plain', doc: 'Whose it is: docker, podman, crio, containerd, lxc, …' },
    path: { type: 'path', secrecy: 'private', doc: 'The file or directory that tells of it' },
    id: { type: 'bytes', secrecy: 'private', doc: 'Id of the container, or of the image' },
    name: { type: 'bytes', secrecy: 'private', doc: 'Name of the container' },
    pod: { type: 'bytes', secrecy: 'private', doc: 'Pod that it belongs to' },
    image: { type: 'bytes', secrecy: 'private', doc: 'Reference of the image, the first of several' },
    digest: { type: 'bytes', secrecy: 'private', doc: 'Digest of the image, the first of several' },
    created: { type: 'time', secrecy: 'plain', doc: 'Made, ms since 1970' },
    running: {
      type: 'bool',
      secrecy: 'plain',
      doc: 'A process of this host runs in it; absent under --root'
    },
    owner: { type: 'bytes', secrecy: 'guessable', doc: 'Who runs it without root, by name' },
    privileged: { type: 'bool', secrecy: 'plain', doc: 'Nothing holds it' },
    capabilities: {
      type: 'text',
      secrecy: 'plain',
      doc: "Capabilities beyond Docker's own set; ALL for every one"
    },
    shares: { type: 'text', secrecy: 'plain', doc: 'Namespaces that it has in common with the host' },
    unconfined: { type: 'text', secrecy: 'plain', doc: 'What is switched off: seccomp, apparmor, selinux' },
    mounts: {
      type: 'bytes',
      secrecy: 'private',
      doc: 'Mounts and devices from the host, source:destination:rw, several apart by "; "; with --mount those that match'
    },
    user: { type: 'bytes', secrecy: 'guessable', doc: 'As which user it starts, where it says so' },
    command: { type: 'bytes', secrecy: 'private', doc: 'What it runs, arguments apart by a space' },
    env: { type: 'bytes', secrecy: 'private', doc: 'Names of its variables; never what they hold' }
  },
  limits: runLimits(),
  examples: [
    { title: 'Containers that nothing holds', argv: ['--privileged'] },
    {
      title: 'Whoever can talk to the daemon, or write to the host',
      argv: ['--mount', '^(/|/etc|/root|.*docker\\.sock):.*:rw$']
    },
    {
      title: 'A bad image, by its digest',
      argv: [
        '--kind',
        'container',
        '--kind',
        'image',
        '--digest',
        'sha256:9b1d0b3a3a6e5b8ee6b2a1f0c0de34e49b1d0b3a3a6e5b8ee6b2a1f0c0de34e4'
      ]
    },
    {
      title: "In the host's network and among its processes",
      argv: ['--shares', 'network', '--shares', 'pid', '--running']
    },
    { title: 'With a capability that breaks out', argv: ['--capability', 'SYS_ADMIN'] },
    { title: 'Made within a day', argv: ['--created', '<1d'] }
  ],
  run: runContainers
})
