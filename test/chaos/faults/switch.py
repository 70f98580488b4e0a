#!/usr/bin/env python3
"""A switch in user space: joins network namespaces by TAPs, and loses or delays frames between any two of its seats.

usage: switch.py NET [NAMESPACE...]   as root. Seat 1 is the caller's own namespace, the others follow; seat n is NET.n/24.
Each line on standard input replaces the rules: JSON [{"from": [seats], "to": [seats], "loss": 0..1, "delay": ms,
"jitter": ms}, ...]; the first that fits a frame counts, a frame that none fits passes. It answers each line with "ok".
For kernels without sch_netem; it ends when standard input does."""
import ctypes, fcntl, heapq, json, os, random, select, struct, subprocess, sys, time

TUNSETIFF, IFF_TAP, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0002, 0x1000, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
own = os.open("/proc/self/ns/net", os.O_RDONLY)


def enter(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def tap(seat, net, namespace):
    """A TAP for a seat, in its namespace; its MAC ends in the seat's number, so that a frame says where it goes."""
    if namespace:
        enter(os.open(f"/run/netns/{namespace}", os.O_RDONLY))
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    name = f"sw{os.getpid() % 100000}x{seat}"[:15]
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    for words in (
        f"ip link set {name} address 02:00:00:00:00:{seat:02x}",
        f"ip addr add {net}.{seat}/24 dev {name}",
        f"ip link set {name} up",
        "ip link set lo up",
    ):
        subprocess.run(words.split(), check=True)
    for other in range(1, seats + 1):
        if other != seat:
            words = f"ip neigh replace {net}.{other} lladdr 02:00:00:00:00:{other:02x} dev {name} nud permanent"
            subprocess.run(words.split(), check=True)
    enter(own)
    return fd


net, namespaces = sys.argv[1], sys.argv[2:]
seats = len(namespaces) + 1
fds = {seat: tap(seat, net, None if seat == 1 else namespaces[seat - 2]) for seat in range(1, seats + 1)}
seat_of = {fd: seat for seat, fd in fds.items()}
fate, queue, count, text = {}, [], 0, b""


def take_rules(line):
    fate.clear()
    for rule in reversed(json.loads(line)):
        for a in rule["from"]:
            for b in rule["to"]:
                fate[a, b] = (rule.get("loss", 0), rule.get("delay", 0) / 1e3, rule.get("jitter", 0) / 1e3)
    print("ok", flush=True)


print("ok", flush=True)
while True:
    now = time.monotonic()
    while queue and queue[0][0] <= now:
        _, _, fd, frame = heapq.heappop(queue)
        try:
            os.write(fd, frame)
        except OSError:
            pass
    ready, _, _ = select.select([0, *seat_of], [], [], max(0, queue[0][0] - now) if queue else None)
    for fd in ready:
        if fd == 0:
            chunk = os.read(0, 1 << 20)
            if not chunk:
                sys.exit(0)
            text += chunk
            *lines, text = text.split(b"\n")
            for line in lines:
                take_rules(line)
            continue
        while True:
            try:
                frame = os.read(fd, 65536)
            except OSError:
                break
            a, b = seat_of[fd], frame[5]
            if b not in fds or b == a or frame[0] & 1:
                continue
            loss, delay, jitter = fate.get((a, b), (0, 0, 0))
            if loss and random.random() < loss:
                continue
            if not delay:
                try:
                    os.write(fds[b], frame)
                except OSError:
                    pass
                continue
            count += 1
            heapq.heappush(queue, (time.monotonic() + delay + random.uniform(-jitter, jitter), count, fds[b], frame))
