#!/usr/bin/env python3
"""Three real ZooKeeper servers on loopback do what scenarios/findings/logged-and-forgotten.zab says.

Needs Debian's packages `zookeeper` and `libzookeeper-java`, a Java runtime, and kazoo from PyPI. Prints what happens, and
ends with 0 if /paid was read at zk3 and is gone afterwards, with 1 if it is still there, with 3 if it did not come so far.
"""

import logging
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

JARS = "/usr/share/java/zookeeper.jar"
UPTODATE, PING = 12, 5
BEGAN = time.time()

logging.getLogger("kazoo").setLevel(logging.CRITICAL)


def say(*what):
    print(f"{time.time() - BEGAN:7.3f} ", *what, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Proxy:
    """Stands before a leader's quorum port, for one follower. What the leader sends is read packet by packet."""

    def __init__(self, name, target):
        self.name, self.target = name, target
        self.silent = False  # nothing reaches the follower
        self.holds_uptodate = False  # nothing does from UPTODATE on
        self.held = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            follower, _ = self.listener.accept()
            try:
                leader = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                follower.close()
                continue
            for pump in (self.up, self.down):
                threading.Thread(target=self.until_closed, args=(pump, follower, leader), daemon=True).start()

    @staticmethod
    def until_closed(pump, follower, leader):
        try:
            pump(follower, leader)
        except (OSError, EOFError):
            pass
        for end in (follower, leader):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def up(self, follower, leader):
        while data := follower.recv(65536):
            leader.sendall(data)

    def down(self, follower, leader):
        stream = leader.makefile("rb")

        def take(count):
            data = stream.read(count)
            if len(data) < count:
                raise EOFError
            return data

        held = False
        while True:
            head = take(16)  # a QuorumPacket: type, zxid, length of the data; then the data, and an empty list
            kind, zxid, length = struct.unpack(">iqi", head)
            rest = take(max(length, 0) + 4)
            if kind != PING:
                say(self.name, "the leader sends a packet of type", kind, "with zxid", hex(zxid))
            if kind == UPTODATE and self.holds_uptodate:
                held = True
                self.held.set()
            if not (self.silent or held):
                follower.sendall(head + rest)


class Ensemble:
    def __init__(self, folder):
        self.folder, self.running = folder, {}
        self.client = {sid: free_port() for sid in (1, 2, 3)}
        quorum = {sid: free_port() for sid in (1, 2, 3)}
        election = {sid: free_port() for sid in (1, 2, 3)}
        self.proxy = {sid: Proxy(f"to zk{sid}:", quorum[3]) for sid in (1, 2)}
        for sid in (1, 2, 3):
            os.makedirs(f"{folder}/zk{sid}/data")
            with open(f"{folder}/zk{sid}/data/myid", "w", encoding="ascii") as file:
                file.write(str(sid))
            ports = dict(quorum)
            if sid in self.proxy:
                ports[3] = self.proxy[sid].port
            lines = ["tickTime=1000", "initLimit=30", "syncLimit=20", f"dataDir={folder}/zk{sid}/data",
                     f"clientPort={self.client[sid]}", "admin.enableServer=false", "4lw.commands.whitelist=*",
                     "maxSessionTimeout=120000"]
            lines += [f"server.{other}=127.0.0.1:{ports[other]}:{election[other]}" for other in (1, 2, 3)]
            with open(f"{folder}/zk{sid}/zoo.cfg", "w", encoding="ascii") as file:
                file.write("\n".join(lines) + "\n")

    def start(self, sid):
        say(f"start zk{sid}")
        with open(f"{self.folder}/zk{sid}/log.txt", "a", encoding="ascii") as log:
            self.running[sid] = subprocess.Popen(
                ["java", "-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", JARS,
                 "org.apache.zookeeper.server.quorum.QuorumPeerMain", f"{self.folder}/zk{sid}/zoo.cfg"],
                stdout=log, stderr=log)

    def kill(self, sid):
        say(f"kill zk{sid}")
        process = self.running.pop(sid)
        process.kill()
        process.wait()

    def state(self, sid):
        try:
            with socket.create_connection(("127.0.0.1", self.client[sid]), timeout=2) as connection:
                connection.sendall(b"srvr")
                answer = b""
                while data := connection.recv(4096):
                    answer += data
        except OSError as error:
            return str(error)
        return " ".join(line for line in answer.decode().splitlines() if line.startswith(("Mode", "Zxid")))

    def wait_for(self, sid, mode):
        for _ in range(900):
            state = self.state(sid)
            if mode in state:
                say(f"zk{sid}: {state}")
                return
            time.sleep(0.1)
        say(f"zk{sid} does not become {mode}: {self.state(sid)}")
        sys.exit(3)

    def reads(self, sid, path):
        """What a new client of one server finds there, behind a sync; None for no node."""
        client = KazooClient(hosts=f"127.0.0.1:{self.client[sid]}", timeout=20)
        client.start(timeout=60)
        try:
            client.sync("/")
            found = client.get(path)[0]
        except NoNodeError:
            found = None
        client.stop()
        say(f"zk{sid}: a new client reads {path}: {found}")
        return found


def play(ensemble):
    for sid in (1, 2, 3):
        ensemble.start(sid)
    ensemble.wait_for(3, "leader")
    for sid in (1, 2):
        ensemble.wait_for(sid, "follower")
    client = KazooClient(hosts=f"127.0.0.1:{ensemble.client[3]}", timeout=100)
    client.start()
    client.create("/a", b"")
    time.sleep(1)
    for proxy in ensemble.proxy.values():
        proxy.silent = True
    asked = client.create_async("/paid", b"yes")
    time.sleep(1.5)
    say("zk1 and zk2 are sent nothing; create /paid asked at zk3, answered:", asked.ready())
    for sid in (1, 2, 3):
        ensemble.kill(sid)
    for proxy in ensemble.proxy.values():
        proxy.silent = False
    ensemble.proxy[1].holds_uptodate = True
    ensemble.start(3)
    ensemble.start(1)
    ensemble.wait_for(3, "leader")
    if not ensemble.proxy[1].held.wait(30):
        say("no UPTODATE came")
        sys.exit(3)
    found, node = client.retry(client.get, "/paid")
    say("zk3: a client with its old session reads /paid:", found, "czxid", hex(node.czxid))
    with open(f"{ensemble.folder}/zk1/data/version-2/currentEpoch", encoding="ascii") as file:
        say("zk1: currentEpoch on disk is", file.read().strip())
    ensemble.kill(3)
    ensemble.start(2)
    ensemble.wait_for(1, "leader")
    ensemble.wait_for(2, "follower")
    return [ensemble.reads(sid, "/paid") for sid in (1, 2)]


def main():
    with tempfile.TemporaryDirectory() as folder:
        ensemble = Ensemble(folder)
        try:
            left = play(ensemble)
        finally:
            for process in ensemble.running.values():
                process.kill()
                process.wait()
    lost = left == [None, None]
    say("LOST: what was read is gone" if lost else "KEPT")
    return 0 if lost else 1


if __name__ == "__main__":
    sys.exit(main())
